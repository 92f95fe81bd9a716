"""Promised times over lunch, weekends, holidays, make-up workdays and clock changes."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.calendar.holidays import DayKind, HolidayCalendar, Override
from portal.calendar.opening import ExceptionDay, Interval, NeverOpen, Schedule
from portal.calendar.working_time import (
    begin_before_days,
    begin_before_minutes,
    end_after_days,
    end_after_minutes,
    is_provisional_between,
    open_minutes_between,
    received_at,
)
from tests.rules.calendar.hours import (
    BERLIN,
    NEW_YORK,
    NIGHT,
    WEEKDAY,
    every_day,
    local,
    moments,
    schedule,
    schedules,
)

GOLDEN = [
    ("02-12 10:00", "02-24 17:00", "02-24 10:00"),
    ("02-14 10:00", "02-26 17:00", "02-26 10:00"),
    ("02-16 09:00", "02-27 17:00", "02-26 17:00"),
    ("05-07 11:00", "05-11 17:00", "05-11 11:00"),
    ("09-18 16:00", "09-22 17:00", "09-22 16:00"),
    ("09-30 17:00", "10-12 17:00", "10-10 17:00"),
]


@pytest.mark.parametrize(("received", "by_days", "by_minutes"), GOLDEN)
def test_three_working_days_end_as_the_golden_rows_say(
    received: str, by_days: str, by_minutes: str
) -> None:
    assert end_after_days(schedule(), local(received), 3) == local(by_days)
    assert end_after_minutes(schedule(), local(received), 3 * 390) == local(by_minutes)


@pytest.mark.parametrize(("received", "by_days", "by_minutes"), GOLDEN)
def test_the_golden_rows_hold_by_the_clocks_of_a_zone_with_dst(
    received: str, by_days: str, by_minutes: str
) -> None:
    berlin = schedule(BERLIN)
    assert end_after_days(berlin, local(received, BERLIN), 3) == local(by_days, BERLIN)
    assert end_after_minutes(berlin, local(received, BERLIN), 3 * 390) == local(by_minutes, BERLIN)


@pytest.mark.parametrize(
    ("at", "received"),
    [
        ("11-24 10:00", "11-24 10:00"),
        ("11-24 12:10", "11-24 13:30"),
        ("11-24 17:00", "11-25 09:00"),
        ("11-24 06:00", "11-24 09:00"),
        ("11-28 10:00", "11-30 09:00"),
    ],
)
def test_what_comes_outside_opening_hours_is_received_at_the_next_opening(
    at: str, received: str
) -> None:
    assert received_at(schedule(), local(at)) == local(received)
    assert end_after_days(schedule(), local(at), 1) == end_after_days(
        schedule(), local(received), 1
    )


def test_no_working_days_means_until_the_day_of_receipt_closes() -> None:
    assert end_after_days(schedule(), local("11-24 10:00"), 0) == local("11-24 17:00")
    assert end_after_days(schedule(), local("11-24 17:00"), 0) == local("11-25 17:00")


def test_minutes_stop_over_lunch_and_at_night() -> None:
    assert end_after_minutes(schedule(), local("11-24 11:50"), 20) == local("11-24 13:40")
    assert end_after_minutes(schedule(), local("11-24 16:50"), 20) == local("11-25 09:10")
    assert end_after_minutes(schedule(), local("11-24 11:50"), 10) == local("11-24 12:00")
    assert end_after_minutes(schedule(), local("11-24 12:30"), 0) == local("11-24 13:30")


def test_p_3_1a_a_24_hour_post_is_open_on_every_minute_of_a_holiday() -> None:
    desk = schedule(patterns=[], is_always_open=True)
    start = local("10-01 00:00")
    assert open_minutes_between(desk, start, start + timedelta(days=3)) == 3 * 24 * 60
    assert end_after_minutes(desk, start, 15) == start + timedelta(minutes=15)
    assert end_after_days(desk, start, 1) == local("10-03 00:00")


def test_what_comes_at_night_is_received_on_the_date_its_shift_began() -> None:
    shift = every_day(NIGHT, exceptions={date(2026, 11, 25): ExceptionDay(())})
    assert end_after_days(shift, local("11-25 02:00"), 0) == local("11-25 06:00")
    assert end_after_days(shift, local("11-25 02:00"), 1) == local("11-27 06:00")


def test_minutes_that_two_shifts_share_count_once() -> None:
    both = every_day((Interval(5 * 60, 13 * 60), *NIGHT))
    assert open_minutes_between(both, local("11-25 04:00"), local("11-25 07:00")) == 180
    assert end_after_minutes(both, local("11-25 04:00"), 180) == local("11-25 07:00")


def test_a_longer_promise_ends_no_earlier_when_the_next_day_is_shorter() -> None:
    short = ExceptionDay((Interval(0, 60),))
    shift = every_day(NIGHT, exceptions={date(2026, 11, 25): short})
    assert end_after_days(shift, local("11-24 22:00"), 0) == local("11-25 06:00")
    assert end_after_days(shift, local("11-24 22:00"), 1) == local("11-25 06:00")


def test_a_clock_change_moves_the_end_of_a_promise_that_runs_through_it() -> None:
    night = every_day((Interval(0, 360),), BERLIN)
    spring, autumn = local("03-29 00:00", BERLIN), local("10-25 00:00", BERLIN)
    assert end_after_minutes(night, spring, 240) == local("03-29 05:00", BERLIN)
    assert end_after_minutes(night, autumn, 240) == local("10-25 03:00", BERLIN)
    assert open_minutes_between(night, spring, spring + timedelta(days=1)) == 300
    assert open_minutes_between(night, autumn, autumn + timedelta(days=1)) == 420


def test_a_promise_into_a_year_not_announced_is_provisional_until_it_is() -> None:
    start = local("12-30 10:00")
    end = end_after_days(schedule(), start, 5)
    assert end > local("12-31 17:00")
    assert is_provisional_between(schedule(), start, end)
    assert not is_provisional_between(schedule(), start, local("12-31 17:00"))
    told = {
        date(2027, 1, 1) + timedelta(days=offset): Override(
            DayKind.HOLIDAY if offset < 3 else DayKind.WEEKDAY
        )
        for offset in range(10)
    }
    own = schedule(calendar=HolidayCalendar("CN", told))
    assert not is_provisional_between(own, start, end_after_days(own, start, 3))


def test_long_promises_are_no_reason_to_give_up() -> None:
    assert end_after_days(schedule(), local("01-05 10:00"), 600) > local("01-05 10:00").replace(
        year=2028
    )
    assert end_after_minutes(schedule(), local("01-05 10:00"), 600 * 390) > local(
        "01-05 10:00"
    ).replace(year=2028)


def test_what_never_opens_is_refused_instead_of_searched_for_ever() -> None:
    never, at = schedule(patterns=[]), local("01-05 10:00")
    with pytest.raises(NeverOpen):
        received_at(never, at)
    with pytest.raises(NeverOpen):
        end_after_days(never, at, 1)
    with pytest.raises(NeverOpen):
        end_after_minutes(never, at, 1)
    assert open_minutes_between(never, at, at + timedelta(days=30)) == 0


def test_what_opens_only_once_ends_there_or_is_refused() -> None:
    once = schedule(patterns=[], exceptions={date(2026, 1, 7): ExceptionDay(WEEKDAY)})
    at = local("01-05 10:00")
    assert end_after_minutes(once, at, 390) == local("01-07 17:00")
    with pytest.raises(NeverOpen):
        end_after_minutes(once, at, 391)
    with pytest.raises(NeverOpen):
        end_after_days(once, at, 1)


def test_a_promise_cannot_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="-1"):
        end_after_days(schedule(), local("11-24 10:00"), -1)
    with pytest.raises(ValueError, match="-1"):
        end_after_minutes(schedule(), local("11-24 10:00"), -1)
    assert open_minutes_between(schedule(), local("11-24 11:00"), local("11-24 10:00")) == 0


@given(hours=schedules(), at=moments, minutes=st.integers(1, 3000))
def test_the_minute_rule_and_the_count_of_minutes_agree(
    hours: Schedule, at: datetime, minutes: int
) -> None:
    end = end_after_minutes(hours, at, minutes)
    assert open_minutes_between(hours, at, end) == minutes
    assert hours.is_open(end - timedelta(microseconds=1))
    assert end >= received_at(hours, at) >= at


@given(hours=schedules(), at=moments, days=st.integers(0, 15))
def test_the_day_rule_ends_at_a_closing_after_receipt_and_grows_with_the_days(
    hours: Schedule, at: datetime, days: int
) -> None:
    end = end_after_days(hours, at, days)
    assert received_at(hours, at) < end <= end_after_days(hours, at, days + 1)
    day = end.astimezone(hours.zone).date()
    closings = {
        closing
        for back in range(3)
        for _opening, closing in hours.stretches(day - timedelta(days=back))
    }
    assert end in closings


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK])
@given(at=moments, days=st.integers(0, 15))
def test_each_working_day_more_ends_at_a_later_closing_through_clock_changes(
    zone: ZoneInfo, at: datetime, days: int
) -> None:
    hours = schedule(zone)
    end = end_after_days(hours, at, days)
    assert end < end_after_days(hours, at, days + 1)
    assert end.astimezone(hours.zone).strftime("%H:%M") == "17:00"


@given(hours=schedules(), at=moments, later=st.integers(0, 60 * 24 * 10), days=st.integers(0, 5))
def test_what_comes_later_is_never_due_earlier(
    hours: Schedule, at: datetime, later: int, days: int
) -> None:
    second = at + timedelta(minutes=later)
    assert end_after_days(hours, at, days) <= end_after_days(hours, second, days)
    assert end_after_minutes(hours, at, 60 * days) <= end_after_minutes(hours, second, 60 * days)


@given(hours=schedules(), spans=st.lists(moments, min_size=3, max_size=3))
def test_open_minutes_add_up(hours: Schedule, spans: list[datetime]) -> None:
    first, second, third = sorted(spans)
    third = min(third, first + timedelta(days=40))
    second = min(second, third)
    whole = open_minutes_between(hours, first, third)
    parts = open_minutes_between(hours, first, second) + open_minutes_between(hours, second, third)
    assert whole == parts
    assert 0 <= whole <= (third - first).total_seconds() / 60


@pytest.mark.parametrize(
    ("at", "minutes", "begins"),
    [
        ("11-24 10:00", 60, "11-24 09:00"),
        ("11-24 14:00", 60, "11-24 11:30"),
        ("11-24 09:00", 30, "11-23 16:30"),
        ("11-23 09:10", 30, "11-20 16:40"),
        # Sunday 09-20 works in place of a day of the holidays.
        ("09-21 09:10", 30, "09-20 16:40"),
    ],
)
def test_so_many_minutes_before_skip_lunch_nights_and_closed_days(
    at: str, minutes: int, begins: str
) -> None:
    assert begin_before_minutes(schedule(), local(at), minutes) == local(begins)


@pytest.mark.parametrize(
    ("at", "days", "begins"),
    [
        ("11-24 17:00", 1, "11-23 09:00"),
        ("11-23 10:00", 1, "11-20 09:00"),
        ("11-22 10:00", 2, "11-19 09:00"),
        ("09-21 10:00", 1, "09-20 09:00"),
        ("10-08 10:00", 1, "09-30 09:00"),
    ],
)
def test_so_many_working_days_before_begin_at_an_opening(at: str, days: int, begins: str) -> None:
    assert begin_before_days(schedule(), local(at), days) == local(begins)


def test_nothing_is_counted_back_where_nothing_ever_opened() -> None:
    never = schedule(patterns=[])
    for count_back in (begin_before_days, begin_before_minutes):
        with pytest.raises(NeverOpen):
            count_back(never, local("11-24 10:00"), 1)
        with pytest.raises(ValueError, match="0"):
            count_back(schedule(), local("11-24 10:00"), 0)


@given(hours=schedules(), at=moments, minutes=st.integers(1, 3000))
def test_minutes_counted_back_are_as_many_as_counted_on(
    hours: Schedule, at: datetime, minutes: int
) -> None:
    begun = begin_before_minutes(hours, at, minutes)
    assert open_minutes_between(hours, begun, at) == minutes
    assert end_after_minutes(hours, begun, minutes) <= at
    assert begin_before_minutes(hours, at, minutes + 1) < begun


@given(hours=schedules(), at=moments, later=st.integers(0, 60 * 24 * 10), days=st.integers(1, 5))
def test_what_comes_later_is_never_begun_earlier(
    hours: Schedule, at: datetime, later: int, days: int
) -> None:
    second = at + timedelta(minutes=later)
    assert begin_before_days(hours, at, days) <= begin_before_days(hours, second, days) < second
    first_minutes, second_minutes = (
        begin_before_minutes(hours, m, 60 * days) for m in (at, second)
    )
    assert first_minutes <= second_minutes
