"""Reads of the calendar: schedules as rules, and the hours of all posts at once."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.calendar.holidays import DayKind, HolidayCalendar, Override
from portal.calendar.models import ExceptionRow, HolidayRow, PatternRow, ScheduleRow
from portal.calendar.opening import Day, ExceptionDay, Interval, Pattern, Schedule, day_of
from portal.core.errors import NotFound


@dataclass(frozen=True)
class Openings:
    """The hours of every schedule of an institution, read once."""

    schedules: Mapping[int, Schedule]
    default_id: int | None

    def schedule(self, schedule_id: int | None) -> Schedule | None:
        """A schedule, or the institution's own for None; none when there is none."""
        return self.schedules.get(schedule_id if schedule_id is not None else self.default_id or 0)

    def on(self, schedule_id: int | None, day: date) -> list[tuple[datetime, datetime]]:
        """The open stretches of a schedule on a local date, in UTC."""
        schedule = self.schedule(schedule_id)
        return schedule.stretches(day) if schedule else []

    def between(
        self, schedule_id: int | None, start: datetime, end: datetime
    ) -> list[tuple[datetime, datetime]]:
        """The open time of a schedule between two moments, joined and cut at both, in UTC."""
        schedule = self.schedule(schedule_id)
        return schedule.stretches_between(start, end) if schedule else []

    def reason(self, schedule_id: int | None, day: date) -> Mapping[str, str]:
        """Why the hours of a day are not the usual ones, in the institution's words."""
        schedule = self.schedule(schedule_id)
        return schedule.on(day).reason if schedule else {}

    def is_provisional(self, day: date) -> bool:
        """Whether the holidays of that time are not announced yet."""
        schedule = self.schedule(None)
        return schedule.on(day).is_provisional if schedule else False


def get_openings(session: Session, zone: ZoneInfo, region: str) -> Openings:
    """All schedules of the institution as rules; four statements."""
    calendar = get_holidays(session, region)
    patterns: dict[int, list[Pattern]] = defaultdict(list)
    for row in session.scalars(select(PatternRow).order_by(PatternRow.valid_from)):
        patterns[row.schedule_id].append(read_pattern(row))
    exceptions: dict[int, dict[date, ExceptionDay]] = defaultdict(dict)
    for exception in session.scalars(select(ExceptionRow)):
        exceptions[exception.schedule_id][exception.day] = ExceptionDay(
            read_day(exception.hours), exception.reason
        )
    rows = session.scalars(select(ScheduleRow)).all()
    schedules = {
        row.id: Schedule(zone, calendar, patterns[row.id], exceptions[row.id], row.is_always_open)
        for row in rows
    }
    default = next((row.id for row in rows if row.is_default), None)
    return Openings(schedules, default)


def get_holidays(session: Session, region: str) -> HolidayCalendar:
    """The region's holidays with the institution's overrides."""
    return HolidayCalendar(
        region,
        {
            row.day: Override(DayKind(row.kind), row.name)
            for row in session.scalars(select(HolidayRow))
        },
    )


def read_day(hours: list[list[int]]) -> Day:
    """A day's hours as they are stored."""
    return day_of([Interval(start, end) for start, end in hours])


def write_day(day: Day) -> list[list[int]]:
    """A day's hours as they are to be stored."""
    return [[interval.start, interval.end] for interval in day]


def read_pattern(row: PatternRow) -> Pattern:
    """A stored pattern as a rule."""
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = (
        read_day(day) for day in row.week
    )
    return Pattern(
        row.valid_from,
        (monday, tuesday, wednesday, thursday, friday, saturday, sunday),
        holiday=read_day(row.holiday),
        makeup=read_day(row.makeup) if row.makeup is not None else None,
    )


def get_schedule(session: Session, schedule_id: int) -> ScheduleRow:
    """A schedule by id; raises NotFound."""
    row = session.get(ScheduleRow, schedule_id)
    if row is None:
        raise NotFound
    return row


def get_pattern(session: Session, schedule_id: int, pattern_id: int) -> PatternRow:
    """A week's hours of a schedule; raises NotFound."""
    row = session.get(PatternRow, pattern_id)
    if row is None or row.schedule_id != schedule_id:
        raise NotFound
    return row


def get_exception(session: Session, schedule_id: int, exception_id: int) -> ExceptionRow:
    """An exception of a schedule; raises NotFound."""
    row = session.get(ExceptionRow, exception_id)
    if row is None or row.schedule_id != schedule_id:
        raise NotFound
    return row


def get_override(session: Session, holiday_id: int) -> HolidayRow:
    """The institution's own entry for a day; raises NotFound."""
    row = session.get(HolidayRow, holiday_id)
    if row is None:
        raise NotFound
    return row


def list_schedules(session: Session) -> list[ScheduleRow]:
    """Schedules, the institution's own first."""
    return list(
        session.scalars(
            select(ScheduleRow).order_by(ScheduleRow.is_default.desc(), ScheduleRow.code)
        )
    )


def list_patterns(session: Session, schedule_id: int) -> list[PatternRow]:
    """A schedule's patterns, the newest first."""
    return list(
        session.scalars(
            select(PatternRow)
            .where(PatternRow.schedule_id == schedule_id)
            .order_by(PatternRow.valid_from.desc())
        )
    )


def list_exceptions(session: Session, schedule_id: int, *, since: date) -> list[ExceptionRow]:
    """A schedule's exceptions from a day on."""
    return list(
        session.scalars(
            select(ExceptionRow)
            .where(ExceptionRow.schedule_id == schedule_id, ExceptionRow.day >= since)
            .order_by(ExceptionRow.day)
        )
    )


def list_overrides(session: Session, *, since: date) -> list[HolidayRow]:
    """The institution's own holidays and workdays from a day on."""
    return list(
        session.scalars(select(HolidayRow).where(HolidayRow.day >= since).order_by(HolidayRow.day))
    )
