"""Many places returned and many people waiting at once: no place lost, none offered twice."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, Hold, Slot
from portal.appointments.offers_models import Offer
from portal.appointments.services import waiting
from portal.appointments.services.bookings import Person
from portal.appointments.services.holds import return_expired_holds
from portal.appointments.services.offers import expire_offers, give_up_offers
from portal.appointments.services.waiting import leave_list
from portal.appointments.waiting_models import Waiting
from portal.core.actor import SYSTEM
from tests.features.appointments.test_races import attempt
from tests.support.parallel import together
from tests.support.waiting import (
    RULES,
    asked,
    booking,
    cancelling,
    contact,
    declining,
    fill,
    joining,
    offers,
    slots_of,
    states,
    taking,
)
from tests.support.world import World

Work = Callable[[Session], object]


def at_once(world: World, works: list[Work]) -> list[str]:
    return together(len(works), lambda number: attempt(world, works[number]))


def check_all_places(world: World) -> None:
    """Every slot is as full as its holds and bookings say."""

    def read(session: Session) -> tuple[Counter[int], dict[int, int]]:
        held = Counter(session.scalars(select(Hold.slot_id)))
        given = Counter(session.scalars(select(Booking.slot_id).where(Booking.state == "booked")))
        rows = session.execute(select(Slot.id, Slot.booked).where(Slot.booked > 0))
        return held + given, dict(rows.all())

    counted, booked = world.do(read)
    assert dict(counted) == booked


def check_offers(world: World) -> None:
    """Each open offer has its hold, and nobody has two of them."""

    def read(session: Session) -> tuple[list[Offer], set[str]]:
        open_ones = session.scalars(select(Offer).where(Offer.state == "open"))
        return list(open_ones), set(session.scalars(select(Hold.holder)))

    open_ones, holders = world.do(read)
    assert {offer.token for offer in open_ones} <= holders
    assert max(Counter(offer.waiting_id for offer in open_ones).values(), default=1) == 1
    waits = select(Waiting.id).where(Waiting.state == "offered")
    assert {offer.waiting_id for offer in open_ones} == world.do(lambda s: set(s.scalars(waits)))


@pytest.fixture
def full(town: World) -> list[Booking]:
    """Bookings of different times, all of them full."""
    return [made for slot in slots_of(town)[:8] for made in fill(town, slot)]


@pytest.mark.parametrize("people", [0, 1, 3, 12])
def test_parallel_returns_go_to_as_many_as_wait(
    town: World, full: list[Booking], people: int
) -> None:
    for number in range(people):
        town.do(joining(town, number))
    returned = full[:8]
    results = at_once(town, [cancelling(town, made.id) for made in returned])
    assert set(results) == {"done"}
    first = [f"waiting-{number}" for number in range(min(people, len(returned)))]
    assert sorted(who for who, _state in asked(town)) == sorted(first)
    check_all_places(town)
    check_offers(town)


def test_returned_declined_taken_left_and_run_out_at_once(town: World, full: list[Booking]) -> None:
    for number in range(8):
        town.do(joining(town, number))
    for made in full[:4]:
        town.do(cancelling(town, made.id))
    first = offers(town)
    later = first[0].expires_at
    leaving: Work = lambda s: leave_list(  # noqa: E731 one of a list of works
        s, entry=s.get_one(Waiting, first[2].waiting_id), actor=SYSTEM, now=town.now
    )
    results = at_once(
        town,
        [
            taking(town, first[0]),
            declining(town, first[1]),
            leaving,
            partial(expire_offers, now=later),
            partial(return_expired_holds, now=later),
            *(cancelling(town, made.id) for made in full[4:8]),
        ],
    )
    assert set(results) <= {"done", "OfferGone"}
    assert set(results[3:]) == {"done"}
    check_all_places(town)
    # An offer in another's hand was passed over by the sweep and has its turn in the next round.
    town.do(lambda session: expire_offers(session, later))
    check_all_places(town)
    check_offers(town)


def test_a_place_that_comes_back_while_somebody_leaves_goes_to_the_next(
    town: World, full: list[Booking], monkeypatch: pytest.MonkeyPatch
) -> None:
    with town.session() as session:
        is_alone = session.get_bind().dialect.name == "sqlite"  # Nobody writes in between there.
    town.do(joining(town, 0))
    entry = town.do(lambda s: s.scalars(select(Waiting)).one())

    def return_a_place_after_looking(session: Session, **kwargs: Any) -> None:
        give_up_offers(session, **kwargs)
        if not is_alone and not asked(town):
            town.do(joining(town, 1))
            town.do(cancelling(town, full[0].id))
            assert asked(town) == [("waiting-0", "open")]

    monkeypatch.setattr(waiting, "give_up_offers", return_a_place_after_looking)
    town.do(lambda s: leave_list(s, entry=s.get_one(Waiting, entry.id), actor=SYSTEM, now=town.now))
    if not is_alone:
        assert asked(town) == [("waiting-0", "declined"), ("waiting-1", "open")]
    assert states(town)[0] == "left"
    check_all_places(town)
    check_offers(town)


def test_who_books_elsewhere_while_the_offer_is_answered_has_one_booking_that_day(
    town: World, full: list[Booking]
) -> None:
    mine = contact(town)
    other = next(s for s in slots_of(town)[8:] if s.starts_at.date() == full[0].local_date)
    town.do(joining(town, 0, contact_id=mine))
    town.do(joining(town, 1))
    town.do(cancelling(town, full[0].id))
    [offer] = offers(town)
    results = at_once(
        town,
        [
            taking(town, offer),
            booking(town, other.id, Person("候補0", "waiting-0"), mine),
            declining(town, offer),
        ],
    )
    live = town.do(
        lambda s: s.scalar(select(func.count(Booking.id)).where(Booking.person_key == "waiting-0"))
    )
    assert live == 1, results
    town.do(lambda s: expire_offers(s, town.now))
    check_all_places(town)
    check_offers(town)


def test_joining_twice_at_once_makes_one_entry(town: World) -> None:
    mine = contact(town)
    results = at_once(town, [joining(town, 0, contact_id=mine) for _time in range(5)])
    assert Counter(results) == {"done": 1, "AlreadyWaiting": 4}
    results = at_once(town, [joining(town, number, contact_id=mine) for number in range(1, 7)])
    assert Counter(results)["done"] == RULES.live_per_contact - 1


def test_two_workers_end_an_offer_once_and_ask_one_person_next(
    town: World, full: list[Booking]
) -> None:
    for number in range(4):
        town.do(joining(town, number))
    town.do(cancelling(town, full[0].id))
    town.wait(minutes=30)
    sweeps: list[Work] = [partial(expire_offers, now=town.now)] * 3
    assert set(at_once(town, sweeps)) == {"done"}
    assert asked(town) == [("waiting-0", "expired"), ("waiting-1", "open")]
    check_all_places(town)
