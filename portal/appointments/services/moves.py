"""Moving a booking to another time: the new place is secured before the old one is returned."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.availability import Asker, open_to
from portal.appointments.events import BookingEvent, booking_moved
from portal.appointments.models import Booking, Slot
from portal.appointments.rules import (
    STATE_LABELS,
    HoldGone,
    Move,
    SlotTaken,
    State,
    WrongState,
    next_state,
)
from portal.appointments.services.bookings import causing, check_cut_off, check_version
from portal.appointments.services.breaches import check_not_here
from portal.appointments.services.holds import Kept
from portal.appointments.services.places import claim_place, lock_slots, return_places, take_away
from portal.core.actor import Actor
from portal.core.ledger import record
from portal.tenancy.settings import BookingRules


def move_booking(
    session: Session,
    *,
    booking: Booking,
    version: int,
    slot_id: int,
    asker: Asker,
    rules: BookingRules,
    zone: ZoneInfo,
    actor: Actor,
    now: datetime,
    cause: str = "",
) -> None:
    """Reschedule: the new place is secured and the old one released in one transaction.

    The reference stays. ``cause`` names the act of the office that it is a part of. Raises
    SlotTaken, AlreadyBooked, TooLate, WrongState, StillHere and Stale.
    """
    check_cut_off(session, booking, rules, zone, actor, now)
    check_version(session, booking, version)
    check_not_here(session, booking, actor, now)
    next_state(State(booking.state), Move.CANCEL)
    if slot_id == booking.slot_id:
        raise SlotTaken(field="slot")
    lock_slots(session, [booking.slot_id, slot_id])
    slot = session.scalar(
        select(Slot).where(
            Slot.id == slot_id, Slot.service_id == booking.service_id, open_to(asker, now)
        )
    )
    if slot is None:
        raise SlotTaken(field="slot")
    claim_place(session, slot_id=slot_id, now=now)
    _put(session, booking, slot, zone, actor, now, cause)


def move_to_kept(
    session: Session, *, booking: Booking, kept: Kept, zone: ZoneInfo, actor: Actor, now: datetime
) -> None:
    """Move a booking to a place that is kept for it already, also on the day itself.

    Whoever has arrived and was not served is expected again at the new time. The booking is
    locked and its slots are too. Raises HoldGone, AlreadyBooked, StillHere and WrongState.
    """
    check_not_here(session, booking, actor, now)
    if booking.state not in {State.BOOKED, State.ARRIVED}:
        raise WrongState(state=STATE_LABELS[State(booking.state)])
    if kept.hold.expires_at <= now or not take_away(session, kept.hold):
        raise HoldGone
    booking.state = State.BOOKED
    _put(session, booking, kept.slot, zone, actor, now)


def _put(
    session: Session,
    booking: Booking,
    slot: Slot,
    zone: ZoneInfo,
    actor: Actor,
    now: datetime,
    cause: str = "",
) -> None:
    """Have a booking take the place of a slot that was taken for it, and return its old one."""
    old_slot_id, is_taken = booking.slot_id, not booking.is_overbooked
    booking.slot_id, booking.post_id = slot.id, slot.post_id
    booking.starts_at, booking.ends_at = slot.starts_at, slot.ends_at
    booking.local_date = slot.starts_at.astimezone(zone).date()
    booking.is_overbooked = False
    booking.arrived_at, booking.is_arrival_own = None, False
    booking.version += 1
    session.flush()
    if is_taken:
        return_places(session, slot_id=old_slot_id, now=now)
    record(
        session,
        "appointments.booking.moved",
        subject=("booking", booking.id),
        actor=actor,
        now=now,
        slot=slot.id,
        from_slot=old_slot_id,
        **causing(cause),
    )
    booking_moved.send(BookingEvent(session, booking.id, booking.version, now, cause))
