"""Publishing anew: the hours change, and every promise and every place stays what it is."""

from collections import Counter
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.availability import Asker, list_days, list_times
from portal.appointments.models import PublishedDay, Slot
from portal.appointments.rules import Channel
from portal.appointments.services.bookings import Order, Person, book_slot
from portal.appointments.services.publishing import mark_outdated, publish_slots
from portal.calendar.models import ExceptionRow, PatternRow, ScheduleRow
from portal.catalog.models import Offering
from portal.core.actor import SYSTEM
from portal.tenancy.settings import BookingRules
from tests.support.parallel import together
from tests.support.world import MONDAY, SHANGHAI, World, furnish, local

TUESDAY, SATURDAY = date(2026, 11, 24), date(2026, 11, 28)
NIGHT = [[[1320, 1800]]] * 5 + [[], []]


def keep_hours(world: World, week: list[list[list[int]]], *, is_always_open: bool = False) -> None:
    def change(session: Session) -> None:
        session.scalars(select(PatternRow)).one().week = week
        session.scalars(select(ScheduleRow)).one().is_always_open = is_always_open

    world.do(change)


def republish(world: World) -> None:
    world.do(lambda session: mark_outdated(session, [1], from_day=MONDAY.date()))
    world.publish()


def slots(world: World, day: date | None = None) -> list[Slot]:
    """The slots on offer, of one local date or all."""
    begin, end = local(day or date(2026, 1, 1), 0), local(day or date(2027, 12, 31), 0)

    def read(session: Session) -> list[Slot]:
        offered = select(Slot).where(
            ~Slot.is_withdrawn, Slot.starts_at >= begin, Slot.starts_at < end + timedelta(days=1)
        )
        return list(session.scalars(offered.order_by(Slot.starts_at, Slot.id)))

    return world.do(read)


def times(world: World, day: date) -> list[datetime]:
    return sorted({slot.starts_at.astimezone(SHANGHAI) for slot in slots(world, day)})


def test_a_night_shift_is_published_with_the_date_on_which_each_time_begins(
    institution: World,
) -> None:
    furnish(institution, minutes=60)
    keep_hours(institution, NIGHT)
    institution.publish()
    assert [at.hour for at in times(institution, TUESDAY)] == [0, 1, 2, 3, 4, 5, 22, 23]
    assert [at.hour for at in times(institution, SATURDAY)] == [0, 1, 2, 3, 4, 5]
    asker = Asker(Channel.COUNTER)
    shown = institution.do(
        lambda s: list_times(s, service_id=1, day=SATURDAY, asker=asker, now=institution.now)
    )
    assert [time.starts_at for time in shown] == times(institution, SATURDAY)
    [saturday] = institution.do(
        lambda s: list_days(
            s, service_id=1, first=SATURDAY, last=SATURDAY, asker=asker, now=institution.now
        )
    )
    assert (saturday.has_place, saturday.closed) == (True, "pm")


def test_publishing_a_night_shift_again_changes_nothing(institution: World) -> None:
    furnish(institution, minutes=60)
    keep_hours(institution, NIGHT)
    institution.publish()
    before = [(slot.id, slot.capacity, slot.public_from) for slot in slots(institution)]
    republish(institution)
    assert [(slot.id, slot.capacity, slot.public_from) for slot in slots(institution)] == before


def test_a_night_that_is_closed_takes_its_morning_with_it(institution: World) -> None:
    furnish(institution, minutes=60)
    keep_hours(institution, NIGHT)
    institution.publish()
    institution.do(lambda s: s.add(ExceptionRow(schedule_id=1, day=TUESDAY, hours=[], reason={})))
    republish(institution)
    assert [at.hour for at in times(institution, TUESDAY)] == [0, 1, 2, 3, 4, 5]
    assert [at.hour for at in times(institution, date(2026, 11, 25))] == [22, 23]


def test_shifts_that_overlap_are_no_window_twice(institution: World) -> None:
    furnish(institution, minutes=60)
    keep_hours(institution, [[[1320, 1800]], [[300, 600]], *NIGHT[2:]])
    institution.publish()
    assert [at.hour for at in times(institution, TUESDAY)] == list(range(10))
    places = Counter[datetime]()
    for slot in slots(institution, TUESDAY):
        places[slot.starts_at] += slot.capacity
    assert set(places.values()) == {2}


def test_a_24_hour_post_is_published_and_published_again(institution: World) -> None:
    furnish(institution, minutes=60)
    keep_hours(institution, NIGHT, is_always_open=True)
    institution.publish()
    republish(institution)
    assert [at.hour for at in times(institution, SATURDAY)] == list(range(24))


def test_places_of_a_pool_taken_under_other_hours_are_not_offered_a_second_time(
    town: World,
) -> None:
    """A shorter morning shares its places anew; what is booked counts against the new plan."""
    for number, slot in enumerate(slots(town, TUESDAY)):
        for seat in range(slot.capacity):
            person = Person(name="人", key=f"{number}-{seat}", priority="elderly")
            order = Order(person=person, contact_id=None, channel=Channel.COUNTER)
            book = partial(book_slot, slot_id=slot.id, order=order, rules=BookingRules())
            town.do(partial(book, zone=SHANGHAI, actor=SYSTEM, now=town.now))
    short = ExceptionRow(schedule_id=1, day=TUESDAY, hours=[[540, 660], [840, 1020]], reason={})
    town.do(lambda session: session.add(short))
    republish(town)
    assert [slot for slot in slots(town, TUESDAY) if slot.booked < slot.capacity] == []


def test_a_smaller_window_keeps_its_promises_and_gives_no_more(town: World) -> None:
    def shrink(session: Session) -> None:
        session.scalars(select(Offering)).one().capacity = 1

    town.do(shrink)
    republish(town)
    places = Counter[datetime]()
    for slot in slots(town, TUESDAY):
        places[slot.starts_at] += slot.capacity
    assert set(places.values()) == {1}
    days = town.do(lambda s: list(s.scalars(select(PublishedDay.is_current))))
    assert all(days)


def test_two_workers_that_publish_at_once_publish_each_day_once(institution: World) -> None:
    furnish(institution)

    def publish(_number: int) -> None:
        institution.do(lambda session: publish_slots(session, institution.now))

    for _round in range(3):
        together(3, publish)
        days = institution.do(lambda s: list(s.scalars(select(PublishedDay.local_date))))
        assert set(Counter(days).values()) == {1}
        standing = Counter((slot.post_id, slot.starts_at, slot.pool) for slot in slots(institution))
        assert set(standing.values()) == {1}
        institution.wait(days=30)
