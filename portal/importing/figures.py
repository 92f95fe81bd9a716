"""How many requests were answered by the time that was promised, by the month of acceptance."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

HEADINGS = ("month", "cases_with_due", "on_time", "told", "rate")


@dataclass(frozen=True)
class Course:
    """When a matter was accepted, until when it was promised, and when the person was told."""

    accepted_at: datetime
    due_at: datetime | None
    told_at: datetime | None

    @property
    def is_on_time(self) -> bool:
        """Told by the promised time; the very second counts."""
        if self.due_at is None or self.told_at is None:
            return False
        return self.told_at <= self.due_at


@dataclass
class Month:
    """The matters accepted in a month that had a promised time; the others stay out."""

    with_due: int = 0
    on_time: int = 0
    told: int = 0

    @property
    def rate(self) -> Decimal | None:
        """The share that was on time, to four places; None for a month without any."""
        if not self.with_due:
            return None
        return (Decimal(self.on_time) / self.with_due).quantize(Decimal("0.0001"))


def count_months(courses: Iterable[Course], zone: ZoneInfo) -> dict[str, Month]:
    """By local month of acceptance, as in ``2013-01``: every month from the first to the last."""
    found: dict[str, Month] = {}
    for course in courses:
        name = f"{course.accepted_at.astimezone(zone):%Y-%m}"
        month = found.setdefault(name, Month())
        if course.due_at is not None:
            month.with_due += 1
            month.on_time += course.is_on_time
            month.told += course.told_at is not None
    if not found:
        return {}
    return {name: found.get(name, Month()) for name in _months(min(found), max(found))}


def _months(first: str, last: str) -> Iterator[str]:
    year, month = (int(part) for part in first.split("-"))
    while (name := f"{year:04}-{month:02}") <= last:
        yield name
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def write_table(months: dict[str, Month]) -> str:
    """The figures as CSV with its headings."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADINGS)
    for name, month in months.items():
        writer.writerow([name, month.with_due, month.on_time, month.told, month.rate])
    return text.getvalue()
