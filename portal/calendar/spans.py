"""Spans of days, and the calendar month that contains a day; pure."""

from dataclasses import dataclass
from datetime import date, timedelta

#: Years of which anything is shown.
YEARS = (2000, 2199)


@dataclass(frozen=True)
class Span:
    """Days from the first to the last, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Span":
        """As many days right before; a whole month before a whole month."""
        if self == month_of(self.first):
            return month_of(self.first - timedelta(days=1))
        return Span(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    @property
    def after(self) -> "Span":
        """As many days right after; a whole month after a whole month."""
        if self == month_of(self.first):
            return month_of(self.last + timedelta(days=1))
        return Span(self.last + timedelta(days=1), self.last + timedelta(days=self.days))


def month_of(day: date) -> Span:
    """The calendar month that contains a day."""
    first = day.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return Span(first, following - timedelta(days=1))


def read_month(text: str) -> Span | None:
    """The month that an address names, such as 2026-11; None for nonsense and far years."""
    try:
        day = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return month_of(day) if YEARS[0] <= day.year <= YEARS[1] else None
