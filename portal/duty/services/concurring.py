"""Two posts at once (兼崗): asked for with an end, decided by the head of the unit (W-AB-4)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.alarms.services.watching import arm, end
from portal.catalog.models import Post
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import NotFound
from portal.core.ledger import record
from portal.duty.limits import UNAPPROVED_LADDER, unapproved_limit
from portal.duty.models import Concurrency
from portal.duty.notices import Occasion, tell
from portal.duty.queries import FRESH, find_place, list_deciders, list_held
from portal.duty.rules import (
    AskedAlready,
    DecidedAlready,
    Lapsed,
    NeedsReason,
    NoPlace,
    NotNeeded,
    SignedInAlready,
)
from portal.duty.services.holding import lock_person
from portal.duty.services.presence import end_lapsed


def ask(
    session: Session,
    *,
    post: Post,
    reason: str,
    until_at: datetime,
    actor: Actor,
    now: datetime,
) -> Concurrency:
    """Ask to be at a second post until a moment; whoever decides is told at once (AL-09).

    Raises NoPlace, NotNeeded for who is signed in nowhere else, SignedInAlready, NeedsReason,
    Lapsed on ``until`` for an end in the past, and AskedAlready.
    """
    if actor.kind != "staff" or actor.id is None:
        raise NotFound
    end_lapsed(session, now)
    lock_person(session, actor.id)
    if not find_place(session, post_id=post.id, staff_id=actor.id):
        raise NoPlace
    own = [one.presence for one in list_held(session, staff_id=actor.id)]
    if any(one.post_id == post.id and not one.is_cover for one in own):
        raise SignedInAlready
    if all(one.is_cover or one.concurrency_id is not None for one in own):
        raise NotNeeded
    if not reason.strip():
        raise NeedsReason(field="reason")
    if until_at <= now:
        raise Lapsed(field="until")
    if _find_pending(session, actor.id, now) is not None:
        raise AskedAlready
    row = Concurrency(
        staff_id=actor.id,
        post_id=post.id,
        asked_at=now,
        reason=reason.strip(),
        until_at=until_at,
    )
    session.add(row)
    session.flush()
    _record(session, "asked", row, actor, now)
    arm(
        session,
        limit=unapproved_limit(row.id),
        ladder=UNAPPROVED_LADDER,
        due_at=now,
        actor=actor,
        now=now,
    )
    return row


def decide(
    session: Session, *, row: Concurrency, is_granted: bool, actor: Actor, now: datetime
) -> None:
    """Allow the second post until the end that was asked for, or not.

    Raises NotFound for whose decision it is not, DecidedAlready and Lapsed.
    """
    session.refresh(row, with_for_update=True)
    deciders = list_deciders(session, session.get_one(Post, row.post_id), row.staff_id)
    if actor.kind != "staff" or actor.id not in deciders:
        raise NotFound
    if row.decided_at is not None:
        raise DecidedAlready
    if row.until_at <= now:
        raise Lapsed
    _close(session, row, is_granted=is_granted, actor=actor, now=now)


def lapse_requests(session: Session, now: datetime) -> None:
    """Sweep: close what nobody decided before the end that was asked for."""
    late = (
        select(Concurrency)
        .where(Concurrency.decided_at.is_(None), Concurrency.until_at <= now)
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(**FRESH)
    )
    for row in session.scalars(late):
        _close(session, row, is_granted=False, actor=SYSTEM, now=now)


def withdraw_requests(session: Session, staff_id: int, *, actor: Actor, now: datetime) -> None:
    """Close what somebody asked for who has left."""
    pending = select(Concurrency).where(
        Concurrency.staff_id == staff_id, Concurrency.decided_at.is_(None)
    )
    for row in session.scalars(pending):
        row.decided_at, row.is_granted = now, False
        session.flush()
        _record(session, "withdrawn", row, actor, now)
        end(session, limit=unapproved_limit(row.id), actor=actor, now=now)


def _find_pending(session: Session, staff_id: int, now: datetime) -> Concurrency | None:
    """What somebody asked for and waits for; what is over by now is closed on the way."""
    pending = (
        select(Concurrency)
        .where(Concurrency.staff_id == staff_id, Concurrency.decided_at.is_(None))
        .with_for_update(key_share=True)
        .execution_options(**FRESH)
    )
    row = session.scalars(pending).first()
    if row is not None and row.until_at <= now:
        _close(session, row, is_granted=False, actor=SYSTEM, now=now)
        return None
    return row


def _close(
    session: Session, row: Concurrency, *, is_granted: bool, actor: Actor, now: datetime
) -> None:
    row.decided_at, row.is_granted = now, is_granted
    row.decided_by_id = actor.id if actor.kind == "staff" else None
    session.flush()
    what = "granted" if is_granted else "refused" if actor.kind == "staff" else "lapsed"
    _record(session, what, row, actor, now)
    end(session, limit=unapproved_limit(row.id), actor=actor, now=now)
    tell(
        session,
        Occasion.ALLOWED if is_granted else Occasion.NOT_ALLOWED,
        {row.staff_id},
        subject=("concurrency", row.id),
        post=session.get_one(Post, row.post_id),
        span=(now, row.until_at) if is_granted else None,
        now=now,
    )


def _record(session: Session, what: str, row: Concurrency, actor: Actor, now: datetime) -> None:
    record(
        session,
        f"duty.concurrency.{what}",
        subject=("concurrency", row.id),
        actor=actor,
        now=now,
        post=row.post_id,
        staff=row.staff_id,
    )
