"""What may be entered afterwards: times in their order, of that day, none still to come."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.appointments.afterwards_rules import (
    Contradiction,
    Course,
    Known,
    NeverStarted,
    OutOfOrder,
    StillToCome,
    Written,
    read_course,
)
from portal.core.errors import DomainError

ZONE = ZoneInfo("Europe/Vienna")
DAY = date(2026, 10, 24)
#: The clocks of the zone go back in the night after DAY.
EVENING = datetime(2026, 10, 24, 23, tzinfo=ZONE)
KNOWN = Known(DAY, datetime(2026, 10, 24, 10, tzinfo=ZONE))
TIMES = st.one_of(st.none(), st.times().map(lambda at: at.replace(second=0, microsecond=0)))


@given(TIMES, TIMES, TIMES, st.booleans())
def test_what_is_taken_is_in_order_of_the_day_and_past(
    arrived: time | None, started: time | None, finished: time | None, is_missed: bool
) -> None:
    written = Written(arrived, started, finished, is_missed)
    try:
        course = read_course(written, KNOWN, zone=ZONE, now=EVENING)
    except DomainError as error:
        course, field = Course(), error.field
    else:
        field = "missed"
    assert field in {"arrived", "started", "finished", "missed"}
    moments = [course.arrived_at, course.started_at, course.finished_at]
    found = [moment for moment in moments if moment is not None]
    assert found == sorted(found)
    assert all(at <= EVENING and at.astimezone(ZONE).date() == DAY for at in found)
    assert course.is_missed == (is_missed and course != Course())
    assert not (is_missed and found)
    assert course.finished_at is None or course.started_at is not None


@pytest.mark.parametrize(
    ("written", "error"),
    [
        (Written(time(9), time(8)), OutOfOrder),
        (Written(None, time(9), time(8)), OutOfOrder),
        (Written(time(9), None, time(10)), NeverStarted),
        (Written(time(23, 30)), StillToCome),
        (Written(time(9), is_missed=True), Contradiction),
    ],
)
def test_what_cannot_be_is_refused(written: Written, error: type[DomainError]) -> None:
    with pytest.raises(error):
        read_course(written, KNOWN, zone=ZONE, now=EVENING)


def test_what_is_known_already_counts_for_the_order() -> None:
    arrived = datetime(2026, 10, 24, 9, 30, tzinfo=ZONE)
    known = Known(DAY, KNOWN.ends_at, arrived_at=arrived)
    with pytest.raises(OutOfOrder):
        read_course(Written(started=time(9, 15)), known, zone=ZONE, now=EVENING)
    course = read_course(Written(time(8), time(9, 40)), known, zone=ZONE, now=EVENING)
    assert course.started_at == datetime(2026, 10, 24, 9, 40, tzinfo=ZONE), "the report stands"
    with pytest.raises(OutOfOrder):
        read_course(Written(time(8), time(9, 15)), known, zone=ZONE, now=EVENING)
    serving = Known(DAY, KNOWN.ends_at, arrived_at=arrived, started_at=arrived)
    course = read_course(Written(finished=time(9, 45)), serving, zone=ZONE, now=EVENING)
    assert course == Course(finished_at=datetime(2026, 10, 24, 9, 45, tzinfo=ZONE))


def test_after_midnight_a_night_booking_is_served_on_the_next_day() -> None:
    night = Known(DAY, datetime(2026, 10, 25, 0, 30, tzinfo=ZONE))
    now = EVENING + timedelta(hours=12)
    course = read_course(Written(time(23, 50), time(0, 20)), night, zone=ZONE, now=now)
    assert course.started_at == datetime(2026, 10, 25, 0, 20, tzinfo=ZONE)
