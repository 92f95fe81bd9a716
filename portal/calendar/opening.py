"""Opening hours: weekly patterns with valid-from dates, exceptions and holidays; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import MAXYEAR, UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from portal.calendar.holidays import DayKind, HolidayCalendar
from portal.calendar.local_time import moment_of
from portal.core.errors import N_, DomainError

#: After how many closed days in a row the next opening counts as never.
HORIZON_DAYS = 400
MINUTES_OF_DAY = 24 * 60


class NeverOpen(DomainError):
    """Nothing opens within the horizon, so no time can be promised."""

    default = N_("These opening hours never open.")


class BadInterval(DomainError):
    """Hours that end before they begin, or overlap."""

    default = N_("Hours must end after they begin and must not overlap.")


@dataclass(frozen=True, order=True)
class Interval:
    """A stretch of a local day in minutes from midnight, half-open.

    An ``end`` of 1440 is 24:00; above, it reaches into the next day, as a night shift does.
    Raises BadInterval.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < MINUTES_OF_DAY or not self.start < self.end <= 2 * MINUTES_OF_DAY:
            raise BadInterval


Day = tuple[Interval, ...]
ALL_DAY: Day = (Interval(0, MINUTES_OF_DAY),)


def day_of(intervals: Sequence[Interval]) -> Day:
    """The intervals of a day in order; raises BadInterval when they overlap."""
    ordered = tuple(sorted(intervals))
    for before, after in pairwise(ordered):
        if after.start < before.end:
            raise BadInterval
    return ordered


@dataclass(frozen=True)
class Pattern:
    """A week's hours from a day on, Monday first, and the hours of public holidays."""

    valid_from: date
    week: tuple[Day, Day, Day, Day, Day, Day, Day]
    #: Hours on public holidays (半日門診 where an institution opens half of them); none: closed.
    holiday: Day = ()
    #: Hours on make-up workdays (補班); None: those of a full weekday, for which Monday stands.
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
        """The hours of a local date; those of an exception or a 24-hour post are certain."""
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
            is_provisional=(
                exception is None and not self.is_always_open and self.calendar.is_provisional(day)
            ),
        )

    def _by_pattern(self, day: date, kind: DayKind) -> Day:
        current = [pattern for pattern in self.patterns if pattern.valid_from <= day]
        if not current:
            return ()
        pattern = current[-1]
        if kind is DayKind.HOLIDAY:
            return pattern.holiday
        if kind is DayKind.MAKEUP:
            return pattern.makeup if pattern.makeup is not None else pattern.week[0]
        return pattern.week[day.weekday()]

    def stretches(self, day: date) -> list[tuple[datetime, datetime]]:
        """The open stretches that begin on a local date, in aware UTC, half-open, in order.

        A night shift belongs to the date on which it begins and ends the next morning, even if
        that date itself is closed.
        """
        moments = (
            (moment_of(day, each.start, self.zone), moment_of(day, each.end, self.zone))
            for each in self.on(day).hours
        )
        # What lies wholly inside a clock change never happens.
        return [(start, end) for start, end in moments if start < end]

    def stretches_between(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """The open time between two moments, in aware UTC: half-open, in order, cut at both ends.

        Stretches that touch or overlap are one, as a night shift and the next early shift do.
        """
        joined: list[tuple[datetime, datetime]] = []
        day, last = self._day_before(start), end.astimezone(self.zone).date()
        while day <= last:
            for opening, closing in self.stretches(day):
                begin, finish = max(opening, start), min(closing, end)
                if begin >= finish:
                    continue
                if joined and begin <= joined[-1][1]:
                    begin, finish = joined[-1][0], max(joined.pop()[1], finish)
                joined.append((begin, finish))
            day += timedelta(days=1)
        return [(begin.astimezone(UTC), finish.astimezone(UTC)) for begin, finish in joined]

    def open_dates(self, at: datetime) -> Iterator[tuple[date, list[tuple[datetime, datetime]]]]:
        """Local dates with their stretches, closed dates left out, that may reach beyond ``at``.

        Begins with the date before, whose night shift may still run, and stops when nothing has
        opened for HORIZON_DAYS.
        """
        day, closed = self._day_before(at), 0
        while closed < HORIZON_DAYS and day.year < MAXYEAR:
            stretches = self.stretches(day)
            closed = 0 if stretches else closed + 1
            if stretches:
                yield day, stretches
            day += timedelta(days=1)

    def is_open(self, at: datetime) -> bool:
        """Whether a moment lies in an open stretch; closing time itself is closed."""
        before = self._day_before(at)
        return any(
            start <= at < end
            for day in (before, before + timedelta(days=1))
            for start, end in self.stretches(day)
        )

    def next_opening(self, at: datetime) -> datetime:
        """The moment itself if it is open, else the next opening, in UTC; raises NeverOpen."""
        for _day, stretches in self.open_dates(at):
            for start, end in stretches:
                if end > at:
                    return max(start, at).astimezone(UTC)
        raise NeverOpen

    def _day_before(self, at: datetime) -> date:
        return at.astimezone(self.zone).date() - timedelta(days=1)
