"""Reading a file of service requests row by row; a row that cannot be is named, not taken."""

import csv
import gzip
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from portal.matters.intake_rules import Channel

COLUMNS = (
    "case_enquiry_id",
    "open_dt",
    "sla_target_dt",
    "closed_dt",
    "case_status",
    "case_title",
    "type",
    "department",
    "source",
)
#: How a request came, by the words of the file.
SOURCES: Mapping[str, Channel] = {
    "Constituent Call": Channel.PHONE,
    "Citizens Connect App": Channel.ONLINE,
    "Self Service": Channel.ONLINE,
    "Twitter": Channel.ONLINE,
    "City Worker App": Channel.INTERNAL,
    "Employee Generated": Channel.INTERNAL,
    "Maximo Integration": Channel.INTERNAL,
}
OPEN, CLOSED = "Open", "Closed"
#: Signs of the longest number that a row may have.
LONGEST_KEY = 40


class UnreadableRegister(Exception):
    """A file that holds no requests; its words say why."""


class _Fault(Exception):
    """What is wrong with a row, in words."""


@dataclass(frozen=True)
class Row:
    """A request as the file tells it; times are aware UTC."""

    #: 1 is the first row below the names of the columns.
    number: int
    key: str
    opened_at: datetime
    #: None: nobody promised a time.
    due_at: datetime | None
    #: None: it is still open.
    closed_at: datetime | None
    title: str
    sort: str
    department: str
    channel: Channel


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be, and why."""

    number: int
    key: str
    reason: str

    def __str__(self) -> str:
        return f"row {self.number} ({self.key or 'without a number'}): {self.reason}"


@dataclass(frozen=True)
class Contents:
    """What a file says as a whole."""

    rows: int
    bad: tuple[BadRow, ...]
    departments: tuple[str, ...]
    first: datetime


def read_rows(path: Path, zone: ZoneInfo, now: datetime) -> Iterator[Row | BadRow]:
    """The rows in their order, one at a time; raises UnreadableRegister.

    The file's times are those of the clocks in ``zone``; nothing may lie later than ``now``.
    """
    seen: dict[str, int] = {}
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise UnreadableRegister(f"there is no column {', '.join(missing)}")
            for number, texts in enumerate(reader, start=1):
                yield _read(number, texts, seen, zone, now)
    except (OSError, EOFError, UnicodeDecodeError, zlib.error, csv.Error) as error:
        raise UnreadableRegister(f"cannot be read: {error}") from None


def survey(path: Path, zone: ZoneInfo, now: datetime) -> Contents:
    """Read a file once through; raises UnreadableRegister, also when no row can be taken in."""
    bad: list[BadRow] = []
    departments: set[str] = set()
    first: datetime | None = None
    count = 0
    for count, row in enumerate(read_rows(path, zone, now), start=1):  # noqa: B007 counted
        if isinstance(row, BadRow):
            bad.append(row)
            continue
        departments.add(row.department)
        first = row.opened_at if first is None else min(first, row.opened_at)
    if first is None:
        reasons = "".join(f"\n{row}" for row in bad)
        raise UnreadableRegister(f"there are no rows to take in{reasons}")
    return Contents(count, tuple(bad), tuple(sorted(departments)), first)


def _read(
    number: int, raw: Mapping[str | None, str], seen: dict[str, int], zone: ZoneInfo, now: datetime
) -> Row | BadRow:
    texts = {name: (raw.get(name) or "").strip() for name in COLUMNS}
    key = texts["case_enquiry_id"]
    try:
        _check_fields(raw)
        _check_key(key, seen)
        row = _understand(number, texts, zone)
        _check_times(row, now)
    except _Fault as fault:
        return BadRow(number, key, str(fault))
    finally:
        seen.setdefault(key, number)
    return row


def _check_fields(raw: Mapping[str | None, str]) -> None:
    if None in raw:
        raise _Fault("it has more fields than there are columns")


def _check_key(key: str, seen: Mapping[str, int]) -> None:
    if not key:
        raise _Fault("it has no number")
    if len(key) > LONGEST_KEY:
        raise _Fault(f"its number has more than {LONGEST_KEY} signs")
    if key in seen:
        raise _Fault(f"row {seen[key]} has the same number")


def _understand(number: int, texts: Mapping[str, str], zone: ZoneInfo) -> Row:
    opened_at = _moment(texts["open_dt"], "opened", zone)
    if opened_at is None:
        raise _Fault("it has no time of opening")
    closed_at = _moment(texts["closed_dt"], "closed", zone)
    status = OPEN if closed_at is None else CLOSED
    if texts["case_status"] != status:
        raise _Fault(f"it stands at {texts['case_status']!r}, but its times say {status!r}")
    title, department = texts["case_title"] or texts["type"], texts["department"]
    if not title:
        raise _Fault("nothing says what it is")
    if not unit_of(department):
        raise _Fault("no department has it")
    if texts["source"] not in SOURCES:
        raise _Fault(f"its source {texts['source']!r} is unknown")
    return Row(
        number=number,
        key=texts["case_enquiry_id"],
        opened_at=opened_at,
        due_at=_moment(texts["sla_target_dt"], "due", zone),
        closed_at=closed_at,
        title=title,
        sort=texts["type"],
        department=department,
        channel=SOURCES[texts["source"]],
    )


def _moment(text: str, what: str, zone: ZoneInfo) -> datetime | None:
    if not text:
        return None
    try:
        local = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone)
    except ValueError:
        raise _Fault(f"it was {what} at {text!r}, which is no time") from None
    return local.astimezone(UTC)


def _check_times(row: Row, now: datetime) -> None:
    if row.closed_at is not None and row.closed_at < row.opened_at:
        raise _Fault("it was closed before it was opened")
    if row.due_at is not None and row.due_at < row.opened_at:
        raise _Fault("it was due before it was opened")
    if max(row.opened_at, row.closed_at or row.opened_at) > now:
        raise _Fault("it happened later than now")


def unit_of(department: str) -> str:
    """The code of the unit that a department of the file becomes; empty for none."""
    plain = re.sub("[^a-z0-9]+", "-", department.lower()).strip("-")
    return f"of-{plain}"[:20] if plain else ""
