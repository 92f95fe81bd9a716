"""Making, cancelling and correcting bookings, for citizens and the window alike."""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.availability import Asker, open_to
from portal.appointments.closure_queries import find_question
from portal.appointments.events import (
    BookingEvent,
    booking_cancelled,
    booking_made,
)
from portal.appointments.models import Booking, Slot
from portal.appointments.no_show_queries import find_standing
from portal.appointments.no_show_rules import OnlineClosed, reach_back
from portal.appointments.person_queries import PersonFacts, list_seats, read_facts
from portal.appointments.queries import is_priority_lost
from portal.appointments.reminder_rules import next_look
from portal.appointments.rules import (
    LIVE,
    STATE_LABELS,
    Channel,
    HoldGone,
    Move,
    Pool,
    PriorityLost,
    PriorityVerdict,
    SlotTaken,
    State,
    TooLate,
    WrongState,
    cancel_until,
    free_seat,
    new_reference,
    next_state,
)
from portal.appointments.services.breaches import check_not_here
from portal.appointments.services.holds import Kept
from portal.appointments.services.places import (
    claim_place,
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

    Raises HoldGone, OnlineClosed, PriorityLost, AlreadyBooked and TooManyBookings.
    """
    if kept.hold.expires_at <= now:
        raise HoldGone
    facts = _read_facts(session, order, kept.slot.service_id, rules, now)
    if facts.has_missed:
        check_standing(session, order, rules, zone, now)
    if not take_away(session, kept.hold):
        raise HoldGone
    return _book(session, kept.slot, order, facts, rules=rules, zone=zone, actor=actor, now=now)


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
    Raises SlotTaken, PriorityLost, AlreadyBooked and TooManyBookings.
    """
    asker = Asker(order.channel, has_priority=bool(order.person.priority))
    slot = session.scalar(select(Slot).where(Slot.id == slot_id, open_to(asker, now)))
    if slot is None or service_id not in (None, slot.service_id):
        raise SlotTaken(field="slot")
    facts = _read_facts(session, order, slot.service_id, rules, now)
    if facts.has_missed:
        check_standing(session, order, rules, zone, now)
    if order.is_overbooked:
        _check_not_closing(session, slot_id)
    booking = _book(session, slot, order, facts, rules=rules, zone=zone, actor=actor, now=now)
    if not order.is_overbooked:
        claim_place(session, slot_id=slot_id, now=now)
    return booking


def _read_facts(
    session: Session, order: Order, service_id: int, rules: BookingRules, now: datetime
) -> PersonFacts:
    return read_facts(
        session,
        contact_id=order.contact_id,
        person_key=order.person.key,
        service_id=service_id,
        missed_since=reach_back(rules, now),
    )


def check_standing(
    session: Session, order: Order, rules: BookingRules, zone: ZoneInfo, now: datetime
) -> None:
    """Refuse online what missed appointments have closed; desk and phone are always open."""
    if order.channel is not Channel.ONLINE or not rules.no_show_limit:
        return
    standing = find_standing(
        session, contact_id=order.contact_id, person_key=order.person.key, rules=rules, now=now
    )
    if standing.closed_until is not None:
        until = standing.closed_until.astimezone(zone)
        raise OnlineClosed(count=standing.count, until=f"{until:%Y-%m-%d %H:%M}")


def _check_not_closing(session: Session, slot_id: int) -> None:
    """Who takes no place asks whether the slot closes at this moment; raises SlotTaken."""
    open_slot = select(Slot.id).where(Slot.id == slot_id, ~Slot.is_withdrawn)
    if session.scalar(open_slot.with_for_update(key_share=True)) is None:
        raise SlotTaken(field="slot")


def _book(
    session: Session,
    slot: Slot,
    order: Order,
    facts: PersonFacts,
    *,
    rules: BookingRules,
    zone: ZoneInfo,
    actor: Actor,
    now: datetime,
) -> Booking:
    person, is_lost = order.person, _is_claim_lost(session, order)
    if is_lost and slot.pool == Pool.PRIORITY and slot.public_from > now:
        raise PriorityLost(field="slot")
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
        contact_seat=(
            free_seat(facts.seats, slot.ends_at, limit=rules.live_per_contact, now=now)
            if order.contact_id
            else None
        ),
        name=person.name,
        id_number=person.id_number,
        is_for_other=person.is_for_other,
        priority="" if is_lost else person.priority,
        priority_verdict=PriorityVerdict.LOST if is_lost else "",
        language=person.language,
        remind_at=next_look(slot.starts_at, rules, zone, now) if order.contact_id else None,
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
    event = BookingEvent(session, booking.id, booking.version, now, waiting_id=facts.waiting_id)
    booking_made.send(event)
    return booking


def _is_claim_lost(session: Session, order: Order) -> bool:
    """Whether a claim to priority does not count; at the counter the person can be seen."""
    is_claimed = bool(order.person.priority) and order.channel is not Channel.COUNTER
    return is_claimed and is_priority_lost(session, order.person.key)


def find_contact_seat(
    session: Session,
    contact_id: int | None,
    *,
    ends_at: datetime,
    rules: BookingRules,
    now: datetime,
) -> int | None:
    """The seat that a booking of a contact has from now on; raises TooManyBookings."""
    if contact_id is None:
        return None
    return free_seat(
        list_seats(session, contact_id), ends_at, limit=rules.live_per_contact, now=now
    )


def cancel_booking(
    session: Session,
    *,
    booking: Booking,
    version: int,
    rules: BookingRules,
    zone: ZoneInfo,
    actor: Actor,
    now: datetime,
    cause: str = "",
) -> None:
    """Cancel a booking and return its place; citizens only before the cut-off.

    ``cause`` names the act of the office that it is a part of. Raises TooLate, WrongState,
    StillHere and Stale.
    """
    check_cut_off(session, booking, rules, zone, actor, now)
    check_version(session, booking, version)
    check_not_here(session, booking, actor, now)
    booking.state = next_state(State(booking.state), Move.CANCEL)
    booking.cancelled_at = now
    booking.version += 1
    session.flush()
    if not booking.is_overbooked:
        return_places(session, slot_id=booking.slot_id, now=now)
    record(
        session,
        "appointments.booking.cancelled",
        subject=("booking", booking.id),
        actor=actor,
        now=now,
        slot=booking.slot_id,
        **causing(cause),
    )
    booking_cancelled.send(BookingEvent(session, booking.id, booking.version, now, cause))


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
    check_version(session, booking, version)
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


def check_cut_off(
    session: Session,
    booking: Booking,
    rules: BookingRules,
    zone: ZoneInfo,
    actor: Actor,
    now: datetime,
) -> None:
    """Citizens change a booking themselves until the cut-off only; raises TooLate.

    Whom the office moved may say no to the new time until it begins.
    """
    until = cancel_until(booking.starts_at, rules.cancel_hours_before_midnight, zone)
    if actor.kind != "citizen" or now < until:
        return
    if now >= booking.starts_at or find_question(session, booking.id) is None:
        raise TooLate


def causing(cause: str) -> dict[str, str]:
    """The cause as the ledger keeps it; nothing for what somebody did with one booking."""
    return {"cause": cause} if cause else {}


def check_version(session: Session, booking: Booking, version: int) -> None:
    """Lock the booking and compare it with what the form showed; raises Stale."""
    session.refresh(booking, with_for_update=True)
    if booking.version != version:
        raise Stale(version=booking.version)
