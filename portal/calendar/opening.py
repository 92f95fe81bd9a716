"""Opening hours: patterns with valid-from dates, half-day templates, exceptions; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.calendar.holidays import DayKind, HolidayCalendar
from portal.core.errors import DomainError, N_

#: How far ahead an opening is looked for before it counts as never.
HORIZON_DAYS = 400
MINUTES_OF_DAY = 24 * 60
NOON = 12 * 60


class NeverOpen(DomainError):
    """Nothing opens within the horizon, so no time can be promised."""

    default = N_("These opening hours never open.")


class BadInterval(DomainError):
    """Hours that end before they begin, or overlap."""

    default = N_("Hours must end after they begin and must not overlap.")


@dataclass(frozen=True, order=True)
class Interval:
    """A stretch of a local day in minutes from midnight, half-open; ``end`` above 1440 reaches
    into the next day, as a night shift does."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < MINUTES_OF_DAY or not self.start < self.end <= 2 * MINUTES_OF_DAY:
            raise BadInterval()

    @property
    def is_morning(self) -> bool:
        """Whether it begins before noon."""
        return self.start < NOON


Day = tuple[Interval, ...]
ALL_DAY: Day = (Interval(0, MINUTES_OF_DAY),)


def day_of(intervals: Sequence[Interval]) -> Day:
    """The intervals of a day in order; raises BadInterval when they overlap."""
    ordered = tuple(sorted(intervals))
    for before, after in zip(ordered, ordered[1:], strict=False):
        if after.start < before.end:
            raise BadInterval()
    return ordered


@dataclass(frozen=True)
class Pattern:
    """A week's hours from a day on, Monday first, and the hours of public holidays."""

    valid_from: date
    week: tuple[Day, Day, Day, Day, Day, Day, Day]
    #: Hours on public holidays (半日門診 where an institution opens half of them); none: closed.
    holiday: Day = ()
    #: Hours on make-up workdays; None: those of the weekday they stand for, a full day.
    makeup: Day | None = None


@dataclass(frozen=True)
class ExceptionDay:
    """Other hours on one date, with the reason that people are told."""

    hours: Day
    reason: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DayOpening:
    """The hours of one date and why they are so."""

    day: date
    hours: Day
    kind: DayKind
    is_exception: bool
    reason: Mapping[str, str]
    is_provisional: bool

    @property
    def closed_half(self) -> str:
        """Which half is closed: "am" or "pm" when only the other half is open, "all" when nothing is, else ""."""
        if not self.hours:
            return "all"
        has_morning = any(interval.is_morning for interval in self.hours)
        has_afternoon = any(interval.end > NOON + 60 for interval in self.hours)
        if has_morning and has_afternoon:
            return ""
        return "pm" if has_morning else "am"


@dataclass(frozen=True)
class Schedule:
    """When something is open, in its zone."""

    zone: ZoneInfo
    calendar: HolidayCalendar
    #: In ascending order of valid_from.
    patterns: Sequence[Pattern]
    exceptions: Mapping[date, ExceptionDay] = field(default_factory=dict)
    #: A 24-hour post, which no holiday closes.
    is_always_open: bool = False

    def on(self, day: date) -> DayOpening:
        """The hours of a local date."""
        exception = self.exceptions.get(day)
        kind = self.calendar.kind(day)
        if exception is not None:
            hours: Day = exception.hours
        elif self.is_always_open:
            hours = ALL_DAY
        else:
            hours = self._by_pattern(day, kind)
        name = self.calendar.name(day) if kind is DayKind.HOLIDAY else {}
        return DayOpening(
            day=day,
            hours=hours,
            kind=kind,
            is_exception=exception is not None,
            reason=exception.reason if exception else name,
            is_provisional=self.calendar.is_provisional(day) and not self.is_always_open,
        )

    def _by_pattern(self, day: date, kind: DayKind) -> Day:
        current = [pattern for pattern in self.patterns if pattern.valid_from <= day]
        if not current:
            return ()
        pattern = current[-1]
        if kind is DayKind.HOLIDAY:
            return pattern.holiday
        if kind is DayKind.MAKEUP:
            # A make-up day works like a full weekday; Monday's hours stand for it.
            return pattern.makeup if pattern.makeup is not None else pattern.week[0]
        return pattern.week[day.weekday()]

    def stretches(self, day: date) -> list[tuple[datetime, datetime]]:
        """The open stretches that begin on a local date, in UTC, half-open."""
        return [
            (self._moment(day, interval.start), self._moment(day, interval.end))
            for interval in self.on(day).hours
            if self._moment(day, interval.start) < self._moment(day, interval.end)
        ]

    def _moment(self, day: date, minutes: int) -> datetime:
        """A minute of a local day in UTC; a time that a DST jump skips means the jump's end."""
        extra, minute = divmod(minutes, MINUTES_OF_DAY)
        local = datetime.combine(day + timedelta(days=extra), time(*divmod(minute, 60)), self.zone)
        return local.astimezone(UTC)

    def is_open(self, at: datetime) -> bool:
        """Whether a moment lies in an open stretch; closing time itself is closed."""
        day = at.astimezone(self.zone).date()
        return any(
            start <= at < end
            for start, end in (*self.stretches(day - timedelta(days=1)), *self.stretches(day))
        )

    def next_opening(self, at: datetime) -> datetime:
        """The moment itself if it is open, else the next opening; raises NeverOpen."""
        first = at.astimezone(self.zone).date() - timedelta(days=1)
        for offset in range(HORIZON_DAYS):
            for start, end in self.stretches(first + timedelta(days=offset)):
                if end > at:
                    return max(start, at)
        raise NeverOpen()
