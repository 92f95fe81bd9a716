"""Making an institution from its profile, naming it, and changing its settings."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.errors import N_, DomainError, Stale
from portal.core.ledger import record
from portal.core.localized import Localized
from portal.core.tenant import current_institution_id
from portal.tenancy.models import AppliedProfile, Institution, SettingsVersion, SlugTaken
from portal.tenancy.profile import Profile
from portal.tenancy.queries import list_versions
from portal.tenancy.settings import Settings
from portal.tenancy.versions import carried, in_force, planned, replaced
from portal.web.feature import ProfilePart


class PastSettings(DomainError):
    """What held is a fact."""

    default = N_("Settings of the past cannot be changed. Choose today or a later day.")


class BadSettings(DomainError):
    """The document is not one."""

    default = N_("These settings do not fit together. Look at each box.")


def register_institution(
    session: Session, *, profile: Profile, slug: str, now: datetime
) -> Institution:
    """Write down a new institution, still without anything of its own. Raises SlugTaken."""
    if session.scalar(select(Institution.id).where(Institution.slug == slug)) is not None:
        raise SlugTaken
    row = Institution(
        slug=slug,
        profile=profile.head.profile,
        name=profile.head.name,
        zone=profile.head.zone,
        region=profile.head.region,
        house=profile.head.house,
        settings_stamp=0,
        calendar_stamp=0,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def seed_institution(
    session: Session,
    *,
    profile: Profile,
    parts: Sequence[ProfilePart],
    actor: Actor,
    now: datetime,
) -> None:
    """Fill a new institution from its profile, in the scope that is open."""
    _add_version(session, 1, now, profile.settings.model_dump(mode="json"), actor, now)
    for part in parts:
        for item in profile.parts.get(part.key, []):
            part.write(session, item, now)
    note_applied(session, document=profile.document(), actor=actor, now=now)


def note_applied(
    session: Session, *, document: dict[str, Any], actor: Actor, now: datetime
) -> None:
    """Keep the profile as it was applied: the common ground of the next comparison."""
    applied = session.scalar(select(AppliedProfile))
    if applied is None:
        session.add(AppliedProfile(document=document, applied_at=now))
    else:
        applied.document, applied.applied_at = document, now
    session.flush()
    _record(session, "tenancy.profile.applied", actor, now)


def change_institution(
    session: Session, *, values: Mapping[str, Any], actor: Actor, now: datetime
) -> None:
    """Change the name or the house of an institution at once."""
    session.execute(
        update(Institution)
        .where(Institution.id == current_institution_id())
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    _record(session, "tenancy.institution.changed", actor, now)


def rename_institution(
    session: Session, *, name: Localized, shown: Localized, actor: Actor, now: datetime
) -> None:
    """Give the institution another name at once; raises Stale when it is no longer ``shown``."""
    row = session.scalars(
        select(Institution).where(Institution.id == current_institution_id()).with_for_update()
    ).one()
    if row.name != shown:
        raise Stale
    change_institution(session, values={"name": name}, actor=actor, now=now)


def change_settings(
    session: Session,
    *,
    sections: Mapping[str, Any],
    expected: int,
    valid_from: datetime,
    actor: Actor,
    now: datetime,
) -> int:
    """Add a version of the whole settings with some sections changed; returns its number.

    ``expected`` is the number of the newest version when the change was begun. Versions planned
    for later take the change over, save in sections that they change themselves. Raises Stale
    when somebody added a version meanwhile, PastSettings, and BadSettings.
    """
    if valid_from < now:
        raise PastSettings(field="valid_from")
    versions = list_versions(session)
    if versions[0].number != expected:
        raise Stale
    base = in_force(versions, valid_from).document
    new = {name: _plain(name, values, base) for name, values in sections.items()}
    number = expected + 1
    _add_version(session, number, valid_from, replaced(base, new), actor, now)
    for later in planned(versions, valid_from):
        document = carried(base, later.document, new)
        if document != later.document:
            number += 1
            _add_version(session, number, later.valid_from, document, actor, now)
    return number


def withdraw_settings(
    session: Session, *, planned_number: int, expected: int, actor: Actor, now: datetime
) -> int:
    """Have a planned version not begin: what holds before it goes on. Returns the new number.

    Raises Stale, and PastSettings when the version holds already or is no longer the plan.
    """
    versions = list_versions(session)
    if versions[0].number != expected:
        raise Stale
    coming = planned(versions, now)
    places = [place for place, version in enumerate(coming) if version.number == planned_number]
    if not places:
        raise PastSettings
    before = coming[places[0] - 1] if places[0] else in_force(versions, now)
    moment = coming[places[0]].valid_from
    _add_version(session, expected + 1, moment, before.document, actor, now)
    return expected + 1


def _plain(section: str, values: Any, base: dict[str, Any]) -> Any:
    """A section as it is stored, checked together with the rest; raises BadSettings."""
    try:
        document = Settings.model_validate(replaced(base, {section: values}))
    except ValidationError:
        raise BadSettings from None
    return document.model_dump(mode="json")[section]


def _add_version(
    session: Session,
    number: int,
    valid_from: datetime,
    document: dict[str, Any],
    actor: Actor,
    now: datetime,
) -> None:
    session.add(
        SettingsVersion(
            number=number,
            valid_from=valid_from,
            document=document,
            author_id=actor.id if actor.kind == "staff" else None,
            created_at=now,
        )
    )
    session.execute(
        update(Institution)
        .where(Institution.id == current_institution_id())
        .values(settings_stamp=Institution.settings_stamp + 1)
        .execution_options(synchronize_session=False)
    )
    session.flush()
    _record(session, "tenancy.settings.changed", actor, now, number=number)


def count_calendar_change(session: Session) -> None:
    """The hours or holidays of the institution are others from now on."""
    session.execute(
        update(Institution)
        .where(Institution.id == current_institution_id())
        .values(calendar_stamp=Institution.calendar_stamp + 1)
        .execution_options(synchronize_session=False)
    )


def _record(session: Session, code: str, actor: Actor, now: datetime, **data: int) -> None:
    subject = ("institution", current_institution_id())
    record(session, code, subject=subject, actor=actor, now=now, **data)
