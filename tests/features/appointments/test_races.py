"""Many at once: no place is given twice, no limit is passed, nothing is lost."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.appointments.availability import Asker
from portal.appointments.models import Booking, Hold, Slot
from portal.appointments.rules import Channel
from portal.appointments.services.bookings import (
    Order,
    Person,
    book_held,
    book_slot,
    cancel_booking,
)
from portal.appointments.services.holds import Kept, give_back, hold_slot, return_expired_holds
from portal.appointments.services.moves import move_booking
from portal.appointments.services.no_shows import take_back
from portal.appointments.services.places import claim_place
from portal.appointments.services.window import note_arrival, note_no_show, start_serving, undo
from portal.catalog.models import Post, Service
from portal.core.actor import SYSTEM
from portal.core.errors import DomainError
from portal.identity.contacts import Address
from portal.identity.services.contacts import note_contact
from portal.tenancy.settings import BookingRules
from tests.support.parallel import together
from tests.support.world import SHANGHAI, World

RULES = BookingRules()


def public_slots(world: World) -> list[Slot]:
    def read(session: Session) -> list[Slot]:
        public = select(Slot).where(Slot.pool == "public", Slot.starts_at > world.now)
        return list(session.scalars(public.order_by(Slot.starts_at, Slot.id)))

    return world.do(read)


def attempt(world: World, work: Callable[[Session], object]) -> str:
    """Run a unit of work as a request would; returns what became of it."""
    try:
        world.do(work)
    except DomainError as error:
        return type(error).__name__
    return "done"


def order(number: int, contact_id: int | None = None) -> Order:
    person = Person(name=f"人{number}", key=f"person-{number}")
    return Order(person=person, contact_id=contact_id, channel=Channel.COUNTER)


def book(world: World, slot_id: int, wanted: Order) -> Callable[[Session], Booking]:
    return lambda session: book_slot(
        session,
        slot_id=slot_id,
        order=wanted,
        rules=RULES,
        zone=SHANGHAI,
        actor=SYSTEM,
        now=world.now,
    )


def test_the_last_places_of_a_slot_are_given_once_each(town: World) -> None:
    slot = public_slots(town)[0]
    results = together(12, lambda number: attempt(town, book(town, slot.id, order(number))))
    assert Counter(results) == {"done": slot.capacity, "SlotTaken": 12 - slot.capacity}
    assert town.do(lambda s: s.get_one(Slot, slot.id)).booked == slot.capacity


def test_i_9_one_person_books_a_day_once_however_often_asked(town: World) -> None:
    slots = public_slots(town)[:6]
    results = together(6, lambda number: attempt(town, book(town, slots[number].id, order(1))))
    assert Counter(results) == {"done": 1, "AlreadyBooked": 5}
    taken = town.do(lambda s: s.scalar(select(func.sum(Slot.booked))))
    assert taken == 1


def test_a_contact_never_has_more_live_bookings_than_allowed(town: World) -> None:
    def make(session: Session) -> int:
        address = Address("phone", "+8613812345678")
        return note_contact(session, address=address, language="zh_Hant", now=town.now).id

    contact_id = town.do(make)
    slots = public_slots(town)[:8]
    results = together(
        8, lambda number: attempt(town, book(town, slots[number].id, order(number, contact_id)))
    )
    live = town.do(lambda s: s.scalar(select(func.count(Booking.id))))
    assert Counter(results)["done"] == live == RULES.live_per_contact


def test_one_network_cannot_hold_a_day_unverified(town: World) -> None:
    slots = public_slots(town)[:10]

    def hold(number: int) -> str:
        return attempt(
            town,
            lambda session: hold_slot(
                session,
                slot_id=slots[number].id,
                holder=f"browser-{number}",
                network="network",
                contact_id=None,
                asker=Asker(),
                rules=RULES,
                now=town.now,
            ),
        )

    results = together(10, hold)
    held = town.do(lambda s: s.scalar(select(func.count(Hold.id)))) or 0
    assert Counter(results)["done"] == held <= RULES.holds_per_network
    assert town.do(lambda s: s.scalar(select(func.sum(Slot.booked)))) == held


def test_crossing_moves_neither_deadlock_nor_lose_a_place(town: World) -> None:
    slots = public_slots(town)[:4]
    for number, slot in enumerate(slots):
        town.do(book(town, slot.id, order(number)))
    made = town.do(lambda s: list(s.scalars(select(Booking).order_by(Booking.id))))

    def move(number: int) -> str:
        return attempt(
            town,
            lambda session: move_booking(
                session,
                booking=session.get_one(Booking, made[number].id),
                version=0,
                slot_id=made[(number + 1) % 4].slot_id,
                asker=Asker(Channel.COUNTER),
                rules=RULES,
                zone=SHANGHAI,
                actor=SYSTEM,
                now=town.now,
            ),
        )

    together(4, move)
    by_booking, by_slot = town.do(
        lambda s: (
            Counter(s.scalars(select(Booking.slot_id))),
            dict(s.execute(select(Slot.id, Slot.booked).where(Slot.booked > 0)).all()),
        )
    )
    assert dict(by_booking) == by_slot


@pytest.mark.parametrize("rivals", [("cancel", "cancel"), ("cancel", "move"), ("cancel", "here")])
def test_of_two_steps_at_once_with_one_booking_one_is_done_and_no_place_is_lost(
    town: World, rivals: tuple[str, str]
) -> None:
    first, other = public_slots(town)[:2]
    booking_id = town.do(book(town, first.id, order(1))).id
    facts: dict[str, Any] = {
        "version": 0,
        "rules": RULES,
        "zone": SHANGHAI,
        "actor": SYSTEM,
        "now": town.now,
    }

    def take(number: int) -> str:
        def work(session: Session) -> None:
            booking, step = session.get_one(Booking, booking_id), rivals[number % 2]
            if step == "cancel":
                cancel_booking(session, booking=booking, **facts)
            elif step == "move":
                asker = Asker(Channel.COUNTER)
                move_booking(session, booking=booking, slot_id=other.id, asker=asker, **facts)
            else:
                note_arrival(session, booking=booking, version=0, actor=SYSTEM, now=town.now)

        return attempt(town, work)

    outcomes = Counter(together(4, take))
    assert outcomes["done"] == 1
    assert set(outcomes) <= {"done", "Stale", "WrongState", "StillHere"}
    booking, taken = town.do(
        lambda session: (
            session.get_one(Booking, booking_id),
            session.scalars(select(Slot.booked).where(Slot.booked > 0)).all(),
        )
    )
    assert booking.version == 1
    assert taken == ([] if booking.state == "cancelled" else [1])


@pytest.mark.parametrize("before", ["serving", "no_show"])
def test_two_clerks_who_take_the_same_step_back_take_back_one(town: World, before: str) -> None:
    slot = public_slots(town)[0]
    booking_id = town.do(book(town, slot.id, order(1))).id
    town.wait(seconds=(slot.starts_at - town.now).total_seconds() + 45 * 60)

    def prepare(session: Session) -> int:
        booking = session.get_one(Booking, booking_id)
        if before == "serving":
            start_serving(session, booking=booking, version=0, actor=SYSTEM, now=town.now)
        else:
            note_no_show(
                session, booking=booking, version=0, rules=RULES, actor=SYSTEM, now=town.now
            )
        return booking.version

    version = town.do(prepare)

    def step_back(session: Session) -> None:
        facts: dict[str, Any] = {"version": version, "rules": RULES, "now": town.now}
        booking = session.get_one(Booking, booking_id)
        if before == "serving":
            today = town.now.astimezone(SHANGHAI).date()
            undo(session, served=booking, today=today, actor=SYSTEM, **facts)
        else:
            take_back(session, booking=booking, reason="Came to window 2", actor=SYSTEM, **facts)

    assert Counter(together(4, lambda _number: attempt(town, step_back)))["done"] == 1
    booking = town.do(lambda session: session.get_one(Booking, booking_id))
    assert booking.version == version + 1
    assert booking.state == ("arrived" if before == "serving" else "booked")


def test_the_database_itself_refuses_to_oversell(town: World) -> None:
    slot = public_slots(town)[0]

    def oversell(session: Session) -> None:
        session.get_one(Slot, slot.id).booked = slot.capacity + 1
        session.flush()

    with pytest.raises(DomainError):
        town.do(oversell)
    assert town.do(lambda s: s.get_one(Slot, slot.id)).booked == 0


def test_an_expired_hold_is_reclaimed_once(town: World) -> None:
    slot = public_slots(town)[0]

    def fill(session: Session) -> None:
        session.add_all(
            Hold(slot_id=slot.id, holder=f"h{n}", network="n", expires_at=town.now)
            for n in range(slot.capacity)
        )
        session.get_one(Slot, slot.id).booked = slot.capacity

    town.do(fill)
    results = together(
        6,
        lambda _number: attempt(
            town, lambda session: claim_place(session, slot_id=slot.id, now=town.now)
        ),
    )
    assert Counter(results)["done"] == slot.capacity


def hold(
    world: World, slot_id: int, holder: str, *, later: int = 0, contact_id: int | None = None
) -> Callable[[Session], Hold]:
    return lambda session: hold_slot(
        session,
        slot_id=slot_id,
        holder=holder,
        network=f"network of {holder}",
        contact_id=contact_id,
        asker=Asker(),
        rules=RULES,
        now=world.now + timedelta(minutes=later),
    )


def check_places(world: World, slot_id: int) -> int:
    """How full a slot is, which is what its holds and bookings say."""

    def read(session: Session) -> tuple[int, int]:
        held = session.scalar(select(func.count(Hold.id)).where(Hold.slot_id == slot_id))
        given = session.scalar(
            select(func.count(Booking.id)).where(
                Booking.slot_id == slot_id, Booking.state != "cancelled"
            )
        )
        return session.get_one(Slot, slot_id).booked, (held or 0) + (given or 0)

    booked, counted = world.do(read)
    assert booked == counted
    return booked


def as_kept(session: Session, hold: Hold) -> Kept:
    """The hold as a request has read it, whatever became of it since."""
    slot = session.get_one(Slot, hold.slot_id)
    service, post = session.get_one(Service, slot.service_id), session.get_one(Post, slot.post_id)
    return Kept(hold, slot, service, post)


@pytest.fixture
def reclaimed(town: World) -> Hold:
    """A hold that a request has read and that somebody else reclaims before it goes on."""
    later = town.now + timedelta(days=2)
    [slot, *_more] = [s for s in public_slots(town) if s.capacity == 1 and s.starts_at > later]
    mine = town.do(hold(town, slot.id, "mine"))
    town.do(hold(town, slot.id, "theirs", later=RULES.hold_minutes))
    return mine


def test_a_hold_reclaimed_meanwhile_is_not_booked(town: World, reclaimed: Hold) -> None:
    """The request began in the last second of the hold and went on after it."""

    def confirm(session: Session) -> None:
        book_held(
            session,
            kept=as_kept(session, reclaimed),
            order=order(1),
            rules=RULES,
            zone=SHANGHAI,
            actor=SYSTEM,
            now=town.now,
        )

    assert attempt(town, confirm) == "HoldGone"
    assert check_places(town, reclaimed.slot_id) == 1


def test_a_hold_reclaimed_meanwhile_is_not_given_back_again(town: World, reclaimed: Hold) -> None:
    assert attempt(town, lambda session: give_back(session, reclaimed, now=town.now)) == "done"
    assert check_places(town, reclaimed.slot_id) == 1


def test_one_browser_that_chooses_many_times_at_once_keeps_one(town: World) -> None:
    slots = public_slots(town)[:6]
    together(6, lambda number: attempt(town, hold(town, slots[number].id, "browser")))
    assert sum(check_places(town, slot.id) for slot in slots) == 1


def test_confirming_and_leaving_at_once_loses_no_place(town: World) -> None:
    for number, slot in enumerate(public_slots(town)[:8]):
        kept = town.do(hold(town, slot.id, f"browser-{number}"))

        def confirm(session: Session, kept: Hold = kept, number: int = number) -> None:
            book_held(
                session,
                kept=as_kept(session, kept),
                order=order(number),
                rules=RULES,
                zone=SHANGHAI,
                actor=SYSTEM,
                now=town.now,
            )

        def leave(session: Session, kept: Hold = kept) -> None:
            give_back(session, kept, now=town.now)

        works = (confirm, leave, partial(return_expired_holds, now=kept.expires_at))
        together(3, lambda who, works=works: attempt(town, works[who]))  # type: ignore[misc]
        check_places(town, slot.id)
