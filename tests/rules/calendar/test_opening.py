"""When something is open: patterns, exceptions, holidays, nights and clock changes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.calendar.holidays import DayKind, HolidayCalendar, Override
from portal.calendar.local_time import moment_of
from portal.calendar.opening import (
    BadInterval,
    ExceptionDay,
    Interval,
    NeverOpen,
    Pattern,
    Schedule,
    day_of,
)
from tests.rules.calendar.hours import (
    BERLIN,
    NEW_YORK,
    NIGHT,
    SHANGHAI,
    SINCE,
    WEEKDAY,
    every_day,
    local,
    moments,
    schedule,
    schedules,
)

APIA = ZoneInfo("Pacific/Apia")
#: In New York and in Berlin.
CLOCK_CHANGES = [date(2026, 3, 8), date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 1)]


def test_closing_time_is_closed() -> None:
    assert schedule().is_open(local("11-24 09:00"))
    assert schedule().is_open(local("11-24 16:59"))
    assert not schedule().is_open(local("11-24 17:00"))
    assert not schedule().is_open(local("11-24 12:00"))


def test_a_day_may_run_until_midnight_and_not_a_minute_longer() -> None:
    late = every_day((Interval(18 * 60, 24 * 60),))
    assert late.is_open(local("11-24 23:59"))
    assert not late.is_open(local("11-25 00:00"))


def test_a_pattern_holds_from_its_date_and_nothing_holds_before_the_first() -> None:
    longer = Pattern(date(2026, 12, 1), ((Interval(480, 1200),),) * 7)
    later = schedule(patterns=[Pattern(date(2026, 6, 1), (WEEKDAY,) * 7), longer])
    assert later.on(date(2026, 5, 29)).hours == ()
    assert later.on(date(2026, 11, 30)).hours == WEEKDAY
    assert later.on(date(2026, 12, 1)).hours == (Interval(480, 1200),)


def test_an_exception_wins_and_tells_its_reason() -> None:
    water = ExceptionDay((), {"zh_Hant": "停水"})
    extra = ExceptionDay(WEEKDAY, {"zh_Hant": "加開"})
    later = schedule(exceptions={date(2026, 12, 2): water, date(2026, 10, 1): extra})
    assert later.on(date(2026, 12, 2)).hours == ()
    assert later.on(date(2026, 12, 2)).reason == {"zh_Hant": "停水"}
    assert later.on(date(2026, 10, 1)).hours == WEEKDAY
    assert later.on(date(2026, 10, 1)).kind is DayKind.HOLIDAY
    assert later.on(date(2026, 10, 1)).is_exception


def test_a_holiday_is_closed_and_says_why() -> None:
    opening = schedule().on(date(2026, 10, 1))
    assert opening.hours == ()
    assert opening.reason["zh_Hant"] == "國慶節"
    assert not opening.is_exception


def test_h_10_a_work_saturday_is_a_full_day_and_a_holiday_opens_half() -> None:
    half = (Interval(480, 720),)
    pattern = Pattern(SINCE, (WEEKDAY,) * 5 + (half, half), holiday=half)
    clinic = schedule(patterns=[pattern])
    assert clinic.on(date(2026, 2, 14)).hours == WEEKDAY
    assert clinic.on(date(2026, 2, 14)).kind is DayKind.MAKEUP
    assert clinic.on(date(2026, 2, 15)).hours == half
    assert clinic.on(date(2026, 2, 16)).hours == half
    assert clinic.on(date(2026, 2, 16)).kind is DayKind.HOLIDAY


def test_make_up_workdays_may_have_hours_of_their_own() -> None:
    short = (Interval(540, 720),)
    own = schedule(patterns=[Pattern(SINCE, (WEEKDAY,) * 7, makeup=short)])
    assert own.on(date(2026, 2, 14)).hours == short
    closed = schedule(patterns=[Pattern(SINCE, (WEEKDAY,) * 7, makeup=())])
    assert closed.on(date(2026, 2, 14)).hours == ()


def test_an_institution_overrides_its_region() -> None:
    calendar = HolidayCalendar(
        "CN",
        {
            date(2027, 1, 2): Override(DayKind.MAKEUP, {"zh_Hant": "補班"}),
            date(2027, 1, 4): Override(DayKind.HOLIDAY, {"zh_Hant": "元旦調休"}),
        },
    )
    own = schedule(calendar=calendar)
    assert own.on(date(2027, 1, 2)).hours == WEEKDAY
    assert own.on(date(2027, 1, 4)).hours == ()
    assert own.on(date(2027, 1, 4)).reason == {"zh_Hant": "元旦調休"}


def test_a_year_not_announced_is_provisional_where_holidays_matter() -> None:
    day = date(2027, 3, 3)
    assert schedule().on(day).is_provisional
    assert not schedule().on(date(2026, 12, 31)).is_provisional
    assert not schedule(exceptions={day: ExceptionDay(WEEKDAY)}).on(day).is_provisional
    assert not schedule(patterns=[], is_always_open=True).on(day).is_provisional


@pytest.mark.parametrize(
    ("start", "end"), [(600, 600), (700, 600), (-1, 60), (1440, 1500), (1000, 2881)]
)
def test_hours_that_make_no_sense_are_refused(start: int, end: int) -> None:
    with pytest.raises(BadInterval):
        Interval(start, end)


def test_overlapping_hours_are_refused_and_others_put_in_order() -> None:
    with pytest.raises(BadInterval):
        day_of([Interval(540, 720), Interval(700, 800)])
    assert day_of(WEEKDAY[::-1]) == WEEKDAY
    assert day_of([Interval(600, 720), Interval(540, 600)])[0] == Interval(540, 600)


def test_a_night_shift_crosses_midnight() -> None:
    shift = every_day(NIGHT)
    assert shift.is_open(local("11-24 23:30"))
    assert shift.is_open(local("11-25 05:59"))
    assert not shift.is_open(local("11-25 06:00"))


def test_a_night_shift_and_an_early_shift_are_one_stretch() -> None:
    both = every_day((Interval(5 * 60, 13 * 60), *NIGHT))
    stretches = both.stretches_between(local("11-24 12:00"), local("11-25 12:00"))
    assert stretches == [
        (local("11-24 12:00"), local("11-24 13:00")),
        (local("11-24 22:00"), local("11-25 12:00")),
    ]


def test_a_closed_day_does_not_cut_the_night_shift_that_began_before_it() -> None:
    shift = every_day(NIGHT, exceptions={date(2026, 11, 25): ExceptionDay(())})
    assert shift.is_open(local("11-25 05:00"))
    assert not shift.is_open(local("11-25 23:00"))
    assert shift.next_opening(local("11-25 06:00")) == local("11-26 22:00")


def test_p_3_1a_a_24_hour_post_is_one_stretch_through_holidays() -> None:
    desk = schedule(patterns=[], is_always_open=True)
    start, end = local("09-30 08:00"), local("10-08 08:00")
    assert desk.stretches_between(start, end) == [(start, end)]


def test_the_next_opening_is_now_while_open_and_the_next_morning_after_closing() -> None:
    assert schedule().next_opening(local("11-24 10:20")) == local("11-24 10:20")
    assert schedule().next_opening(local("11-24 12:00")) == local("11-24 13:30")
    assert schedule().next_opening(local("11-27 17:00")) == local("11-30 09:00")


def test_what_never_opens_is_refused_instead_of_searched_for_ever() -> None:
    with pytest.raises(NeverOpen):
        schedule(patterns=[]).next_opening(local("01-05 10:00"))
    assert not schedule(patterns=[]).is_open(local("01-05 10:00"))


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        schedule().is_open(datetime(2026, 11, 24, 10, 0))  # noqa: DTZ001
    with pytest.raises(TypeError):
        schedule().next_opening(datetime(2026, 11, 24, 10, 0))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("zone", "spring", "autumn"),
    [
        (BERLIN, date(2026, 3, 29), date(2026, 10, 25)),
        (NEW_YORK, date(2026, 3, 8), date(2026, 11, 1)),
    ],
)
def test_a_clock_change_shortens_and_lengthens_the_real_night(
    zone: ZoneInfo, spring: date, autumn: date
) -> None:
    night = every_day((Interval(0, 360),), zone)

    def minutes(day: date) -> float:
        ((start, end),) = night.stretches(day)
        return (end - start).total_seconds() / 60

    assert minutes(spring - timedelta(days=1)) == 360
    assert minutes(spring) == 300
    assert minutes(autumn) == 420


def test_a_24_hour_post_is_open_for_23_or_25_hours_when_clocks_change() -> None:
    desk = schedule(BERLIN, patterns=[], is_always_open=True)
    lengths = [
        sum((end - start for start, end in desk.stretches(day)), timedelta())
        for day in (date(2026, 3, 29), date(2026, 10, 25))
    ]
    assert lengths == [timedelta(hours=23), timedelta(hours=25)]


def test_hours_that_a_clock_change_skips_do_not_happen_twice() -> None:
    # At 02:00 it is 03:00: half an hour of the first stretch and all of the second never come.
    hours = (Interval(60, 150), Interval(150, 165), Interval(180, 240))
    change = moment_of(date(2026, 3, 29), 180, BERLIN)
    assert every_day(hours, BERLIN).stretches(date(2026, 3, 29)) == [
        (change - timedelta(hours=1), change),
        (change, change + timedelta(hours=1)),
    ]


def test_a_repeated_hour_is_open_from_its_first_coming_on() -> None:
    early = every_day((Interval(150, 180),), BERLIN)  # 02:30–03:00, and 02:00–03:00 comes twice
    ((start, end),) = early.stretches(date(2026, 10, 25))
    assert start == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert end - start == timedelta(minutes=90)


def test_a_date_that_a_zone_skips_is_not_open() -> None:
    old = Schedule(APIA, HolidayCalendar("XX"), [Pattern(date(2000, 1, 1), (WEEKDAY,) * 7)])
    assert old.stretches(date(2011, 12, 30)) == []
    assert len(old.stretches(date(2011, 12, 31))) == 2


@pytest.mark.parametrize("zone", [SHANGHAI, BERLIN, NEW_YORK])
@pytest.mark.parametrize("day", CLOCK_CHANGES)
def test_later_minutes_of_a_day_are_never_earlier_moments(zone: ZoneInfo, day: date) -> None:
    at = [moment_of(day, minutes, zone) for minutes in range(0, 2 * 1440 + 1, 15)]
    assert at == sorted(at)


@given(
    zone=st.sampled_from([SHANGHAI, BERLIN, NEW_YORK]),
    day=st.sampled_from(CLOCK_CHANGES) | st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    minutes=st.integers(0, 1440),
)
def test_a_minute_past_midnight_is_a_minute_of_the_next_day(
    zone: ZoneInfo, day: date, minutes: int
) -> None:
    tomorrow = day + timedelta(days=1)
    assert moment_of(day, minutes + 1440, zone) == moment_of(tomorrow, minutes, zone)


@given(hours=schedules(), at=moments)
def test_the_next_opening_is_open_and_nothing_is_open_before_it(
    hours: Schedule, at: datetime
) -> None:
    opening = hours.next_opening(at)
    assert opening >= at
    assert hours.is_open(opening)
    assert hours.is_open(at) == (opening == at)
    assert hours.stretches_between(at, opening) == []
    assert hours.next_opening(opening) == opening


@given(hours=schedules(), span=st.tuples(moments, moments), inside=st.floats(0, 1))
def test_stretches_between_two_moments_are_apart_in_order_and_where_it_is_open(
    hours: Schedule, span: tuple[datetime, datetime], inside: float
) -> None:
    first = min(span)
    last = min(max(span), first + timedelta(days=20))
    stretches = hours.stretches_between(first, last)
    edges = [edge for stretch in stretches for edge in stretch]
    assert edges == sorted(set(edges))
    assert all(first <= edge <= last for edge in edges)
    at = first + inside * (last - first)
    if at < last:
        assert hours.is_open(at) == any(start <= at < end for start, end in stretches)
