"""Making, cancelling, moving and correcting bookings, for citizens and the window alike."""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.appointments.availability import Asker, open_to
from portal.appointments.events import (
    BookingEvent,
    booking_cancelled,
    booking_made,
    booking_moved,
)
from portal.appointments.models import Booking, Slot
from portal.appointments.rules import (
    LIVE,
    STATE_LABELS,
    Channel,
    HoldGone,
    Move,
    SlotTaken,
    State,
    TooLate,
    TooManyBookings,
    WrongState,
    cancel_until,
    new_reference,
    next_state,
)
from portal.appointments.services.holds import Kept
from portal.appointments.services.places import (
    claim_place,
    lock_slots,
    return_places,
    take_away,
)
from portal.core.actor import Actor
from portal.core.errors import Stale
from portal.core.ledger import record
from portal.identity.contact_models import Contact
from portal.identity.contacts import person_key
from portal.tenancy.settings import BookingRules


@dataclass(frozen=True)
class Person:
    """For whom a booking is, as the form gave it; ``key`` is the blind index of the person."""

    name: str
    key: str | None
    id_number: str | None = None
    is_for_other: bool = False
    priority: str = ""
    language: str = "zh_Hant"


@dataclass(frozen=True)
class Promise:
    """What the window promised with the appointment it set: what will be done, what to bring."""

    purpose: str | None = None
    bring: str | None = None


@dataclass(frozen=True)
class Order:
    """Everything a booking is made from besides its slot."""

    person: Person
    contact_id: int | None
    channel: Channel
    promise: Promise = field(default_factory=Promise)
    is_overbooked: bool = False


def book_held(
    session: Session,
    *,
    kept: Kept,
    order: Order,
    rules: BookingRules,
    zone: ZoneInfo,
    actor: Actor,
    now: datetime,
) -> Booking:
    """Turn a hold into a booking; its place changes hands, so the slot is not touched.

    Raises HoldGone, AlreadyBooked and TooManyBookings.
    """
    if kept.hold.expires_at <= now or not take_away(session, kept.hold):
        raise HoldGone
    return _book(session, kept.slot, order, rules=rules, zone=zone, actor=actor, now=now)


def book_slot(
    session: Session,
    *,
    slot_id: int,
    order: Order,
    rules: BookingRules,
    zone: ZoneInfo,
    actor: Actor,
    now: datetime,
    service_id: int | None = None,
) -> Booking:
    """Book a place directly, as the window does on the phone or in person.

    ``service_id`` names the service on whose page the slot was chosen, and no other is taken.
    Overbooking takes no place and is marked; whether the person may is the caller's check.
    Raises SlotTaken, AlreadyBooked and TooManyBookings.
    """
    asker = Asker(order.channel, has_priority=bool(order.person.priority))
    slot = session.scalar(select(Slot).where(Slot.id == slot_id, open_to(asker, now)))
    if slot is None or service_id not in (None, slot.service_id):
        raise SlotTaken(field="slot")
    booking = _book(session, slot, order, rules=rules, zone=zone, actor=actor, now=now)
    if not order.is_overbooked:
        claim_place(session, slot_id=slot_id, now=now)
    return booking


def _book(
    session: Session,
    slot: Slot,
    order: Order,
    *,
    rules: BookingRules,
    zone: ZoneInfo,
    actor: Actor,
    now: datetime,
) -> Booking:
    person = order.person
    booking = Booking(
        reference=new_reference(),
        service_id=slot.service_id,
        post_id=slot.post_id,
        slot_id=slot.id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        local_date=slot.starts_at.astimezone(zone).date(),
        channel=order.channel,
        person_key=person.key,
        contact_id=order.contact_id,
        contact_seat=find_contact_seat(
            session, order.contact_id, ends_at=slot.ends_at, rules=rules, now=now
        ),
        name=person.name,
        id_number=person.id_number,
        is_for_other=person.is_for_other,
        priority=person.priority,
        language=person.language,
        is_overbooked=order.is_overbooked,
        purpose=order.promise.purpose,
        bring=order.promise.bring,
        created_at=now,
    )
    session.add(booking)
    session.flush()
    record(
        session,
        "appointments.booking.made",
        subject=("booking", booking.id),
        actor=actor,
        now=now,
        slot=slot.id,
        channel=str(order.channel),
        overbooked=order.is_overbooked,
    )
    booking_made.send(BookingEvent(session, booking.id, booking.version, now))
    return booking


_SEATS = (
    select(Booking.contact_seat, Booking.ends_at)
    .where(Booking.contact_id == bindparam("contact"), Booking.state.in_(LIVE))
    .execution_options(autoflush=False)
)


def find_contact_seat(
    session: Session,
    contact_id: int | None,
    *,
    ends_at: datetime,
    rules: BookingRules,
    now: datetime,
) -> int | None:
    """The lowest free of the contact's live bookings; the constraint settles a race.

    Only what lies ahead counts against the limit: a time that went by without a step at the
    window keeps its seat, but nobody is shut out by it. Raises TooManyBookings.
    """
    if contact_id is None:
        return None
    rows = session.execute(_SEATS, {"contact": contact_id}).all()
    ahead = sum(end > now for _seat, end in rows)
    if ends_at > now and ahead >= rules.live_per_contact:
        raise TooManyBookings(limit=rules.live_per_contact)
    taken = {seat for seat, _end in rows}
    return next(seat for seat in count(1) if seat not in taken)


def cancel_booking(
    session: Session,
    *,
    booking: Booking,
    version: int,
    rules: BookingRules,
    zone: ZoneInfo,
    actor: Actor,
    now: datetime,
) -> None:
    """Cancel a booking and return its place; citizens only before the cut-off.

    Raises TooLate, WrongState and Stale.
    """
    _check_cut_off(booking, rules, zone, actor, now)
    _check_version(session, booking, version)
    booking.state = next_state(State(booking.state), Move.CANCEL)
    booking.cancelled_at = now
    booking.version += 1
    session.flush()
    if not booking.is_overbooked:
        return_places(session, slot_id=booking.slot_id)
    record(
        session,
        "appointments.booking.cancelled",
        subject=("booking", booking.id),
        actor=actor,
        now=now,
        slot=booking.slot_id,
    )
    booking_cancelled.send(BookingEvent(session, booking.id, booking.version, now))


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
) -> None:
    """Reschedule: the new place is secured and the old one released in one transaction.

    The reference stays. Raises SlotTaken, AlreadyBooked, TooLate, WrongState and Stale.
    """
    _check_cut_off(booking, rules, zone, actor, now)
    _check_version(session, booking, version)
    next_state(State(booking.state), Move.CANCEL)
    old_slot_id, is_taken = booking.slot_id, not booking.is_overbooked
    if slot_id == old_slot_id:
        raise SlotTaken(field="slot")
    lock_slots(session, [old_slot_id, slot_id])
    slot = session.scalar(
        select(Slot).where(
            Slot.id == slot_id, Slot.service_id == booking.service_id, open_to(asker, now)
        )
    )
    if slot is None:
        raise SlotTaken(field="slot")
    claim_place(session, slot_id=slot_id, now=now)
    booking.slot_id, booking.post_id = slot.id, slot.post_id
    booking.starts_at, booking.ends_at = slot.starts_at, slot.ends_at
    booking.local_date = slot.starts_at.astimezone(zone).date()
    booking.is_overbooked = False
    booking.version += 1
    session.flush()
    if is_taken:
        return_places(session, slot_id=old_slot_id)
    record(
        session,
        "appointments.booking.moved",
        subject=("booking", booking.id),
        actor=actor,
        now=now,
        slot=slot.id,
        from_slot=old_slot_id,
    )
    booking_moved.send(BookingEvent(session, booking.id, booking.version, now))


def correct_person(
    session: Session,
    *,
    booking: Booking,
    version: int,
    name: str,
    id_number: str | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Put right who a live booking of a contact is for; its time, number and place stay.

    Without ``id_number`` the one that stands is kept. Whoever becomes the same person as that of
    another live booking is refused by the same constraint that limits booking. Raises
    WrongState, Stale and AlreadyBooked.
    """
    # Before the booking, as whoever changes the contact does: the key is made of both.
    contact = session.scalars(
        select(Contact)
        .where(Contact.id == booking.contact_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    _check_version(session, booking, version)
    if booking.state not in LIVE:
        raise WrongState(state=STATE_LABELS[State(booking.state)])
    booking.name, booking.id_number = name, id_number or booking.id_number
    booking.person_key = person_key(id_number=booking.id_number, contact=contact.value, name=name)
    booking.version += 1
    session.flush()
    record(
        session,
        "appointments.booking.corrected",
        subject=("booking", booking.id),
        actor=actor,
        now=now,
    )


def _check_cut_off(
    booking: Booking, rules: BookingRules, zone: ZoneInfo, actor: Actor, now: datetime
) -> None:
    until = cancel_until(booking.starts_at, rules.cancel_hours_before_midnight, zone)
    if actor.kind == "citizen" and now >= until:
        raise TooLate


def _check_version(session: Session, booking: Booking, version: int) -> None:
    """Lock the booking and compare it with what the form showed."""
    session.refresh(booking, with_for_update=True)
    if booking.version != version:
        raise Stale
