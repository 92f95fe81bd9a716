"""Promised times over lunch, weekends, holidays, make-up workdays and DST."""

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.calendar.holidays import DayKind, HolidayCalendar, Override
from portal.calendar.opening import (
    BadInterval,
    ExceptionDay,
    Interval,
    NeverOpen,
    Pattern,
    Schedule,
    day_of,
)
from portal.calendar.working_time import (
    end_after_days,
    end_after_minutes,
    open_minutes_between,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
WEEKDAY = (Interval(540, 720), Interval(810, 1020))
WEEK = (WEEKDAY,) * 5 + ((), ())


def schedule(zone: ZoneInfo = SHANGHAI, region: str = "CN", **changes: object) -> Schedule:
    parts: dict[str, object] = {
        "zone": zone,
        "calendar": HolidayCalendar(region),
        "patterns": [Pattern(date(2020, 1, 1), WEEK)],
    }
    return Schedule(**{**parts, **changes})  # type: ignore[arg-type]


def local(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=zone)


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


def test_closing_time_is_closed() -> None:
    assert schedule().is_open(local("11-24 16:59"))
    assert not schedule().is_open(local("11-24 17:00"))
    assert not schedule().is_open(local("11-24 12:00"))


def test_h_10_a_work_saturday_is_a_full_day_and_a_holiday_opens_half() -> None:
    half = (Interval(480, 720),)
    pattern = Pattern(date(2020, 1, 1), (WEEKDAY,) * 5 + (half, half), holiday=half)
    clinic = schedule(patterns=[pattern])
    assert clinic.on(date(2026, 2, 14)).hours == WEEKDAY
    assert clinic.on(date(2026, 2, 14)).kind is DayKind.MAKEUP
    assert clinic.on(date(2026, 2, 15)).closed_half == "pm"
    assert clinic.on(date(2026, 2, 16)).closed_half == "pm"
    assert clinic.on(date(2026, 2, 16)).kind is DayKind.HOLIDAY


def test_a_pattern_holds_from_its_date_and_an_exception_wins() -> None:
    longer = Pattern(date(2026, 12, 1), ((Interval(480, 1200),),) * 7)
    closed = ExceptionDay((), {"zh_Hant": "停水"})
    later = schedule(
        patterns=[Pattern(date(2020, 1, 1), WEEK), longer],
        exceptions={date(2026, 12, 2): closed},
    )
    assert later.on(date(2026, 11, 30)).hours == WEEKDAY
    assert later.on(date(2026, 12, 1)).hours == (Interval(480, 1200),)
    assert later.on(date(2026, 12, 2)).closed_half == "all"
    assert later.on(date(2026, 12, 2)).reason == {"zh_Hant": "停水"}


def test_p_3_1a_a_24_hour_post_is_open_on_every_minute_of_a_holiday() -> None:
    desk = schedule(patterns=[], is_always_open=True)
    start = local("10-01 00:00")
    assert open_minutes_between(desk, start, start + timedelta(days=3)) == 3 * 24 * 60
    assert end_after_minutes(desk, start, 15) == start + timedelta(minutes=15)


def test_an_institution_overrides_its_region() -> None:
    calendar = HolidayCalendar(
        "CN",
        {
            date(2027, 1, 2): Override(DayKind.MAKEUP, {"zh_Hant": "補班"}),
            date(2027, 1, 4): Override(DayKind.HOLIDAY, {"zh_Hant": "元旦調休"}),
        },
    )
    assert schedule(calendar=calendar).on(date(2027, 1, 2)).hours == WEEKDAY
    assert schedule(calendar=calendar).on(date(2027, 1, 4)).hours == ()


def test_a_year_not_announced_is_provisional_and_does_not_crash() -> None:
    opening = schedule().on(date(2027, 3, 3))
    assert opening.is_provisional
    assert not schedule().on(date(2026, 12, 31)).is_provisional
    assert end_after_days(schedule(), local("12-30 10:00"), 5) > local("12-31 17:00")


def test_what_never_opens_is_refused_instead_of_searched_for_ever() -> None:
    with pytest.raises(NeverOpen):
        end_after_days(schedule(patterns=[]), local("01-05 10:00"), 1)
    with pytest.raises(NeverOpen):
        end_after_minutes(schedule(patterns=[]), local("01-05 10:00"), 1)


@pytest.mark.parametrize(("start", "end"), [(600, 600), (700, 600), (-1, 60), (1440, 1500)])
def test_hours_that_make_no_sense_are_refused(start: int, end: int) -> None:
    with pytest.raises(BadInterval):
        Interval(start, end)


def test_overlapping_hours_are_refused() -> None:
    with pytest.raises(BadInterval):
        day_of([Interval(540, 720), Interval(700, 800)])


def test_a_night_shift_crosses_midnight() -> None:
    night = Pattern(date(2020, 1, 1), ((Interval(22 * 60, 30 * 60),),) * 7)
    shift = schedule(patterns=[night], calendar=HolidayCalendar("HK"))
    assert shift.is_open(local("11-24 23:30"))
    assert shift.is_open(local("11-25 05:59"))
    assert not shift.is_open(local("11-25 06:00"))
    assert open_minutes_between(shift, local("11-24 21:00"), local("11-25 07:00")) == 480


def test_a_dst_jump_shortens_and_lengthens_the_real_night() -> None:
    night = Pattern(date(2020, 1, 1), ((Interval(0, 360),),) * 7)
    berlin = Schedule(BERLIN, HolidayCalendar("HK"), [night])

    def minutes(day: date) -> float:
        start, end = berlin.stretches(day)[0]
        return (end - start).total_seconds() / 60

    assert minutes(date(2026, 3, 28)) == 360
    assert minutes(date(2026, 3, 29)) == 300
    assert minutes(date(2026, 10, 25)) == 420


moments = st.integers(0, 300 * 24 * 60).map(
    lambda minute: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
)


@pytest.mark.parametrize("zone", [SHANGHAI, BERLIN])
@given(at=moments, minutes=st.integers(1, 3000))
def test_the_minute_rule_and_the_count_of_minutes_agree(
    zone: ZoneInfo, at: datetime, minutes: int
) -> None:
    hours = schedule(zone)
    end = end_after_minutes(hours, at, minutes)
    assert open_minutes_between(hours, at, end) == minutes
    assert end > at


@pytest.mark.parametrize("zone", [SHANGHAI, BERLIN])
@given(at=moments, days=st.integers(0, 15))
def test_the_day_rule_is_monotone_and_ends_at_a_closing(
    zone: ZoneInfo, at: datetime, days: int
) -> None:
    hours = schedule(zone)
    end = end_after_days(hours, at, days)
    assert at < end < end_after_days(hours, at, days + 1)
    assert end in {closing for _, closing in hours.stretches(end.astimezone(zone).date())}


@given(a=moments, b=moments, c=moments)
def test_open_minutes_add_up(a: datetime, b: datetime, c: datetime) -> None:
    first, second, third = sorted((a, b, c))
    hours = schedule(BERLIN)
    whole = open_minutes_between(hours, first, third)
    parts = open_minutes_between(hours, first, second) + open_minutes_between(hours, second, third)
    assert whole == pytest.approx(parts)


def test_announced_days_agree_with_the_official_lists() -> None:
    folder = os.environ.get("PORTAL_REAL_DATA")
    if not folder:
        pytest.skip("needs data: PORTAL_REAL_DATA is not set")
    calendar = HolidayCalendar("CN")
    for year in (2023, 2024, 2025, 2026):
        listed = json.loads((Path(folder) / "holidays_cn" / f"{year}.json").read_text())
        for entry in listed["days"]:
            day = date.fromisoformat(entry["date"])
            if day.year != year:
                continue
            off = calendar.kind(day) in (DayKind.HOLIDAY, DayKind.WEEKEND)
            assert off == entry["isOffDay"], entry
