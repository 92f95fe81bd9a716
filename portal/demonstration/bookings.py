"""An invented past, present and future of bookings, made by the real services."""

from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, Slot
from portal.appointments.rules import Channel, Priority
from portal.appointments.services import window
from portal.appointments.services.bookings import Order, Person, book_slot, cancel_booking
from portal.catalog.models import PostStaff, Service
from portal.core.actor import Actor
from portal.core.errors import DomainError
from portal.demonstration.people import invent_id, invent_name, invent_phone
from portal.identity.contacts import Address, person_key
from portal.identity.services.contacts import note_contact
from portal.tenancy.queries import Tenant, get_settings, get_tenant
from portal.tenancy.settings import BookingRules

#: Of a hundred places: how many are taken yesterday, today and in the days ahead.
TAKEN_PAST, TAKEN_TODAY, TAKEN_AHEAD = 30, 60, 18
MOST = 160


def fill_calendar(session: Session, *, random: Random, now: datetime) -> None:
    """Book a part of the places and let the past and this morning take their course."""
    tenant = get_tenant(session)
    rules = get_settings(session, tenant, at=now).booking
    services = {service.id: service for service in session.scalars(select(Service))}
    clerks = {row.post_id: row.staff_id for row in session.scalars(select(PostStaff))}
    today = now.astimezone(tenant.zone).date()
    slots = list(session.scalars(select(Slot).order_by(Slot.starts_at, Slot.id)))
    random.shuffle(slots)
    made = 0
    for slot in slots:
        day = slot.starts_at.astimezone(tenant.zone).date()
        share = TAKEN_PAST if day < today else TAKEN_TODAY if day == today else TAKEN_AHEAD
        if made >= MOST or random.randrange(100) >= share:
            continue
        booked_at = min(now, slot.starts_at) - timedelta(minutes=random.randrange(30, 4000))
        booking = _book(session, random, slot, services[slot.service_id], rules, tenant, booked_at)
        if booking is None:
            continue
        made += 1
        clerk = Actor("staff", clerks[slot.post_id])
        _take_course(session, random, booking, rules, tenant, clerk, now)


def _book(
    session: Session,
    random: Random,
    slot: Slot,
    service: Service,
    rules: BookingRules,
    tenant: Tenant,
    booked_at: datetime,
) -> Booking | None:
    address = Address("phone", invent_phone(random))
    contact = note_contact(session, address=address, language="zh_Hant", now=booked_at)
    contact.verified_at = booked_at
    name = invent_name(random)
    id_number = invent_id(random) if service.asks_id_number else None
    is_elder = random.random() < 0.15
    person = Person(
        name=name,
        key=person_key(id_number=id_number, contact=address.value, name=name),
        id_number=id_number,
        priority=Priority.ELDERLY if is_elder or slot.pool == "priority" else "",
    )
    channel = random.choice([Channel.COUNTER, Channel.PHONE])
    order = Order(person=person, contact_id=contact.id, channel=channel)
    try:
        booking = book_slot(
            session,
            slot_id=slot.id,
            order=order,
            rules=rules,
            zone=tenant.zone,
            actor=Actor("citizen", contact.id),
            now=booked_at,
        )
    except DomainError:
        return None
    booking.channel = random.choice([Channel.ONLINE, Channel.ONLINE, channel])
    return booking


def _take_course(
    session: Session,
    random: Random,
    booking: Booking,
    rules: BookingRules,
    tenant: Tenant,
    clerk: Actor,
    now: datetime,
) -> None:
    """What became of a booking: kept mostly, missed or cancelled sometimes, expected if ahead."""
    fate, start = random.random(), booking.starts_at
    if fate < 0.06:
        at = booking.created_at + timedelta(minutes=20)
        citizen = Actor("staff", clerk.id)
        cancel_booking(
            session,
            booking=booking,
            version=booking.version,
            rules=rules,
            zone=tenant.zone,
            actor=citizen,
            now=min(at, now),
        )
        return
    if fate < 0.14 and start + timedelta(minutes=rules.grace_minutes) < now:
        late = start + timedelta(minutes=rules.grace_minutes)
        window.note_no_show(
            session, booking=booking, version=booking.version, rules=rules, actor=clerk, now=late
        )
        return
    arrival = start - timedelta(minutes=random.randrange(2, 15))
    if arrival < now and start < now + timedelta(minutes=20):
        window.note_arrival(
            session, booking=booking, version=booking.version, actor=clerk, now=arrival
        )
    if start < now and booking.ends_at < now:
        window.start_serving(
            session, booking=booking, version=booking.version, actor=clerk, now=start
        )
        done = start + timedelta(minutes=random.randrange(5, 20))
        window.finish(
            session, served=booking, version=booking.version, actor=clerk, now=min(done, now)
        )
