"""Closing times: no more is booked into them at once, and whoever is hit is written down."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import CursorResult, Update, select, update
from sqlalchemy.orm import Session

from portal.appointments.closure_models import ClosedBooking, Closure
from portal.appointments.closure_rules import ClosedBackwards, ClosureKind
from portal.appointments.cover import (
    Cover,
    Hit,
    Scope,
    list_hit_slots,
    list_hits,
    read_cover,
)
from portal.appointments.services.places import withdraw_slots
from portal.appointments.services.publishing import lock_hours, mark_outdated
from portal.catalog.models import Offering, Post
from portal.core import outbox
from portal.core.actor import Actor
from portal.core.ledger import record
from portal.core.localized import Localized
from portal.tenancy.queries import get_tenant

#: Outbox kind by which the worker settles one booking of a closure after the other.
SETTLE = "appointments.closure"


def close_hours_of_post(
    session: Session,
    *,
    post: Post,
    from_at: datetime,
    until_at: datetime,
    reason: Localized,
    is_from_roster: bool = False,
    actor: Actor,
    now: datetime,
) -> Closure:
    """Close a post for a stretch of time, until it is lifted; raises ClosedBackwards.

    Everything in one transaction: its slots take no more promises, what was kept there is given
    up, and each booking that is hit gets its row, which the worker settles.
    """
    if until_at <= max(from_at, now):
        raise ClosedBackwards(field="until")
    closure = Closure(
        kind=str(ClosureKind.HOURS_OF_POST),
        post_id=post.id,
        from_at=from_at,
        until_at=until_at,
        reason=reason,
        staff_id=_staff_of(actor),
        created_at=now,
        is_from_roster=is_from_roster,
    )
    session.add(closure)
    session.flush()
    lock_hours(session, for_change=True)
    zone = get_tenant(session).zone
    # A booking that begins before midnight may be hit by what closes after it.
    first = from_at.astimezone(zone).date() - timedelta(days=1)
    scope = Scope(frozenset({post.id}), first, until_at.astimezone(zone).date())
    _outdate(session, post.id, scope)
    cover = read_cover(session, get_tenant(session), now=now)
    hits = _withdraw_and_list(session, cover, scope, now)
    _write_down(session, closure, hits, actor, now)
    return closure


def follow_change(
    session: Session,
    *,
    kind: ClosureKind,
    scope: Scope,
    post_id: int | None,
    reason: Localized,
    actor: Actor,
    now: datetime,
) -> Closure | None:
    """After hours or a post changed: settle what does not stand any more, if anything."""
    tenant = get_tenant(session)
    cover = read_cover(session, tenant, now=now)
    hits = _withdraw_and_list(session, cover, scope, now)
    if not hits:
        return None
    day = scope.until_day
    closure = Closure(
        kind=str(kind),
        post_id=post_id,
        from_at=max(now, datetime.combine(scope.from_day, time(), tenant.zone)),
        until_at=datetime.combine(day + timedelta(days=1), time(), tenant.zone) if day else None,
        reason=reason,
        staff_id=_staff_of(actor),
        created_at=now,
    )
    session.add(closure)
    session.flush()
    _write_down(session, closure, hits, actor, now)
    return closure


def keep_closed(
    session: Session,
    *,
    closure: Closure,
    from_at: datetime,
    until_at: datetime,
    actor: Actor,
    now: datetime,
) -> None:
    """Leave a part of a closure closed that has been lifted; whom it hits, that one knows."""
    rest = Closure(
        kind=closure.kind,
        post_id=closure.post_id,
        from_at=from_at,
        until_at=until_at,
        reason=closure.reason,
        staff_id=closure.staff_id,
        created_at=now,
        is_from_roster=closure.is_from_roster,
    )
    session.add(rest)
    session.flush()
    _write_down(session, rest, [], actor, now)


def lift_closure(session: Session, *, closure: Closure, actor: Actor, now: datetime) -> bool:
    """Open the closed hours of a post again; who has been moved stays so, who has not keeps.

    What is lifted already stays lifted; says whether it was lifted now.
    """
    stretch = ClosureKind.HOURS_OF_POST
    lifting = update(Closure).where(Closure.id == closure.id, Closure.lifted_at.is_(None))
    if closure.kind != stretch or not _is_first(session, lifting.values(lifted_at=now)):
        return False
    assert closure.post_id is not None
    assert closure.until_at is not None
    lock_hours(session, for_change=True)
    zone = get_tenant(session).zone
    first = closure.from_at.astimezone(zone).date()
    last = closure.until_at.astimezone(zone).date()
    _outdate(session, closure.post_id, Scope(frozenset({closure.post_id}), first, last))
    record(
        session,
        "appointments.closure.lifted",
        subject=("closure", closure.id),
        actor=actor,
        now=now,
    )
    return True


def note_told(session: Session, *, row: ClosedBooking, actor: Actor, now: datetime) -> None:
    """Somebody told the person, whom no message reached; a second time does nothing."""
    telling = update(ClosedBooking).where(
        ClosedBooking.id == row.id, ClosedBooking.told_at.is_(None)
    )
    if not _is_first(session, telling.values(told_at=now)):
        return
    record(
        session,
        "appointments.closure.told",
        subject=("booking", row.booking_id),
        actor=actor,
        now=now,
        closure=row.closure_id,
    )


def _is_first(session: Session, change: Update) -> bool:
    """Whether a change found its row as it was before, so that of two only one happens."""
    result = session.execute(change.execution_options(synchronize_session="fetch"))
    assert isinstance(result, CursorResult)
    return result.rowcount == 1


def _withdraw_and_list(session: Session, cover: Cover, scope: Scope, now: datetime) -> list[Hit]:
    """First no more can be booked, then who has booked is listed: nobody falls between."""
    withdraw_slots(session, list_hit_slots(session, cover, scope, now=now))
    return list_hits(session, cover, scope, now=now)


def _write_down(
    session: Session, closure: Closure, hits: Sequence[Hit], actor: Actor, now: datetime
) -> None:
    rows = [
        ClosedBooking(
            closure_id=closure.id,
            booking_id=hit.booking_id,
            old_slot_id=hit.slot_id,
            old_starts_at=hit.starts_at,
        )
        for hit in hits
    ]
    session.add_all(rows)
    session.flush()
    for row in rows:
        outbox.put(session, SETTLE, {"row": row.id}, key=f"closed:{row.id}", due=now)
    record(
        session,
        "appointments.closure.made",
        subject=("closure", closure.id),
        actor=actor,
        now=now,
        kind=closure.kind,
        post=closure.post_id,
        hit=len(rows),
    )


def _outdate(session: Session, post_id: int, scope: Scope) -> None:
    services = session.scalars(select(Offering.service_id).where(Offering.post_id == post_id))
    mark_outdated(session, services, from_day=scope.from_day)


def _staff_of(actor: Actor) -> int | None:
    return actor.id if actor.kind == "staff" else None
