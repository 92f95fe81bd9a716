"""What a change of hours would mean: the hours as they would be, and the promises outside them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from sqlalchemy.orm import Session

from portal.calendar.affected import Affected, add_up
from portal.calendar.events import CoverageEvent, coverage_changing
from portal.calendar.holidays import Override
from portal.calendar.opening import ExceptionDay, Pattern, Schedule
from portal.calendar.queries import Openings

T = TypeVar("T")


def with_pattern(openings: Openings, schedule_id: int, pattern: Pattern) -> Openings:
    """The hours if a week's hours were added."""
    return _changed(
        openings,
        schedule_id,
        lambda old: replace(
            old, patterns=sorted([*old.patterns, pattern], key=lambda each: each.valid_from)
        ),
    )


def without_pattern(openings: Openings, schedule_id: int, valid_from: date) -> Openings:
    """The hours if a week's hours were withdrawn."""
    return _changed(
        openings,
        schedule_id,
        lambda old: replace(
            old, patterns=[each for each in old.patterns if each.valid_from != valid_from]
        ),
    )


def with_exception(
    openings: Openings, schedule_id: int, day: date, exception: ExceptionDay | None
) -> Openings:
    """The hours if a date had this exception, or none."""
    return _changed(
        openings,
        schedule_id,
        lambda old: replace(old, exceptions=_put(dict(old.exceptions), day, exception)),
    )


def with_override(openings: Openings, day: date, override: Override | None) -> Openings:
    """The hours of all schedules if the institution said this about a day, or nothing."""

    def change(old: Schedule) -> Schedule:
        overrides = _put(dict(old.calendar.overrides), day, override)
        return replace(old, calendar=replace(old.calendar, overrides=overrides))

    return replace(
        openings, schedules={each: change(old) for each, old in openings.schedules.items()}
    )


def last_day_of(openings: Openings, schedule_id: int, valid_from: date) -> date | None:
    """The last day on which hours from a day hold; None: until further notice."""
    later = [
        each.valid_from
        for each in openings.schedules[schedule_id].patterns
        if each.valid_from > valid_from
    ]
    return min(later) - timedelta(days=1) if later else None


def find_outside(
    session: Session,
    openings: Openings,
    *,
    schedule_id: int | None,
    from_day: date,
    until_day: date | None,
    now: datetime,
    page: int = 1,
) -> Affected:
    """Whose promises would lie outside hours as they would be; ``schedule_id`` None: of all."""
    event = CoverageEvent(session, openings, schedule_id, from_day, until_day, now, page)
    return add_up(coverage_changing.send(event))


def _changed(
    openings: Openings, schedule_id: int, change: Callable[[Schedule], Schedule]
) -> Openings:
    schedules = dict(openings.schedules)
    schedules[schedule_id] = change(schedules[schedule_id])
    return replace(openings, schedules=schedules)


def _put(entries: dict[date, T], day: date, entry: T | None) -> dict[date, T]:
    entries.pop(day, None)
    if entry is not None:
        entries[day] = entry
    return entries
