"""What lies ahead of opening hours: the next change, and the coming special days; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.calendar.holidays import DayKind, HolidayCalendar
from portal.calendar.opening import DayOpening, Schedule
from portal.core.localized import Localized

#: How far ahead a holiday counts as the next change.
NEAR_DAYS = 92
#: How far ahead the page of holidays looks.
YEAR_DAYS = 365


class ChangeKind(StrEnum):
    """Why hours will be other than they are."""

    EXCEPTION = "exception"
    WEEK = "week"
    HOLIDAY = "holiday"
    MAKEUP = "makeup"


@dataclass(frozen=True)
class Change:
    """The day on which hours change next, and how."""

    kind: ChangeKind
    opening: DayOpening


@dataclass(frozen=True)
class SpecialDay:
    """A holiday, a make-up workday, or a day the institution has spoken about itself."""

    day: date
    kind: DayKind
    name: Localized
    is_provisional: bool
    #: Id of the institution's own entry; None: the region's list says so.
    override_id: int | None


def next_change(schedule: Schedule, today: date) -> Change | None:
    """The first day after ``today`` with new hours, an exception, or soon a special day."""
    found: list[tuple[date, ChangeKind]] = [
        (day, ChangeKind.EXCEPTION) for day in schedule.exceptions if day > today
    ]
    if not schedule.is_always_open:
        found += [
            (pattern.valid_from, ChangeKind.WEEK)
            for pattern in schedule.patterns
            if pattern.valid_from > today
        ]
        found += _near_special_day(schedule.calendar, today)
    if not found:
        return None
    day, kind = min(found, key=lambda change: (change[0], list(ChangeKind).index(change[1])))
    return Change(kind, schedule.on(day))


def _near_special_day(calendar: HolidayCalendar, today: date) -> list[tuple[date, ChangeKind]]:
    kinds = {DayKind.HOLIDAY: ChangeKind.HOLIDAY, DayKind.MAKEUP: ChangeKind.MAKEUP}
    for offset in range(1, NEAR_DAYS):
        day = today + timedelta(days=offset)
        if (kind := calendar.kind(day)) in kinds:
            return [(day, kinds[kind])]
    return []


def special_days(
    calendar: HolidayCalendar, own: Mapping[date, int], *, today: date
) -> list[SpecialDay]:
    """The special days of the coming twelve months, and all later ones of the institution.

    ``own`` has the ids of the institution's entries by day.
    """
    year = {today + timedelta(days=offset) for offset in range(YEAR_DAYS + 1)}
    special = {day for day in year if calendar.kind(day) in (DayKind.HOLIDAY, DayKind.MAKEUP)}
    return [
        SpecialDay(
            day=day,
            kind=calendar.kind(day),
            name=calendar.name(day),
            is_provisional=calendar.is_provisional(day),
            override_id=own.get(day),
        )
        for day in sorted(special | {day for day in own if day >= today})
    ]
