"""What a day is: as announced, as an institution says, and when nobody knows yet."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from portal.calendar.holidays import ANNOUNCED_UNTIL, DayKind, HolidayCalendar, Override
from tests.support.real_data import real_data

CN = HolidayCalendar("CN")
WORKING = (DayKind.WEEKDAY, DayKind.MAKEUP)


@pytest.mark.parametrize("day", ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"])
def test_the_make_up_workdays_of_2026_work(day: str) -> None:
    assert CN.kind(date.fromisoformat(f"2026-{day}")) is DayKind.MAKEUP


@pytest.mark.parametrize(
    ("region", "day", "kind"),
    [
        ("CN", "2026-02-20", DayKind.HOLIDAY),
        ("CN", "2026-02-21", DayKind.WEEKEND),
        ("CN", "2026-02-24", DayKind.WEEKDAY),
        ("TW", "2025-02-08", DayKind.MAKEUP),
        ("TW", "2026-09-28", DayKind.HOLIDAY),
        ("HK", "2026-05-25", DayKind.HOLIDAY),
        ("HK", "2026-02-14", DayKind.WEEKEND),
        ("MO", "2026-02-19", DayKind.HOLIDAY),
    ],
)
def test_each_region_has_its_own_days(region: str, day: str, kind: DayKind) -> None:
    assert HolidayCalendar(region).kind(date.fromisoformat(day)) is kind


@pytest.mark.parametrize("region", sorted(ANNOUNCED_UNTIL))
def test_a_holiday_is_called_by_name_in_all_languages(
    region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGUAGE", "en")  # the machine's own language has no say
    name = HolidayCalendar(region).name(date(2026, 10, 1) if region != "TW" else date(2026, 1, 1))
    assert set(name) == {"zh_Hant", "zh_Hans", "en"}
    assert name["en"].isascii()
    assert not name["zh_Hant"].isascii()
    assert not name["zh_Hans"].isascii()


def test_days_that_are_no_holidays_have_no_name() -> None:
    assert CN.name(date(2026, 11, 24)) == {}


def test_the_institution_wins_over_its_region() -> None:
    own = HolidayCalendar(
        "CN",
        {
            date(2026, 11, 24): Override(DayKind.HOLIDAY, {"zh_Hant": "鎮慶"}),
            date(2026, 10, 10): Override(DayKind.WEEKEND),
            date(2027, 1, 2): Override(DayKind.MAKEUP, {"zh_Hant": "補班"}),
        },
    )
    assert own.kind(date(2026, 11, 24)) is DayKind.HOLIDAY
    assert own.name(date(2026, 11, 24)) == {"zh_Hant": "鎮慶"}
    assert own.kind(date(2026, 10, 10)) is DayKind.WEEKEND
    assert own.kind(date(2027, 1, 2)) is DayKind.MAKEUP
    assert not own.is_provisional(date(2027, 1, 2))
    assert own.is_provisional(date(2027, 1, 3))


def test_what_is_not_announced_is_provisional_and_no_make_up_day_is_guessed() -> None:
    year = [date(2027, 1, 1) + timedelta(days=offset) for offset in range(365)]
    assert CN.announced_until == date(2026, 12, 31)
    assert not CN.is_provisional(date(2026, 12, 31))
    assert all(CN.is_provisional(day) for day in year)
    assert DayKind.MAKEUP not in {CN.kind(day) for day in year}
    assert CN.kind(date(2027, 10, 1)) is DayKind.HOLIDAY


def test_provisional_years_are_reported() -> None:
    assert CN.provisional_years(date(2026, 3, 1), date(2026, 12, 31)) == []
    assert CN.provisional_years(date(2026, 12, 1), date(2028, 1, 1)) == [2027, 2028]
    assert CN.provisional_years(date(2028, 1, 1), date(2026, 12, 1)) == []


def test_a_region_nobody_knows_has_no_holidays_and_says_so() -> None:
    nowhere = HolidayCalendar("XX")
    assert nowhere.kind(date(2026, 10, 1)) is DayKind.WEEKDAY
    assert nowhere.is_provisional(date(2026, 10, 1))
    assert nowhere.provisional_years(date(2026, 1, 1), date(2026, 2, 1)) == [2026]


@pytest.mark.parametrize("region", sorted(ANNOUNCED_UNTIL))
@pytest.mark.parametrize("year", [1900, 1949, 2100, 9999])
def test_no_year_is_too_far(region: str, year: int) -> None:
    assert HolidayCalendar(region).kind(date(year, 7, 15)) in DayKind


@pytest.mark.parametrize("year", [2023, 2024, 2025, 2026])
def test_every_day_of_an_announced_year_agrees_with_the_official_list(year: int) -> None:
    # A list may begin in the December before, so that the next one has a word as well.
    listed = {
        date.fromisoformat(entry["date"]): not entry["isOffDay"]
        for each in (year, year + 1)
        for entry in _read_list(each)
    }
    day = date(year, 1, 1)
    while day.year == year:
        is_working = listed.get(day, day.weekday() < 5)
        assert (CN.kind(day) in WORKING) == is_working, day
        day += timedelta(days=1)


def test_a_year_with_an_empty_official_list_is_provisional() -> None:
    assert _read_list(2027) == []
    assert CN.provisional_years(date(2027, 1, 1), date(2027, 12, 31)) == [2027]


def _read_list(year: int) -> list[dict[str, Any]]:
    text = real_data(f"holidays_cn/{year}.json").read_text(encoding="utf-8")
    entries: list[dict[str, Any]] = json.loads(text)["days"]
    return entries
