"""What lies ahead of opening hours."""

from datetime import date
from zoneinfo import ZoneInfo

from portal.calendar.holidays import DayKind, HolidayCalendar, Override
from portal.calendar.impact import last_day_of, with_exception, with_override, with_pattern
from portal.calendar.opening import ExceptionDay, Interval, Pattern, Schedule
from portal.calendar.queries import Openings
from portal.calendar.upcoming import ChangeKind, next_change, special_days

ZONE = ZoneInfo("Asia/Shanghai")
DAY = (Interval(540, 1020),)
USUAL = Pattern(date(2020, 1, 1), (DAY,) * 5 + ((), ()))
MARCH = date(2026, 3, 2)


def schedule(*patterns: Pattern, always: bool = False) -> Schedule:
    return Schedule(ZONE, HolidayCalendar("CN"), [USUAL, *patterns], {}, always)


def test_the_next_change_is_the_nearest_one() -> None:
    found = next_change(schedule(), MARCH)
    assert found
    assert (found.kind, found.opening.day) == (ChangeKind.HOLIDAY, date(2026, 4, 5))
    assert found.opening.reason["zh_Hant"] == "清明節"
    assert found.opening.reason["en"].startswith("Tomb-Sweeping")
    sooner = next_change(schedule(Pattern(date(2026, 4, 1), (DAY,) * 7)), MARCH)
    assert sooner
    assert (sooner.kind, sooner.opening.day) == (ChangeKind.WEEK, date(2026, 4, 1))


def test_an_exception_of_the_same_day_comes_first_and_today_is_no_change() -> None:
    hours = Openings({1: schedule(Pattern(date(2026, 4, 1), (DAY,) * 7))}, 1)
    hours = with_exception(hours, 1, date(2026, 4, 1), ExceptionDay((), {"zh_Hant": "盤點"}))
    hours = with_exception(hours, 1, MARCH, ExceptionDay(()))
    found = next_change(hours.schedules[1], MARCH)
    assert found
    assert (found.kind, found.opening.reason) == (ChangeKind.EXCEPTION, {"zh_Hant": "盤點"})


def test_no_holiday_changes_a_24_hour_post() -> None:
    assert next_change(schedule(always=True), MARCH) is None


def test_special_days_say_who_says_so_and_what_is_provisional() -> None:
    own = {date(2026, 4, 7): 7, date(2028, 1, 1): 8, date(2026, 3, 1): 9}
    calendar = HolidayCalendar(
        "CN", {day: Override(DayKind.WEEKDAY, {"zh_Hant": "照常"}) for day in own}
    )
    days = {special.day: special for special in special_days(calendar, own, today=MARCH)}
    assert days[date(2026, 4, 7)].override_id == 7
    assert days[date(2028, 1, 1)].override_id == 8
    assert date(2026, 3, 1) not in days
    assert days[date(2026, 10, 10)].kind is DayKind.MAKEUP
    assert not days[date(2026, 10, 1)].is_provisional
    assert days[date(2027, 1, 1)].is_provisional


def test_planned_hours_leave_the_present_ones_alone() -> None:
    now = Openings({1: schedule(), 2: schedule()}, 1)
    later = Pattern(date(2026, 5, 1), (DAY,) * 7)
    planned = with_pattern(now, 1, later)
    assert planned.schedules[1].on(date(2026, 5, 9)).hours == DAY  # a make-up Saturday both ways
    assert planned.schedules[1].on(date(2026, 5, 10)).hours == DAY
    assert now.schedules[1].on(date(2026, 5, 10)).hours == ()
    assert last_day_of(planned, 1, USUAL.valid_from) == date(2026, 4, 30)
    assert last_day_of(planned, 1, later.valid_from) is None
    closed = with_override(now, MARCH, Override(DayKind.HOLIDAY))
    assert [closed.on(which, MARCH) for which in (1, 2)] == [[], []]
    assert now.on(1, MARCH)
