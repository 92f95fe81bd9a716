"""Reading a file of real appointments, row by row in the order in which they were booked."""

import csv
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

COLUMNS = ("booked_at", "day", "person", "age", "disabled", "clinic", "no_show")


class UnreadableHistory(Exception):
    """A file that holds no appointments, or not in their order; its words say where."""


@dataclass(frozen=True)
class Row:
    """Somebody booked a day at a clinic, and came or did not."""

    number: int
    booked_at: datetime
    day: date
    person: str
    age: int
    is_disabled: bool
    clinic: str
    is_no_show: bool

    @property
    def key(self) -> tuple[str, str, date]:
        """What may be booked once: a person, a clinic, a day."""
        return self.person, self.clinic, self.day


@dataclass(frozen=True)
class Contents:
    """What a file says as a whole."""

    file_hash: str
    rows: int
    clinics: tuple[str, ...]
    first: datetime


def read_rows(path: Path) -> Iterator[Row]:
    """The rows in order, one at a time; raises UnreadableHistory."""
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise UnreadableHistory(f"there is no column {', '.join(missing)}")
            for number, row in enumerate(reader):
                yield _read(number, row)
    except (OSError, EOFError, UnicodeDecodeError, zlib.error, csv.Error) as error:
        raise UnreadableHistory(f"cannot be read: {error}") from None


def _read(number: int, row: dict[str, str]) -> Row:
    try:
        return Row(
            number=number,
            booked_at=datetime.strptime(row["booked_at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC),
            day=date.fromisoformat(row["day"]),
            person=row["person"],
            age=int(row["age"]),
            is_disabled=row["disabled"] != "0",
            clinic=row["clinic"],
            is_no_show=row["no_show"] == "1",
        )
    except (ValueError, TypeError) as error:
        raise UnreadableHistory(f"row {number + 1}: {error}") from None


def survey(path: Path) -> Contents:
    """Read a file once through; raises UnreadableHistory, also when it is not in order of time."""
    digest, clinics, count = hashlib.sha256(), set(), 0
    first = last = None
    for row in read_rows(path):
        if last is not None and row.booked_at < last:
            raise UnreadableHistory(f"row {row.number + 1} was booked before the one above it")
        first, last, count = first or row.booked_at, row.booked_at, count + 1
        clinics.add(row.clinic)
        digest.update(f"{row}\n".encode())
    if first is None:
        raise UnreadableHistory("there are no rows")
    return Contents(digest.hexdigest(), count, tuple(sorted(clinics, key=_by_number)), first)


def _by_number(code: str) -> tuple[int, str]:
    return (int(code) if code.isdecimal() else 0, code)
