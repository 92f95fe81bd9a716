"""A place kept for a named person: taken once, declined, or gone with its time."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, Hold, Slot
from portal.appointments.offers_models import Offer
from portal.appointments.offers_rules import OfferKind
from portal.appointments.rules import Channel
from portal.appointments.services.bookings import Order, Person, book_slot, cancel_booking
from portal.appointments.services.holds import return_expired_holds
from portal.appointments.services.offers import (
    decline_offer,
    expire_offers,
    offer_place,
    take_offer,
)
from portal.appointments.services.places import claim_place
from portal.appointments.services.window import note_arrival, start_serving
from portal.core.actor import SYSTEM, Actor
from portal.core.ledger import LedgerEntry
from portal.identity.contacts import Address
from portal.identity.services.contacts import note_contact
from portal.messages.models import Message
from portal.tenancy.settings import BookingRules
from tests.features.appointments.test_races import attempt, check_places, public_slots
from tests.support.parallel import together
from tests.support.world import SHANGHAI, World

RULES = BookingRules()
HALF_HOUR = timedelta(minutes=30)


def contact(world: World, number: int = 0) -> int:
    address = Address("phone", f"+861381234567{number}")
    return world.do(
        lambda s: note_contact(s, address=address, language="zh_Hant", now=world.now).id
    )


def booked(world: World, slot_id: int, contact_id: int | None, name: str = "王小明") -> Booking:
    person = Person(name=name, key=f"key of {name}")
    return world.do(
        lambda session: book_slot(
            session,
            slot_id=slot_id,
            order=Order(person, contact_id, Channel.ONLINE),
            rules=RULES,
            zone=SHANGHAI,
            actor=SYSTEM,
            now=world.now,
        )
    )


def offered(
    world: World, slot_id: int, booking: Booking, kind: OfferKind = OfferKind.CLOSURE
) -> Offer:
    assert booking.contact_id is not None
    return world.do(
        lambda session: offer_place(
            session,
            slot_id=slot_id,
            kind=kind,
            contact_id=booking.contact_id or 0,
            booking_id=booking.id,
            expires_at=world.now + HALF_HOUR,
            actor=SYSTEM,
            now=world.now,
        )
    )


def taking(world: World, offer: Offer) -> Callable[[Session], Booking]:
    return lambda session: take_offer(
        session,
        offer=session.get_one(Offer, offer.id),
        rules=RULES,
        zone=SHANGHAI,
        actor=Actor("citizen", offer.contact_id),
        now=world.now,
    )


def declining(world: World, offer: Offer) -> Callable[[Session], None]:
    return lambda session: decline_offer(
        session,
        offer=session.get_one(Offer, offer.id),
        actor=Actor("citizen", offer.contact_id),
        now=world.now,
    )


def take(world: World, offer: Offer) -> Booking:
    return world.do(taking(world, offer))


def decline(world: World, offer: Offer) -> None:
    world.do(declining(world, offer))


def cancel(world: World, booking: Booking) -> None:
    world.do(
        lambda session: cancel_booking(
            session,
            booking=session.get_one(Booking, booking.id),
            version=booking.version,
            rules=RULES,
            zone=SHANGHAI,
            actor=SYSTEM,
            now=world.now,
        )
    )


def state(world: World, offer: Offer) -> str:
    return world.do(lambda s: s.get_one(Offer, offer.id).state)


def codes(world: World, kind: str, subject_id: int) -> list[str]:
    entries = select(LedgerEntry.code).where(
        LedgerEntry.subject_kind == kind, LedgerEntry.subject_id == subject_id
    )
    return world.do(lambda s: list(s.scalars(entries.order_by(LedgerEntry.id))))


@pytest.fixture
def later(town: World) -> list[Slot]:
    """The times of the days to come."""
    return [s for s in public_slots(town) if s.starts_at > town.now + timedelta(days=1)]


def test_an_offer_takes_a_place_and_only_a_free_one(town: World, later: list[Slot]) -> None:
    standing = booked(town, later[0].id, contact(town))
    slot = later[1]
    for _place in range(slot.capacity):
        offered(town, slot.id, standing)
    assert town.do(lambda s: s.get_one(Slot, slot.id).booked) == slot.capacity
    assert attempt(town, lambda s: claim_place(s, slot_id=slot.id, now=town.now)) == "SlotTaken"
    with pytest.raises(Exception, match="just been taken"):
        offered(town, slot.id, standing)


def test_taking_an_offer_of_a_live_booking_moves_it_and_keeps_its_reference(
    town: World, later: list[Slot]
) -> None:
    standing = booked(town, later[0].id, contact(town))
    offer = offered(town, later[5].id, standing)
    moved = take(town, offer)
    assert (moved.id, moved.reference) == (standing.id, standing.reference)
    assert (moved.slot_id, moved.version) == (later[5].id, 1)
    assert check_places(town, later[0].id) == 0
    assert check_places(town, later[5].id) == 1
    assert codes(town, "offer", offer.id) == ["appointments.offer.made", "appointments.offer.taken"]
    told = town.do(lambda s: list(s.scalars(select(Message.key).order_by(Message.id))))
    assert told == [
        f"booking:{moved.id}:0:confirmed",
        f"offer:{offer.id}:closure_offered",
        f"booking:{moved.id}:1:moved",
    ]


def test_whoever_has_come_and_was_not_served_is_expected_again_at_the_offered_time(
    town: World, later: list[Slot]
) -> None:
    standing = booked(town, later[0].id, contact(town))
    town.do(
        lambda s: note_arrival(
            s, booking=s.get_one(Booking, standing.id), version=0, actor=SYSTEM, now=town.now
        )
    )
    moved = take(town, offered(town, later[5].id, standing, OfferKind.BREACH))
    assert (moved.id, moved.state, moved.arrived_at) == (standing.id, "booked", None)


def test_whoever_is_being_served_needs_no_offered_time(town: World, later: list[Slot]) -> None:
    standing = booked(town, later[0].id, contact(town))
    offer = offered(town, later[5].id, standing, OfferKind.BREACH)
    town.do(
        lambda s: start_serving(
            s,
            booking=s.get_one(Booking, standing.id),
            version=0,
            actor=Actor("staff", 1),
            now=town.now,
        )
    )
    with pytest.raises(Exception, match="already"):
        take(town, offer)
    assert state(town, offer) == "open"


def test_taking_an_offer_of_a_cancelled_booking_books_anew_for_the_same_person(
    town: World, later: list[Slot]
) -> None:
    standing = booked(town, later[0].id, contact(town))
    cancel(town, standing)
    made = take(town, offered(town, later[5].id, standing))
    assert made.id != standing.id
    assert (made.name, made.person_key) == (standing.name, standing.person_key)
    assert (made.contact_id, made.state) == (standing.contact_id, "booked")
    assert check_places(town, later[5].id) == 1


def test_of_several_times_kept_for_a_booking_the_others_are_given_back(
    town: World, later: list[Slot]
) -> None:
    standing = booked(town, later[0].id, contact(town))
    offers = [offered(town, slot.id, standing, OfferKind.BREACH) for slot in later[5:8]]
    take(town, offers[1])
    assert [state(town, offer) for offer in offers] == ["declined", "taken", "declined"]
    assert [check_places(town, offer.slot_id) for offer in offers] == [0, 1, 0]


def test_i_9_an_offer_opens_no_way_around_the_limits(town: World, later: list[Slot]) -> None:
    mine = contact(town)
    standing = booked(town, later[0].id, mine)
    cancel(town, standing)
    offer = offered(town, later[5].id, standing)
    again = booked(town, later[6].id, mine)
    with pytest.raises(Exception, match="already has a booking"):
        take(town, offer)
    cancel(town, again)
    days = sorted({slot.starts_at.date(): slot for slot in later}.items())
    for number, (_day, slot) in enumerate(days[: RULES.live_per_contact]):
        booked(town, slot.id, mine, f"家人{number}")
    with pytest.raises(Exception, match=r"already has .* bookings"):
        take(town, offer)
    assert state(town, offer) == "open"


def test_a_declined_offer_returns_its_place_and_is_over(town: World, later: list[Slot]) -> None:
    offer = offered(town, later[5].id, booked(town, later[0].id, contact(town)))
    decline(town, offer)
    assert state(town, offer) == "declined"
    assert check_places(town, offer.slot_id) == 0
    for again in (take, decline):
        with pytest.raises(Exception, match="no longer kept"):
            again(town, offer)
    assert codes(town, "offer", offer.id)[-1] == "appointments.offer.declined"


def test_an_offer_whose_time_is_over_cannot_be_taken_even_before_the_sweep(
    town: World, later: list[Slot]
) -> None:
    offer = offered(town, later[5].id, booked(town, later[0].id, contact(town)))
    town.wait(minutes=30)
    for answer in (take, decline):
        with pytest.raises(Exception, match="no longer kept"):
            answer(town, offer)
    assert check_places(town, offer.slot_id) == 1
    town.do(lambda s: expire_offers(s, town.now))
    assert (state(town, offer), check_places(town, offer.slot_id)) == ("expired", 0)
    town.do(lambda s: expire_offers(s, town.now))
    assert codes(town, "offer", offer.id) == [
        "appointments.offer.made",
        "appointments.offer.expired",
    ]


def test_the_place_of_an_expired_offer_goes_to_who_asks_first_and_is_returned_once(
    town: World, later: list[Slot]
) -> None:
    slot = next(slot for slot in later[1:] if slot.capacity == 1)
    offer = offered(town, slot.id, booked(town, later[0].id, contact(town)))
    town.wait(minutes=31)
    booked(town, slot.id, contact(town, 1), "李建國")
    assert check_places(town, slot.id) == 1
    town.do(lambda s: expire_offers(s, town.now))
    town.do(lambda s: return_expired_holds(s, town.now))
    assert (state(town, offer), check_places(town, slot.id)) == ("expired", 1)


def test_taking_declining_and_expiring_at_once_has_one_outcome(
    town: World, later: list[Slot]
) -> None:
    standing = booked(town, later[0].id, contact(town))
    cancel(town, standing)
    for slot in later[4:10]:
        offer = offered(town, slot.id, standing)
        after = town.now + HALF_HOUR
        works: tuple[Callable[[Session], object], ...] = (
            taking(town, offer),
            declining(town, offer),
            partial(expire_offers, now=after),
            partial(return_expired_holds, now=after),
        )
        results = together(4, lambda who, works=works: attempt(town, works[who]))  # type: ignore[misc]
        found = state(town, offer)
        assert found != "open"
        assert (results[0] == "done") == (found == "taken")
        assert (results[1] == "done") == (found == "declined")
        assert check_places(town, slot.id) == (found == "taken")
        if found == "taken":
            made = select(Booking).where(Booking.slot_id == slot.id)
            cancel(town, town.do(lambda s, made=made: s.scalars(made).one()))  # type: ignore[misc]


def test_crossing_offers_of_two_bookings_neither_deadlock_nor_lose_a_place(
    town: World, later: list[Slot]
) -> None:
    one, two = [slot.id for slot in later if slot.capacity == 2][:2]
    first = booked(town, one, contact(town))
    second = booked(town, two, contact(town, 1), "李建國")
    offers = [offered(town, two, first), offered(town, one, second)]
    results = together(2, lambda number: attempt(town, taking(town, offers[number])))
    assert results == ["done", "done"]
    total = town.do(lambda s: s.scalar(select(func.sum(Slot.booked))))
    assert (total, town.do(lambda s: s.scalar(select(func.count(Hold.id))))) == (2, 0)
    assert check_places(town, one) == check_places(town, two) == 1
