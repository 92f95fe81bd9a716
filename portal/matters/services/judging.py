"""Verdicts (及時與否): written in the transaction that decides them, and never again."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.matters.models import Matter
from portal.matters.rules import OfLimit
from portal.matters.verdict_models import MatterVerdict
from portal.tenancy.queries import get_settings_number, get_tenant


def freeze(
    session: Session,
    matter: Matter,
    of_limit: OfLimit,
    *,
    due_at: datetime,
    met_at: datetime | None,
    now: datetime,
) -> None:
    """Say once whether a limit of the present round was kept, by the rules that hold now.

    ``met_at`` None: it ended unmet. Raises TryAgain where the round has this verdict already.
    """
    tenant = get_tenant(session)
    session.add(
        MatterVerdict(
            matter_id=matter.id,
            round=matter.round,
            of_limit=of_limit,
            due_at=due_at,
            met_at=met_at,
            is_kept=met_at is not None and met_at <= due_at,
            settings_version=get_settings_number(session, tenant, at=now),
            calendar_version=tenant.calendar_stamp,
            frozen_at=now,
        )
    )


def freeze_promise(session: Session, matter: Matter, *, now: datetime) -> None:
    """The person is told: in time, or not; of what was never promised there is no verdict."""
    if matter.due_at is not None:
        freeze(session, matter, OfLimit.PROMISE, due_at=matter.due_at, met_at=now, now=now)


def freeze_unmet(session: Session, matter: Matter, *, now: datetime) -> None:
    """What was late already stays late, though nobody waits for it any more.

    A withdrawal does not make a promise kept that was broken before it.
    """
    hears_until = matter.contact_due_at if matter.contacted_at is None else None
    if hears_until is not None and hears_until < now:
        freeze(session, matter, OfLimit.CONTACT, due_at=hears_until, met_at=None, now=now)
    stopped_at = matter.paused_at or now
    if matter.due_at is not None and matter.told_at is None and matter.due_at < stopped_at:
        freeze(session, matter, OfLimit.PROMISE, due_at=matter.due_at, met_at=None, now=now)
