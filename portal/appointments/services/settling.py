"""Settling one booking that a closure hits: another time, or cancelled; told in the same act."""

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.availability import Asker, open_to
from portal.appointments.breach_rules import StillHere
from portal.appointments.closure_models import ClosedBooking, Closure
from portal.appointments.closure_rules import Answer, Candidate, Fate, equivalent_times
from portal.appointments.cover import read_cover
from portal.appointments.events import BookingEvent
from portal.appointments.models import Booking, Slot
from portal.appointments.notifications import tell
from portal.appointments.rules import LIVE, Channel, SlotTaken, State
from portal.appointments.services.bookings import cancel_booking
from portal.appointments.services.closing import SETTLE
from portal.appointments.services.moves import move_booking
from portal.core.actor import SYSTEM, Actor
from portal.core.outbox import Delivery
from portal.tenancy.queries import Tenant, get_settings, get_tenant
from portal.tenancy.settings import BookingRules

CAUSE = "closure"
#: How many free slots are looked at, and how many of the best are tried before waiting a little.
LOOKED_AT, TRIED = 400, 5


def settle(session: Session, *, row_id: int, now: datetime) -> None:
    """Do what is planned with one booking, once, however often it is asked.

    Whoever was quicker with the booking itself, its person or the window, has decided: it is
    left as it is. Raises SlotTaken when all free times went to others meanwhile; the worker
    then tries again.
    """
    row = session.scalar(
        select(ClosedBooking)
        .where(ClosedBooking.id == row_id, ClosedBooking.state == str(Fate.PLANNED))
        .with_for_update()
    )
    if row is None:
        return
    booking = session.get_one(Booking, row.booking_id)
    session.refresh(booking, with_for_update=True)
    tenant = get_tenant(session)
    if booking.state != State.BOOKED or booking.slot_id != row.old_slot_id:
        _end(session, row, Fate.LEFT, now)
    elif read_cover(session, tenant, now=now).stands(
        booking.post_id, booking.starts_at, booking.ends_at
    ):
        _end(session, row, Fate.KEPT, now)
    else:
        try:
            _move_or_cancel(session, row, booking, tenant, now)
        except StillHere:
            # Here already and waiting: only serving helps.
            _end(session, row, Fate.LEFT, now)


def _move_or_cancel(
    session: Session, row: ClosedBooking, booking: Booking, tenant: Tenant, now: datetime
) -> None:
    closure = session.get_one(Closure, row.closure_id)
    rules = get_settings(session, tenant, at=now).booking
    actor = Actor("staff", closure.staff_id) if closure.staff_id else SYSTEM
    act: dict[str, Any] = {
        "booking": booking,
        "version": booking.version,
        "rules": rules,
        "zone": tenant.zone,
        "actor": actor,
        "now": now,
        "cause": CAUSE,
    }
    if _move(session, booking, rules, tenant, now, act):
        fate, row.new_starts_at = Fate.MOVED, booking.starts_at
        row.answer = str(Answer.OPEN if booking.contact_id else Answer.NONE)
    else:
        cancel_booking(session, **act)
        fate = Fate.CANCELLED
    message = tell(
        BookingEvent(session, booking.id, booking.version, now, CAUSE),
        f"closure_{fate}",
        old_starts_at=row.old_starts_at.isoformat(),
        reason=closure.reason,
    )
    row.message_id = message.id if message else None
    _end(session, row, fate, now)


def _move(
    session: Session,
    booking: Booking,
    rules: BookingRules,
    tenant: Tenant,
    now: datetime,
    act: dict[str, Any],
) -> bool:
    """Give the best time that is free; False when there is none at all."""
    asker = Asker(Channel.COUNTER, has_priority=bool(booking.priority))
    old = Candidate(booking.slot_id, booking.post_id, booking.starts_at, "")
    found = equivalent_times(
        _list_free(session, booking, asker, rules, tenant, now),
        old=old,
        zone=tenant.zone,
        now=now,
    )
    for candidate in found[:TRIED]:
        try:
            move_booking(session, slot_id=candidate.slot_id, asker=asker, **act)
        except SlotTaken:
            continue
        return True
    if found:
        raise SlotTaken
    return False


def _list_free(
    session: Session,
    booking: Booking,
    asker: Asker,
    rules: BookingRules,
    tenant: Tenant,
    now: datetime,
) -> list[Candidate]:
    """Free slots of the service near the old time, on days without another booking of it."""
    last = booking.local_date + timedelta(days=rules.closure_reach_days)
    taken = _days_of_person(session, booking)
    rows = session.execute(
        select(Slot.id, Slot.post_id, Slot.starts_at, Slot.pool)
        .where(
            Slot.service_id == booking.service_id,
            Slot.booked < Slot.capacity,
            open_to(asker, now),
            Slot.starts_at >= datetime.combine(booking.local_date, time(), tenant.zone),
            Slot.starts_at < datetime.combine(last + timedelta(days=1), time(), tenant.zone),
        )
        .order_by(Slot.starts_at, Slot.id)
        .limit(LOOKED_AT)
    )
    free = [Candidate(*row) for row in rows]
    return [slot for slot in free if slot.starts_at.astimezone(tenant.zone).date() not in taken]


def _days_of_person(session: Session, booking: Booking) -> set[date]:
    """Days on which the person has another booking of the service (I-9)."""
    if booking.person_key is None:
        return set()
    return set(
        session.scalars(
            select(Booking.local_date).where(
                Booking.person_key == booking.person_key,
                Booking.service_id == booking.service_id,
                Booking.state.in_(LIVE),
                Booking.id != booking.id,
            )
        )
    )


def _end(session: Session, row: ClosedBooking, fate: Fate, now: datetime) -> None:
    row.state, row.settled_at = str(fate), now
    session.flush()


def _load(_session: Session, payload: dict[str, Any]) -> int:
    row_id: int = payload["row"]
    return row_id


def _send(_row_id: int, _key: str) -> None:
    """Nothing leaves the house: the message has an entry of its own."""


def _settle_delivered(
    session: Session, payload: dict[str, Any], _sent: None, now: datetime
) -> None:
    settle(session, row_id=payload["row"], now=now)


SETTLING = Delivery(SETTLE, _load, _send, _settle_delivered)
