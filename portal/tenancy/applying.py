"""Applying a changed profile: a three-way difference that spares what was edited here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.errors import N_, DomainError
from portal.tenancy.models import AppliedProfile
from portal.tenancy.profile import Profile
from portal.tenancy.queries import get_tenant, list_versions
from portal.tenancy.services import change_institution, change_settings, note_applied
from portal.tenancy.settings import Settings
from portal.tenancy.versions import in_force
from portal.web.feature import ProfilePart

Verdict = Literal["change", "kept", "new", "gone"]


class OtherInstitution(DomainError):
    """The profile describes another kind of institution, or one elsewhere."""

    default = N_("This profile is for another kind of institution, or another zone or region.")


@dataclass(frozen=True)
class Difference:
    """One place where the new profile differs from the last one applied."""

    #: "change": nobody edited it here; "kept": edited or removed here; "new"; "gone": left alone.
    verdict: Verdict
    part: str
    code: str
    attribute: str = ""


@dataclass(frozen=True)
class Comparison:
    """What applying a profile would do, place by place."""

    differences: list[Difference]
    #: How many items and sections the profile leaves as they are.
    unchanged: int

    @property
    def has_work(self) -> bool:
        """Whether anything would change."""
        return any(difference.verdict in ("change", "new") for difference in self.differences)


def compare(
    session: Session, profile: Profile, parts: Sequence[ProfilePart], *, now: datetime
) -> Comparison:
    """What applying the profile would do; nothing is changed. Raises OtherInstitution."""
    tenant = get_tenant(session)
    own, given = (tenant.profile, tenant.zone_name, tenant.region), profile.head
    if own != (given.profile, given.zone, given.region):
        raise OtherInstitution
    base, new, current = _base(session), profile.document(), _current(session, parts, now)
    differences: list[Difference] = []
    unchanged = 0
    for part, items in new.items():
        known = base.get(part, {})
        for code, item in items.items():
            found = list(_compare_item(part, code, known.get(code), item, current[part].get(code)))
            differences += found
            unchanged += not found
        differences += [Difference("gone", part, code) for code in sorted(known.keys() - items)]
    return Comparison(differences, unchanged)


def _compare_item(part: str, code: str, base: Any, new: Any, current: Any) -> Iterator[Difference]:
    if current is None:
        if base is None:
            yield Difference("new", part, code)
        elif new != base:
            yield Difference("kept", part, code)
        return
    for attribute, value in _attributes(new).items():
        before = _attributes(base).get(attribute)
        here = _attributes(current).get(attribute)
        if value not in (before, here):
            yield Difference("change" if here == before else "kept", part, code, attribute)


def _attributes(item: Any) -> dict[str, Any]:
    """An item by attribute; a plain value has one, without a name."""
    if item is None:
        return {}
    return item if isinstance(item, dict) else {"": item}


def apply_profile(
    session: Session,
    *,
    profile: Profile,
    parts: Sequence[ProfilePart],
    actor: Actor,
    now: datetime,
) -> Comparison:
    """Do what ``compare`` says: new items and unedited attributes, nothing else.

    Raises OtherInstitution.
    """
    comparison = compare(session, profile, parts, now=now)
    new, current = profile.document(), _current(session, parts, now)
    merged = {part: _merge(part, comparison.differences, new, current) for part in new}
    if merged["institution"]:
        change_institution(session, values=merged["institution"], actor=actor, now=now)
    if merged["settings"]:
        change_settings(
            session,
            sections=merged["settings"],
            expected=list_versions(session)[0].number,
            valid_from=now,
            actor=actor,
            now=now,
        )
    for part in parts:
        for item in merged[part.key].values():
            part.write(session, part.model.model_validate(item), now)
    note_applied(session, document=new, actor=actor, now=now)
    return comparison


def _merge(
    part: str, differences: Sequence[Difference], new: dict[str, Any], current: dict[str, Any]
) -> dict[str, Any]:
    """The items of a part that are to be written, in the profile's order."""
    written: dict[str, Any] = {}
    for difference in differences:
        code, attribute = difference.code, difference.attribute
        if difference.part != part or difference.verdict not in ("change", "new"):
            continue
        value = new[part][code]
        if difference.verdict == "new" or not attribute:
            written[code] = value
        else:
            item = written.get(code, current[part][code])
            written[code] = {**item, attribute: value[attribute]}
    return written


def _base(session: Session) -> dict[str, Any]:
    applied = session.scalar(select(AppliedProfile))
    return applied.document if applied else {}


def _current(session: Session, parts: Sequence[ProfilePart], now: datetime) -> dict[str, Any]:
    tenant = get_tenant(session)
    settings = Settings.model_validate(in_force(list_versions(session), now).document)
    current: dict[str, Any] = {
        "institution": {"name": tenant.name, "house": tenant.house},
        "settings": settings.model_dump(mode="json"),
    }
    for part in parts:
        items = part.read(session)
        current[part.key] = {code: item.model_dump(mode="json") for code, item in items.items()}
    return current
