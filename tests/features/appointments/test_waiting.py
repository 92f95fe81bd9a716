"""A returned place goes to the waiting list in order, then to the public."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.appointments.availability import Asker
from portal.appointments.models import Booking, Slot
from portal.appointments.no_show_models import NoShow
from portal.appointments.no_show_rules import OnlineClosed
from portal.appointments.rules import AlreadyBooked, Channel, SlotTaken, TooManyBookings
from portal.appointments.services.bookings import Person
from portal.appointments.services.holds import get_kept, give_back, hold_slot, return_expired_holds
from portal.appointments.services.moves import move_booking
from portal.appointments.services.offers import expire_offers
from portal.appointments.services.waiting import end_past_entries, leave_list
from portal.appointments.waiting_models import Waiting
from portal.appointments.waiting_queries import find_place
from portal.appointments.waiting_rules import AlreadyWaiting, TooManyWaiting, WrongDays
from portal.core.actor import SYSTEM
from portal.core.errors import DomainError
from portal.core.outbox import OutboxEntry
from portal.messages.models import Message
from tests.features.appointments.test_races import check_places
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
from tests.support.world import SHANGHAI, World


def book(world: World, slot_id: int) -> str:
    """What becomes of it when anybody asks for a time."""
    try:
        world.do(booking(world, slot_id))
    except DomainError as error:
        return type(error).__name__
    return "done"


@pytest.fixture
def full(town: World) -> list[Booking]:
    """The bookings of a time that is full."""
    return fill(town, slots_of(town)[0])


def test_a_returned_place_is_kept_for_the_first_who_waits_and_for_nobody_else(
    town: World, full: list[Booking]
) -> None:
    for number in range(3):
        town.do(joining(town, number))
    town.do(cancelling(town, full[0].id))
    assert asked(town) == [("waiting-0", "open")]
    assert states(town) == ["offered", "waiting", "waiting"]
    assert book(town, full[0].slot_id) == "SlotTaken"
    made = town.do(taking(town, offers(town)[0]))
    assert (made.slot_id, made.person_key) == (full[0].slot_id, "waiting-0")
    assert states(town) == ["booked", "waiting", "waiting"]
    assert check_places(town, made.slot_id) == len(full)


def test_declined_it_goes_to_the_next_and_then_to_the_public(
    town: World, full: list[Booking]
) -> None:
    for number in range(2):
        town.do(joining(town, number))
    town.do(cancelling(town, full[0].id))
    town.do(declining(town, offers(town)[0]))
    assert asked(town) == [("waiting-0", "declined"), ("waiting-1", "open")]
    town.do(declining(town, offers(town)[1]))
    assert states(town) == ["waiting", "waiting"], "who declines keeps the place in the list"
    assert len(offers(town)) == 2, "nobody is asked about the same time twice"
    assert book(town, full[0].slot_id) == "done"


@pytest.mark.parametrize("sweeps", [(expire_offers, return_expired_holds), (return_expired_holds,)])
def test_unanswered_it_goes_to_the_next_after_half_an_hour(
    town: World, full: list[Booking], sweeps: tuple[object, ...]
) -> None:
    """Whichever sweep comes first."""
    for number in range(2):
        town.do(joining(town, number))
    town.do(cancelling(town, full[0].id))
    town.wait(minutes=29)
    for sweep in sweeps:
        town.do(lambda s, sweep=sweep: sweep(s, town.now))  # type: ignore[misc]
    assert len(offers(town)) == 1
    town.wait(minutes=1)
    for sweep in sweeps:
        town.do(lambda s, sweep=sweep: sweep(s, town.now))  # type: ignore[misc]
    assert [who for who, _state in asked(town)] == ["waiting-0", "waiting-1"]
    town.do(lambda s: expire_offers(s, town.now))
    assert asked(town) == [("waiting-0", "expired"), ("waiting-1", "open")]
    assert states(town) == ["waiting", "offered"]
    assert check_places(town, full[0].slot_id) == len(full)


def test_who_comes_while_a_place_runs_out_does_not_get_before_those_who_wait(
    town: World, full: list[Booking]
) -> None:
    for number in range(2):
        town.do(joining(town, number))
    town.do(cancelling(town, full[0].id))
    town.wait(minutes=31)
    assert book(town, full[0].slot_id) == "SlotTaken"
    town.do(lambda s: expire_offers(s, town.now))
    assert asked(town)[1:] == [("waiting-1", "open")]


def test_a_moved_booking_leaves_its_place_to_the_list(town: World, full: list[Booking]) -> None:
    town.do(joining(town, 0))
    to = slots_of(town)[5]
    town.do(
        lambda s: move_booking(
            s,
            booking=s.get_one(Booking, full[0].id),
            version=0,
            slot_id=to.id,
            asker=Asker(Channel.COUNTER),
            rules=RULES,
            zone=SHANGHAI,
            actor=SYSTEM,
            now=town.now,
        )
    )
    assert [offer.slot_id for offer in offers(town)] == [full[0].slot_id]


def test_only_who_can_come_that_day_is_asked(town: World, full: list[Booking]) -> None:
    day = (full[0].local_date - town.now.astimezone(SHANGHAI).date()).days
    town.do(joining(town, 0, days=(day + 1, 14)))
    town.do(joining(town, 1, days=(0, day - 1)))
    town.do(joining(town, 2, days=(day, day)))
    town.do(cancelling(town, full[0].id))
    assert asked(town) == [("waiting-2", "open")]


def test_i_9_who_has_a_booking_that_day_or_enough_of_them_is_passed_over(
    town: World, full: list[Booking]
) -> None:
    same_day, busy = contact(town, 50), contact(town, 51)
    someone = Person(name="已約", key="waiting-0")
    later = [slot for slot in slots_of(town) if slot.starts_at > full[0].ends_at]
    town.do(booking(town, later[0].id, someone, same_day))
    town.do(joining(town, 0, contact_id=same_day))
    days = {slot.starts_at.date(): slot for slot in reversed(later)}
    for number, slot in enumerate(list(days.values())[: RULES.live_per_contact]):
        town.do(booking(town, slot.id, Person(name="家人", key=f"kin-{number}"), busy))
    town.do(joining(town, 1, contact_id=busy))
    town.do(joining(town, 2))
    town.do(cancelling(town, full[0].id))
    assert asked(town) == [("waiting-2", "open")]


def test_i_9_taking_an_offer_is_refused_when_the_limits_were_reached_meanwhile(
    town: World, full: list[Booking]
) -> None:
    mine = contact(town, 0)
    town.do(joining(town, 0, contact_id=mine))
    town.do(cancelling(town, full[0].id))
    [offer] = offers(town)
    days = {slot.starts_at.date(): slot for slot in slots_of(town)[1:]}
    for number, slot in enumerate(list(days.values())[: RULES.live_per_contact]):
        town.do(booking(town, slot.id, Person(name="家人", key=f"kin-{number}"), mine))
    with pytest.raises(TooManyBookings):
        town.do(taking(town, offer))
    town.do(
        lambda s: s.execute(
            update(Booking)
            .where(Booking.person_key == "kin-0")
            .values(person_key="waiting-0", contact_id=None, local_date=full[0].local_date)
        )
    )
    with pytest.raises(AlreadyBooked):
        town.do(taking(town, offer))
    assert asked(town) == [("waiting-0", "open")]


def test_whom_missed_appointments_keep_from_booking_online_is_passed_over(
    town: World, full: list[Booking]
) -> None:
    mine = contact(town)
    for number in range(3):
        town.do(joining(town, number, contact_id=mine if number == 0 else None))

    def miss(session: Session) -> None:
        session.add_all(
            NoShow(
                booking_id=row.id,
                post_id=row.post_id,
                contact_id=mine,
                starts_at=town.now - timedelta(days=number + 1),
                noted_at=town.now,
            )
            for number, row in enumerate(session.scalars(select(Booking).limit(3)))
        )

    for slot in slots_of(town)[2:5]:
        town.do(booking(town, slot.id))
    town.do(miss)
    town.do(cancelling(town, full[0].id))
    assert asked(town) == [("waiting-1", "open")]
    with pytest.raises(OnlineClosed):
        town.do(joining(town, 7, contact_id=mine))
    town.do(joining(town, 8, contact_id=mine, channel=Channel.PHONE))


def test_kept_places_go_only_to_those_for_whom_they_are_kept(town: World) -> None:
    counter, priority = slots_of(town, "counter")[0], slots_of(town, "priority")[0]
    by_counter = fill(town, counter)
    claimed = town.do(booking(town, priority.id, Person("陳", None, priority="elderly")))
    town.do(joining(town, 0))
    for number, made in enumerate((by_counter[0], claimed)):
        town.do(cancelling(town, made.id))
        assert offers(town) == [], number
    again = [
        town.do(booking(town, counter.id)),
        town.do(booking(town, priority.id, Person("陳", None, priority="elderly"))),
    ]
    town.do(joining(town, 1, channel=Channel.PHONE))
    town.do(joining(town, 2, priority="elderly"))
    for made in again:
        town.do(cancelling(town, made.id))
    assert asked(town) == [("waiting-1", "open"), ("waiting-2", "open")]


def test_q9_a_place_kept_for_priority_passes_over_whose_claim_would_not_count(town: World) -> None:
    priority = slots_of(town, "priority")[0]
    made = town.do(booking(town, priority.id, Person("陳", None, priority="elderly")))
    wrong = update(Booking).where(Booking.person_key == "waiting-0")
    for slot in slots_of(town)[2:4]:
        town.do(booking(town, slot.id, Person("候補0", "waiting-0", priority="child")))
        town.do(lambda s: s.execute(wrong.values(priority_verdict="refused", state="done")))
    for number in range(2):
        town.do(joining(town, number, priority="elderly"))
    town.do(cancelling(town, made.id))
    assert asked(town) == [("waiting-1", "open")], "the other could never take it"


def test_what_is_no_longer_planned_or_begins_too_soon_is_offered_to_nobody(
    town: World, full: list[Booking]
) -> None:
    town.do(joining(town, 0))
    town.do(
        lambda s: s.execute(
            update(Slot).where(Slot.id == full[0].slot_id).values(is_withdrawn=True)
        )
    )
    town.do(cancelling(town, full[0].id))
    soon = town.do(
        lambda s: s.scalars(
            select(Slot).where(Slot.starts_at > town.now).order_by(Slot.starts_at).limit(1)
        ).one()
    )
    made = town.do(booking(town, soon.id))
    town.wait(minutes=(soon.starts_at - town.now).total_seconds() // 60 - 20)
    town.do(cancelling(town, made.id))
    assert offers(town) == []


def hold(world: World, slot_id: int, holder: str) -> None:
    world.do(
        lambda session: hold_slot(
            session,
            slot_id=slot_id,
            holder=holder,
            network=holder,
            contact_id=None,
            asker=Asker(),
            rules=RULES,
            now=world.now,
        )
    )


def test_what_a_browser_gives_back_goes_to_the_list_only_when_the_day_is_full(
    town: World,
) -> None:
    town.do(joining(town, 0))
    first, *others = slots_of(town)
    hold(town, first.id, "browser")
    town.do(lambda s: give_back(s, get_kept(s, holder="browser", now=town.now).hold, now=town.now))
    assert offers(town) == [], "whoever waits could have had it all the time"
    for slot in [s for s in others if s.starts_at.date() == first.starts_at.date()]:
        fill(town, slot)
    for _place in range(first.capacity - 1):
        town.do(booking(town, first.id))
    for pool in ("counter", "priority"):
        town.do(
            lambda s, pool=pool: s.execute(  # type: ignore[misc]
                update(Slot).where(Slot.pool == pool).values(is_withdrawn=True)
            )
        )
    hold(town, first.id, "browser")
    town.wait(minutes=RULES.hold_minutes)
    town.do(lambda s: return_expired_holds(s, town.now))
    assert [offer.slot_id for offer in offers(town)] == [first.id]


def test_at_night_the_message_waits_for_the_morning_and_the_place_with_it(
    town: World, full: list[Booking]
) -> None:
    town.do(joining(town, 0))
    town.wait(hours=13.5)
    night = town.now
    town.do(cancelling(town, full[0].id))
    [offer] = offers(town)
    morning = night.astimezone(SHANGHAI).replace(hour=7, minute=0) + timedelta(days=1)
    assert offer.expires_at == morning + timedelta(minutes=30)
    key = select(Message.id).where(Message.key == f"offer:{offer.id}:offered")
    due = town.do(
        lambda s: s.scalar(
            select(OutboxEntry.due).where(OutboxEntry.key == f"message:{s.scalar(key)}")
        )
    )
    assert due == morning


def test_one_entry_for_each_person_and_service_and_no_more_than_a_contact_may_book(
    town: World,
) -> None:
    mine = contact(town)
    town.do(joining(town, 0, contact_id=mine))
    with pytest.raises(AlreadyWaiting):
        town.do(joining(town, 0, contact_id=contact(town, 9)))
    for number in range(1, RULES.live_per_contact):
        town.do(joining(town, number, contact_id=mine))
    with pytest.raises(TooManyWaiting):
        town.do(joining(town, 8, contact_id=mine))
    town.do(lambda s: leave_list(s, entry=s.get_one(Waiting, 1), actor=SYSTEM, now=town.now))
    town.do(joining(town, 0, contact_id=mine))
    assert states(town)[0] == "left"


@pytest.mark.parametrize("days", [(-1, 3), (3, 2), (0, RULES.horizon_days + 1)])
def test_days_that_cannot_be_booked_are_refused(town: World, days: tuple[int, int]) -> None:
    with pytest.raises(WrongDays):
        town.do(joining(town, 0, days=days))


def test_who_leaves_with_a_place_kept_passes_it_on(town: World, full: list[Booking]) -> None:
    for number in range(2):
        town.do(joining(town, number))
    town.do(cancelling(town, full[0].id))
    town.do(lambda s: leave_list(s, entry=s.get_one(Waiting, 1), actor=SYSTEM, now=town.now))
    assert asked(town) == [("waiting-0", "declined"), ("waiting-1", "open")]
    assert states(town) == ["left", "offered"]
    with pytest.raises(DomainError, match="ended already"):
        town.do(lambda s: leave_list(s, entry=s.get_one(Waiting, 1), actor=SYSTEM, now=town.now))


def test_who_books_another_time_waits_no_longer_and_what_was_kept_goes_on(
    town: World, full: list[Booking]
) -> None:
    mine = contact(town)
    town.do(joining(town, 0, contact_id=mine))
    town.do(joining(town, 1))
    town.do(cancelling(town, full[0].id))
    town.do(booking(town, slots_of(town)[6].id, Person("候補0", "waiting-0"), mine))
    assert states(town) == ["booked", "waiting"]
    town.do(lambda s: expire_offers(s, town.now))
    assert asked(town) == [("waiting-0", "expired"), ("waiting-1", "open")]
    assert states(town) == ["booked", "offered"]
    assert check_places(town, full[0].slot_id) == len(full)


def test_an_entry_ends_when_its_last_day_has_passed(town: World) -> None:
    town.do(joining(town, 0, days=(0, 1)))
    town.do(joining(town, 1, days=(0, 2)))
    town.wait(days=1)
    town.do(lambda s: end_past_entries(s, town.now))
    assert states(town) == ["waiting", "waiting"]
    town.wait(days=1)
    town.do(lambda s: end_past_entries(s, town.now))
    assert states(town) == ["over", "waiting"]


def test_the_position_counts_those_before_who_wait_for_any_of_the_same_days(town: World) -> None:
    ranges = [(0, 3), (5, 8), (2, 6), (3, 3)]
    made = [town.do(joining(town, n, days=days)) for n, days in enumerate(ranges)]

    def position(number: int) -> int:
        place = town.do(lambda s: find_place(s, made[number].id))
        assert place is not None
        return place.position

    assert [position(number) for number in range(4)] == [1, 1, 3, 3]
    town.do(lambda s: leave_list(s, entry=s.get_one(Waiting, 1), actor=SYSTEM, now=town.now))
    assert [position(number) for number in range(1, 4)] == [1, 2, 2]
    assert town.do(lambda s: find_place(s, made[0].id)) is None


def test_the_messages_say_what_is_kept_and_where_to_answer(
    town: World, full: list[Booking]
) -> None:
    town.do(joining(town, 0))
    town.do(cancelling(town, full[0].id))
    found = town.do(lambda s: list(s.scalars(select(Message).order_by(Message.id))))
    told = [m for m in found if m.subject_kind == "waiting"]
    assert [message.key for message in told] == ["waiting:1:waiting", "offer:1:offered"]


def test_a_free_time_is_not_taken_from_the_public_by_those_who_wait(town: World) -> None:
    town.do(joining(town, 0))
    with pytest.raises(SlotTaken):
        town.do(booking(town, 10_000))
    assert book(town, slots_of(town)[0].id) == "done"
