"""Applying a changed profile: a three-way difference that spares what was edited here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.tenancy.creating import change_settings, note_applied
from portal.tenancy.models import AppliedProfile, SettingsVersion
from portal.tenancy.profile import Profile
from portal.tenancy.settings import Settings
from portal.web.feature import ProfilePart

Verdict = Literal["change", "kept", "new", "gone"]


@dataclass(frozen=True)
class Difference:
    """One place where the new profile differs from the last one applied."""

    #: "change": nobody edited it here; "kept": edited here, left alone; "new"; "gone": left alone.
    verdict: Verdict
    part: str
    code: str
    attribute: str = ""


def compare(session: Session, profile: Profile, parts: Sequence[ProfilePart]) -> list[Difference]:
    """What applying the profile would do, place by place; nothing is changed."""
    base = _base(session)
    new = profile.document()
    current = _current(session, parts)
    found: list[Difference] = []
    for part in ("settings", *(part.key for part in parts)):
        for code, item in new[part].items():
            found += _compare_item(
                part, code, base.get(part, {}).get(code), item, current[part].get(code)
            )
        gone = base.get(part, {}).keys() - new[part].keys()
        found += [Difference("gone", part, code) for code in sorted(gone)]
    return found


def _compare_item(part: str, code: str, base: Any, new: Any, current: Any) -> list[Difference]:
    if current is None and base is None:
        return [Difference("new", part, code)]
    if not isinstance(new, dict):
        new, base, current = {"": new}, {"": base}, {"": current}
    found = []
    for attribute, value in new.items():
        before = (base or {}).get(attribute)
        here = (current or {}).get(attribute)
        if value in (before, here):
            continue
        verdict: Verdict = "change" if here == before else "kept"
        found.append(Difference(verdict, part, code, attribute))
    return found


def apply_profile(
    session: Session,
    *,
    profile: Profile,
    parts: Sequence[ProfilePart],
    actor: Actor,
    now: datetime,
) -> list[Difference]:
    """Do what ``compare`` says: new items and unedited attributes, nothing else."""
    differences = compare(session, profile, parts)
    new = profile.document()
    current = _current(session, parts)
    for part in parts:
        for code in new[part.key]:
            mine = [d for d in differences if (d.part, d.code) == (part.key, code)]
            if not any(d.verdict in ("change", "new") for d in mine):
                continue
            item = dict(current[part.key].get(code) or new[part.key][code])
            for difference in mine:
                if difference.verdict == "change":
                    item[difference.attribute] = new[part.key][code][difference.attribute]
            part.write(session, part.model.model_validate(item), now)
    changed = [d for d in differences if d.part == "settings" and d.verdict == "change"]
    if changed:
        settings = current["settings"]
        for difference in changed:
            section = new["settings"][difference.code]
            settings[difference.code][difference.attribute] = section[difference.attribute]
        change_settings(
            session,
            document=Settings.model_validate(settings),
            expected=session.scalar(select(func.max(SettingsVersion.number))) or 0,
            valid_from=now,
            actor=actor,
            now=now,
        )
    note_applied(session, document=new, actor=actor, now=now)
    return differences


def _base(session: Session) -> dict[str, Any]:
    applied = session.scalar(select(AppliedProfile))
    return applied.document if applied else {}


def _current(session: Session, parts: Sequence[ProfilePart]) -> dict[str, Any]:
    newest = session.scalar(
        select(SettingsVersion).order_by(SettingsVersion.number.desc()).limit(1)
    )
    settings = Settings.model_validate(newest.document).model_dump(mode="json") if newest else {}
    current: dict[str, Any] = {"settings": settings}
    for part in parts:
        items = part.read(session)
        current[part.key] = {code: item.model_dump(mode="json") for code, item in items.items()}
    return current
