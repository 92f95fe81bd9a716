"""Half days of weekends and holidays, cut from a full weekday."""

from datetime import date

import pytest
from hypothesis import given

from portal.calendar.half_days import Half, half_day, pattern_of
from portal.calendar.opening import Day, Interval
from tests.rules.calendar.hours import SINCE, WEEKDAY, days, every_day, schedule

THROUGH = (Interval(480, 1080),)


@pytest.mark.parametrize(
    ("day", "half", "hours"),
    [
        (WEEKDAY, Half.AM, (Interval(540, 720),)),
        (WEEKDAY, Half.PM, (Interval(810, 1020),)),
        (WEEKDAY, Half.FULL, WEEKDAY),
        (WEEKDAY, Half.NONE, ()),
        (THROUGH, Half.AM, (Interval(480, 720),)),
        (THROUGH, Half.PM, (Interval(720, 1080),)),
        ((Interval(540, 750), Interval(810, 1020)), Half.AM, (Interval(540, 750),)),
        ((), Half.AM, ()),
    ],
)
def test_h_10_a_half_day_is_cut_at_noon_or_at_the_break(day: Day, half: Half, hours: Day) -> None:
    assert half_day(day, half) == hours


def test_h_10_weekends_and_holidays_open_half_and_make_up_workdays_fully() -> None:
    template = pattern_of(SINCE, WEEKDAY, saturday=Half.AM, holiday=Half.PM)
    clinic = schedule(patterns=[template])
    assert clinic.on(date(2026, 11, 24)).closed_half == ""
    assert clinic.on(date(2026, 11, 28)).closed_half == "pm"
    assert clinic.on(date(2026, 11, 29)).closed_half == "all"
    assert clinic.on(date(2026, 10, 1)).closed_half == "am"
    assert clinic.on(date(2026, 10, 10)).hours == WEEKDAY


@given(day=days())
def test_the_two_halves_are_apart_and_make_up_the_whole(day: Day) -> None:
    morning, afternoon = half_day(day, Half.AM), half_day(day, Half.PM)
    assert _minutes((*morning, *afternoon)) == _minutes(day)
    assert every_day(morning).on(date(2026, 11, 24)).closed_half in ("pm", "all")
    assert every_day(afternoon).on(date(2026, 11, 24)).closed_half in ("am", "all")


def _minutes(day: Day) -> list[int]:
    return [minute for each in day for minute in range(each.start, each.end)]
