"""Creating an institution from its profile, and changing its settings."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.errors import N_, DomainError, Stale
from portal.core.ledger import record
from portal.core.tenant import current_institution_id
from portal.tenancy.models import AppliedProfile, Institution, SettingsVersion
from portal.tenancy.profile import Profile
from portal.tenancy.settings import Settings
from portal.web.feature import ProfilePart


class SlugTaken(DomainError):
    """Another institution has this address."""

    default = N_("Another institution has this address.")


def register_institution(session: Session, *, profile: Profile, slug: str, now: datetime) -> int:
    """Write down a new institution; returns its id. Its scope can be opened after the commit.

    Raises SlugTaken.
    """
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
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


def seed_institution(
    session: Session,
    *,
    profile: Profile,
    parts: Sequence[ProfilePart],
    actor: Actor,
    now: datetime,
) -> None:
    """Fill a new institution from its profile, in the scope that is open."""
    change_settings(
        session, document=profile.settings, expected=0, valid_from=now, actor=actor, now=now
    )
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
    subject = ("institution", current_institution_id())
    record(session, "tenancy.profile.applied", subject=subject, actor=actor, now=now)


def change_settings(
    session: Session,
    *,
    document: Settings,
    expected: int,
    valid_from: datetime,
    actor: Actor,
    now: datetime,
) -> int:
    """Add a version of the whole settings; returns its number.

    ``expected`` is the number of the version that was changed. Raises Stale when another one
    was added meanwhile, and DomainError for a moment that has passed.
    """
    if valid_from < now:
        raise DomainError(
            N_("Settings can only change from now on. Choose a later time."), field="valid_from"
        )
    newest = session.scalar(select(func.max(SettingsVersion.number))) or 0
    if newest != expected:
        raise Stale
    number = newest + 1
    session.add(
        SettingsVersion(
            number=number,
            valid_from=valid_from,
            document=document.model_dump(mode="json"),
            author_id=actor.id if actor.kind == "staff" else None,
            created_at=now,
        )
    )
    session.execute(
        update(Institution)
        .where(Institution.id == current_institution_id())
        .values(settings_stamp=Institution.settings_stamp + 1)
    )
    session.flush()
    subject = ("institution", current_institution_id())
    record(
        session, "tenancy.settings.changed", subject=subject, actor=actor, now=now, number=number
    )
    return number
