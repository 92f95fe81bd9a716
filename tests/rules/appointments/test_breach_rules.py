"""When a promise is broken, to the minute, and what a day list warns of."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.appointments.breach_rules import (
    Course,
    Standing,
    breaks_at,
    came_in_time,
    is_broken,
    standing,
)
from portal.appointments.rules import State
from portal.tenancy.settings import BookingRules

RULES = BookingRules()
TEN = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
HALF_PAST = TEN + timedelta(minutes=30)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def came(after_start: float | None, started: float | None = None) -> Course:
    """A half hour from ten on; arrival and start in minutes after ten."""
    moments = [None if at is None else TEN + minutes(at) for at in (after_start, started)]
    return Course(TEN, HALF_PAST, *moments)


@pytest.mark.parametrize(
    ("arrival", "start", "looked", "broken"),
    [
        (-20, None, 41, True),
        (-20, None, 40, False),
        (10, None, 41, True),
        (10.1, None, 41, False),
        (29, None, 300, False),
        (None, None, 300, False),
        (0, 40, 300, False),
        (0, 40.1, 300, True),
        (0, 29, 300, False),
    ],
)
def test_w_yy_3_a_promise_breaks_when_who_came_in_time_was_not_started_in_time(
    arrival: float | None, start: float | None, looked: float, *, broken: bool
) -> None:
    assert is_broken(came(arrival, start), RULES, TEN + minutes(looked)) is broken


def test_both_limits_are_the_institutions_own() -> None:
    strict = BookingRules(breach_arrival_minutes=0, breach_start_minutes=0)
    assert is_broken(came(0), strict, HALF_PAST + minutes(1))
    assert not is_broken(came(0), strict, HALF_PAST)
    assert not is_broken(came(1), strict, HALF_PAST + minutes(60))
    patient = BookingRules(breach_arrival_minutes=30, breach_start_minutes=60)
    assert is_broken(came(30), patient, HALF_PAST + minutes(61))
    assert not is_broken(came(30), patient, HALF_PAST + minutes(60))


def test_the_minutes_are_those_that_pass_when_clocks_are_set_back() -> None:
    """From 2:00 to 2:30 by the summer clock; half an hour later it is 2:00 once more."""
    berlin = ZoneInfo("Europe/Berlin")
    starts = datetime(2026, 10, 25, 2, 0, tzinfo=berlin).astimezone(UTC)
    course = Course(starts, starts + minutes(30), starts, None)
    again = datetime(2026, 10, 25, 2, 35, tzinfo=berlin, fold=1).astimezone(UTC)
    assert again - starts == minutes(95)
    assert is_broken(course, RULES, again)
    assert breaks_at(course, RULES).astimezone(berlin).strftime("%H:%M") == "02:40"


@pytest.mark.parametrize(
    ("course", "state", "looked", "shown"),
    [
        (came(0), State.ARRIVED, 19, Standing.FINE),
        (came(0), State.ARRIVED, 20, Standing.NEAR),
        (came(0), State.ARRIVED, 40, Standing.NEAR),
        (came(0), State.ARRIVED, 41, Standing.FINE),
        (came(15), State.ARRIVED, 35, Standing.FINE),
        (came(None), State.BOOKED, 35, Standing.FINE),
        (came(0, 5), State.SERVING, 30, Standing.FINE),
        (came(0, 5), State.SERVING, 31, Standing.RUNNING_OVER),
        (came(0, 5), State.DONE, 31, Standing.FINE),
    ],
)
def test_p_4_2_1_1b_what_is_late_is_shown_while_it_is(
    course: Course, state: State, looked: float, shown: Standing
) -> None:
    assert standing(course, state, RULES, TEN + minutes(looked)) is shown


@given(
    arrival=st.integers(-300, 300),
    start=st.none() | st.integers(-300, 600),
    looks=st.lists(st.integers(-300, 900), min_size=2, max_size=2),
)
def test_what_is_broken_once_stays_broken(
    arrival: int, start: int | None, looks: list[int]
) -> None:
    course = came(arrival, start)
    earlier, later = sorted(looks)
    if is_broken(course, RULES, TEN + minutes(earlier)):
        assert came_in_time(course, RULES)
        assert is_broken(course, RULES, TEN + minutes(later))
