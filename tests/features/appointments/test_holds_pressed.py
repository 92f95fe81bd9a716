"""Whoever presses on a hold from two sides gets one answer: places are neither made nor lost."""

import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.appointments.availability import Asker
from portal.appointments.models import Booking, Hold, Slot
from portal.appointments.rules import Channel
from portal.appointments.services.bookings import Order, Person, book_held
from portal.appointments.services.holds import (
    Kept,
    fill_in,
    get_kept,
    give_back,
    hold_slot,
    renew_hold,
    return_expired_holds,
)
from portal.appointments.services.places import claim_place
from portal.core.actor import SYSTEM
from portal.core.errors import DomainError
from portal.identity.contacts import Address
from portal.identity.services.contacts import note_contact
from portal.tenancy.settings import BookingRules
from tests.support.parallel import together
from tests.support.world import SHANGHAI, World

RULES = BookingRules()


class Meeting:
    """A point where several transactions wait for each other, where the database lets them."""

    def __init__(self, count: int = 2) -> None:
        self._barrier = threading.Barrier(count)

    def wait(self) -> None:
        with suppress(threading.BrokenBarrierError):
            self._barrier.wait(timeout=0.5)


def first_slot(world: World, number: int = 0) -> int:
    found = select(Slot.id).where(
        Slot.pool == "public", Slot.capacity == 2, Slot.starts_at > world.now
    )
    return world.do(lambda s: list(s.scalars(found.order_by(Slot.starts_at, Slot.id))))[number]


def keep(
    world: World, slot_id: int, holder: str, *, contact_id: int | None = None, network: str = "n"
) -> None:
    world.do(
        lambda session: hold_slot(
            session,
            slot_id=slot_id,
            holder=holder,
            network=network,
            contact_id=contact_id,
            asker=Asker(),
            rules=RULES,
            now=world.now,
        )
    )


def attempt(world: World, work: Callable[[Session], object]) -> str:
    try:
        world.do(work)
    except DomainError as error:
        return type(error).__name__
    return "done"


def confirm(world: World, session: Session, kept: Kept, key: str) -> Booking:
    person = Person(name="人", key=key)
    return book_held(
        session,
        kept=kept,
        order=Order(person=person, contact_id=None, channel=Channel.ONLINE),
        rules=RULES,
        zone=SHANGHAI,
        actor=SYSTEM,
        now=world.now,
    )


def assert_conserved(world: World) -> None:
    """Every slot counts exactly its bookings and holds."""

    def read(session: Session) -> tuple[Counter[int], dict[int, int]]:
        held = list(session.scalars(select(Hold.slot_id)))
        booked = list(session.scalars(select(Booking.slot_id).where(Booking.state == "booked")))
        counts = session.execute(select(Slot.id, Slot.booked).where(Slot.booked > 0)).all()
        return Counter(held + booked), dict(counts)

    taken, counted = world.do(read)
    assert dict(taken) == counted


def test_giving_back_twice_at_once_returns_one_place(town: World) -> None:
    slot_id, meeting = first_slot(town), Meeting()
    keep(town, slot_id, "mine")
    town.do(lambda s: confirm(town, s, get_kept(s, holder="mine", now=town.now), "somebody"))
    keep(town, slot_id, "theirs")

    def leave(session: Session) -> None:
        hold = get_kept(session, holder="theirs", now=town.now).hold
        meeting.wait()
        give_back(session, hold, now=town.now)

    together(2, lambda _number: attempt(town, leave))
    assert_conserved(town)


def test_confirming_twice_at_once_books_once(town: World) -> None:
    slot_id, meeting = first_slot(town), Meeting()
    keep(town, slot_id, "mine")

    def work(number: int) -> str:
        def book(session: Session) -> None:
            hold = get_kept(session, holder="mine", now=town.now)
            meeting.wait()
            confirm(town, session, hold, f"person-{number}")

        return attempt(town, book)

    assert sorted(together(2, work)) == ["HoldGone", "done"]
    assert_conserved(town)


def test_a_place_reclaimed_in_the_last_moment_is_not_confirmed_too(town: World) -> None:
    slot_id, read, taken = first_slot(town), Meeting(), Meeting()
    keep(town, slot_id, "slow")
    town.do(lambda s: claim_place(s, slot_id=slot_id, now=town.now))
    later = town.now + timedelta(minutes=RULES.hold_minutes)

    def slow(session: Session) -> None:
        hold = get_kept(session, holder="slow", now=town.now)
        read.wait()
        taken.wait()
        confirm(town, session, hold, "slow")

    def work(number: int) -> str:
        if number == 0:
            return attempt(town, slow)
        read.wait()
        result = attempt(town, lambda s: claim_place(s, slot_id=slot_id, now=later))
        taken.wait()
        return result

    assert sorted(together(2, work)) in (["HoldGone", "done"], ["SlotTaken", "done"])


def make_contact(world: World, value: str = "+8613812345678") -> int:
    address = Address("phone", value)
    return world.do(lambda s: note_contact(s, address=address, language="en", now=world.now).id)


def test_the_sweep_does_not_return_a_place_that_was_just_confirmed(town: World) -> None:
    slot_id, meeting = first_slot(town), Meeting()
    keep(town, slot_id, "slow")
    later = town.now + timedelta(minutes=RULES.hold_minutes)

    def book(session: Session) -> None:
        hold = get_kept(session, holder="slow", now=town.now)
        confirm(town, session, hold, "slow")
        meeting.wait()

    def sweep(session: Session) -> None:
        # What the sweep reads must not be what it acts on a moment later.
        session.scalars(select(Hold)).all()
        meeting.wait()
        return_expired_holds(session, later)

    together(2, lambda number: attempt(town, book if number == 0 else sweep))
    assert_conserved(town)


def test_choosing_two_times_at_once_in_one_browser_keeps_one(town: World) -> None:
    slots, meeting = [first_slot(town, n) for n in range(3)], Meeting()
    keep(town, slots[2], "mine")

    def choose(number: int) -> str:
        def work(session: Session) -> None:
            session.scalar(select(Hold).where(Hold.holder == "mine"))
            meeting.wait()
            hold_slot(
                session,
                slot_id=slots[number],
                holder="mine",
                network="n",
                contact_id=None,
                asker=Asker(),
                rules=RULES,
                now=town.now,
            )

        return attempt(town, work)

    together(2, choose)
    assert town.do(lambda s: s.scalar(select(func.count(Hold.id)))) == 1
    assert_conserved(town)


def test_a_proved_contact_keeps_no_more_times_than_it_may_book(town: World) -> None:
    contact_id = make_contact(town)

    def keep_one(number: int) -> str:
        def work(session: Session) -> None:
            hold_slot(
                session,
                slot_id=slots[number],
                holder=f"copy-{number}",
                network=f"n-{number}",
                contact_id=contact_id,
                asker=Asker(),
                rules=RULES,
                now=town.now,
            )

        return attempt(town, work)

    slots = [first_slot(town, number) for number in range(8)]
    together(8, keep_one)
    held = town.do(lambda s: s.scalar(select(func.count(Hold.id))))
    assert held == RULES.live_per_contact
    assert_conserved(town)


def renew(world: World, session: Session, kept: Kept) -> None:
    later = world.now + timedelta(minutes=1)
    renew_hold(session, kept, contact_id=kept.hold.contact_id, rules=RULES, now=later)


def write(_world: World, session: Session, kept: Kept) -> None:
    fill_in(session, kept.hold, {"name": "張麗華"})


@pytest.mark.parametrize("go_on", [renew, write])
def test_what_is_given_back_meanwhile_is_gone_to_whoever_goes_on_with_it(
    town: World, go_on: Callable[[World, Session, Kept], None]
) -> None:
    """Another tab of the same browser starts again while this one sends its form."""
    read, left = Meeting(), Meeting()
    keep(town, first_slot(town), "mine", contact_id=make_contact(town))

    def send(session: Session) -> None:
        kept = get_kept(session, holder="mine", now=town.now)
        read.wait()
        left.wait()
        go_on(town, session, kept)

    def leave(session: Session) -> None:
        give_back(session, get_kept(session, holder="mine", now=town.now).hold, now=town.now)

    def work(number: int) -> str:
        if number == 0:
            return attempt(town, send)
        read.wait()
        result = attempt(town, leave)
        left.wait()
        return result

    assert sorted(together(2, work)) in (["HoldGone", "done"], ["done", "done"])
    assert_conserved(town)
