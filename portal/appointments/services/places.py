"""Claiming and returning places: the only code that changes how full a slot is."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from portal.appointments.models import Hold, Slot
from portal.appointments.rules import SlotTaken
from portal.appointments.services.keeping import NO_NETWORK
from portal.appointments.services.owed import offer_to_owed
from portal.appointments.services.passing_on import offer_to_waiting

#: How many slots one statement withdraws.
WITHDRAWN_AT_ONCE = 500


def claim_place(session: Session, *, slot_id: int, now: datetime) -> None:
    """Take one place of a slot; raises SlotTaken when none is left."""
    claim_any(session, slot_ids=[slot_id], now=now)


def claim_any(session: Session, *, slot_ids: Sequence[int], now: datetime) -> int:
    """Take one place of the first of these slots that has one, in one round trip if it is free.

    When all are full, those whose holds have expired give theirs back first, in the same
    transaction. Raises SlotTaken when no place is left.
    """
    for slot_id in slot_ids:
        if _take(session, slot_id):
            return slot_id
    for slot_id in sorted(slot_ids):
        # Slots are locked by id and before their holds, the order everybody keeps.
        # key_share: rows that refer to the slot do not stand in the way, so nobody deadlocks.
        locked = session.scalar(
            select(Slot.id).where(Slot.id == slot_id).with_for_update(key_share=True)
        )
        if (
            locked is not None
            and return_expired(session, slot_id=slot_id, now=now)
            and _take(session, slot_id)
        ):
            return slot_id
    raise SlotTaken(field="slot")


def return_expired(session: Session, *, slot_id: int, now: datetime) -> int:
    """Give back the places of a slot's expired holds; the slot's row is locked already."""
    networks = session.scalars(
        delete(Hold)
        .where(Hold.slot_id == slot_id, Hold.expires_at <= now)
        .returning(Hold.network)
        .execution_options(synchronize_session=False)
    ).all()
    offered = networks.count(NO_NETWORK)
    if offered:
        return_places(session, slot_id=slot_id, count=offered, now=now)
    if kept := len(networks) - offered:
        return_places(session, slot_id=slot_id, count=kept, now=now, was_promised=False)
    return len(networks)


def return_places(
    session: Session, *, slot_id: int, now: datetime, count: int = 1, was_promised: bool = True
) -> None:
    """Give places of a slot back: to whom a closure cancelled, who waits for that day, or all.

    What was never promised to anybody, only kept while a form was filled in, goes to the waiting
    list when the day is full without it.
    """
    passed_on = offer_to_owed(session, slot_id=slot_id, count=count, now=now)
    passed_on += offer_to_waiting(
        session,
        slot_id=slot_id,
        count=count - passed_on,
        now=now,
        only_when_full=not was_promised,
    )
    if passed_on == count:
        return
    session.execute(
        update(Slot)
        .where(Slot.id == slot_id)
        .values(booked=Slot.booked - (count - passed_on))
        .execution_options(synchronize_session=False)
    )


_TAKING_AWAY = (
    delete(Hold)
    .where(Hold.id == bindparam("hold"))
    .returning(Hold.id)
    # What else is to be written waits for the booking.
    .execution_options(synchronize_session=False, autoflush=False)
)


def take_away(session: Session, hold: Hold) -> bool:
    """Remove a hold; whether it was still there, so that of two who act on it only one does.

    The place that it kept is the caller's now: to promise or to give back.
    """
    gone = session.scalar(_TAKING_AWAY, {"hold": hold.id})
    if hold in session:
        session.expunge(hold)
    return gone is not None


def withdraw_slots(session: Session, slot_ids: Sequence[int]) -> None:
    """Take no more promises in these slots, and end the holds of them.

    Of somebody who books from a hold and this, one comes first: a booking that does is in the
    database when this returns.
    """
    for begin in range(0, len(slot_ids), WITHDRAWN_AT_ONCE):
        ids = list(slot_ids[begin : begin + WITHDRAWN_AT_ONCE])
        lock_slots(session, ids)
        session.execute(
            update(Slot)
            .where(Slot.id.in_(ids))
            .values(is_withdrawn=True)
            .execution_options(synchronize_session=False)
        )
        held = session.scalars(
            delete(Hold)
            .where(Hold.slot_id.in_(ids))
            .returning(Hold.slot_id)
            .execution_options(synchronize_session=False)
        )
        # Nobody is offered what is closed, so that these are only counted back.
        for slot_id, count in sorted(Counter(held).items()):
            session.execute(
                update(Slot)
                .where(Slot.id == slot_id)
                .values(booked=Slot.booked - count)
                .execution_options(synchronize_session=False)
            )


def lock_slots(session: Session, slot_ids: list[int]) -> None:
    """Lock slots in ascending id, the order in which everybody locks."""
    session.execute(
        select(Slot.id)
        .where(Slot.id.in_(slot_ids))
        .order_by(Slot.id)
        .with_for_update(key_share=True)
    ).all()


def _take(session: Session, slot_id: int) -> bool:
    taken = session.scalar(
        update(Slot)
        # Whoever chose it before it was withdrawn comes too late.
        .where(Slot.id == slot_id, Slot.booked < Slot.capacity, ~Slot.is_withdrawn)
        .values(booked=Slot.booked + 1)
        .returning(Slot.id)
        .execution_options(synchronize_session=False)
    )
    return taken is not None
