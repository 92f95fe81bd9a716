"""What counts against a contact's limit, and what does not."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, Slot
from portal.appointments.rules import AlreadyBooked, Channel, TooManyBookings
from portal.appointments.services.bookings import Order, Person, book_slot
from portal.appointments.services.no_shows import take_back
from portal.appointments.services.window import note_no_show
from portal.core.actor import SYSTEM
from portal.identity.contacts import Address
from portal.identity.services.contacts import note_contact
from portal.tenancy.settings import BookingRules
from tests.support.world import SHANGHAI, World

RULES = BookingRules()


@pytest.fixture
def contact(town: World) -> int:
    def make(session: Session) -> int:
        address = Address("phone", "+8613812345678")
        return note_contact(session, address=address, language="zh_Hant", now=town.now).id

    return town.do(make)


def book(world: World, contact: int, key: str, *, day: int = 0) -> Booking:
    """Book the first free time from some days on."""

    def work(session: Session) -> Booking:
        slot_id = session.scalar(
            select(Slot.id)
            .where(Slot.starts_at > world.now + timedelta(days=day), Slot.booked < Slot.capacity)
            .order_by(Slot.starts_at, Slot.id)
        )
        assert slot_id is not None
        order = Order(Person("張麗華", key, priority="elderly"), contact, Channel.PHONE)
        place = partial(book_slot, slot_id=slot_id, order=order, rules=RULES)
        return place(session, zone=SHANGHAI, actor=SYSTEM, now=world.now)

    return world.do(work)


def miss(world: World, booking: Booking) -> None:
    world.do(
        lambda session: note_no_show(
            session,
            booking=session.get_one(Booking, booking.id),
            version=0,
            rules=RULES,
            actor=SYSTEM,
            now=world.now,
        )
    )


def undo_missing(world: World, booking: Booking) -> Booking:
    def work(session: Session) -> Booking:
        row = session.get_one(Booking, booking.id)
        take_back(
            session,
            booking=row,
            version=1,
            reason="誤記",
            rules=RULES,
            actor=SYSTEM,
            now=world.now,
        )
        return row

    return world.do(work)


def test_bookings_that_went_by_without_a_step_shut_nobody_out(town: World, contact: int) -> None:
    for number in range(RULES.live_per_contact):
        book(town, contact, f"person-{number}")
    with pytest.raises(TooManyBookings):
        book(town, contact, "one-more")
    town.wait(days=1)
    for number in range(RULES.live_per_contact):
        book(town, contact, f"person-{number}")
    with pytest.raises(TooManyBookings):
        book(town, contact, "one-more")


def test_a_no_show_is_undone_when_its_contact_has_booked_again(town: World, contact: int) -> None:
    first = book(town, contact, "wang")
    town.wait(minutes=70)
    miss(town, first)
    second = book(town, contact, "li", day=1)
    undone = undo_missing(town, first)
    assert undone.state == "booked"
    assert undone.contact_seat != second.contact_seat


def test_a_no_show_is_not_undone_over_a_booking_of_the_same_day(town: World, contact: int) -> None:
    first = book(town, contact, "wang")
    town.wait(minutes=70)
    miss(town, first)
    book(town, contact, "wang")
    with pytest.raises(AlreadyBooked):
        undo_missing(town, first)
