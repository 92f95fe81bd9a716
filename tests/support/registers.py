"""Files of requests to take in, and what must come of them, reckoned without the portal."""

import csv
import gzip
from collections.abc import Iterable
from pathlib import Path

from portal.importing.rows import COLUMNS

Line = dict[str, str]
#: Cases with a due time, on time, told.
Counts = tuple[int, int, int]
_DONE = "Pick up Dead Animal"


def line(key: str, opened: str, due: str = "", closed: str = "", **changes: str) -> Line:
    """A request of 2014, its times as in ``03-31 09:00:00``."""
    times = {"open_dt": opened, "sla_target_dt": due, "closed_dt": closed}
    return {
        "case_enquiry_id": key,
        **{name: f"2014-{at}" if at else "" for name, at in times.items()},
        "on_time": "",
        "case_status": "Closed" if closed else "Open",
        "case_title": _DONE,
        "type": _DONE,
        "department": "PWDx",
        "source": "Constituent Call",
        **changes,
    }


def invent() -> list[Line]:
    """A few weeks over the change of two months, with everything that happens and four bad rows."""
    return [
        line("1", "03-30 08:00:00", "03-31 08:00:00", "03-30 20:00:00"),
        line("2", "03-30 09:00:00", "03-31 09:00:00", "03-31 09:00:00", department="BPD_"),
        line("3", "03-30 10:00:00", "03-31 10:00:00", "03-30 09:59:59"),
        line("4", "03-31 23:59:59", "04-01 09:00:00", "04-01 09:00:01", source="Self Service"),
        line("5", "04-01 00:00:00", "", "", source="City Worker App", department="INFO"),
        line("5", "04-01 00:10:00", "04-02 00:10:00", "04-01 12:00:00"),
        line("6", "04-01 10:00:00", "04-02 10:00:00", "", source="Twitter", department="INFO"),
        line("7", "04-01 11:00:00", "when done", ""),
        line("8", "04-02 11:00:00", "", "04-03 11:00:00"),
        line("9", "04-02 12:00:00", "04-02 12:00:00", "04-02 12:00:00", source="Twitter"),
        line("10", "04-02 13:00:00", "04-09 13:00:00", "04-03 13:00:00", case_title=""),
        line("11", "04-02 14:00:00", "04-09 14:00:00", "04-03 14:00:00", source="Rumour"),
        line("12", "04-05 14:00:00", "04-09 14:00:00", "04-19 14:00:00"),
    ]


#: The bad rows among them, by number.
BAD = {
    3: "it was closed before it was opened",
    6: "row 5 has the same number",
    8: "it was due at '2014-when done', which is no time",
    12: "its source 'Rumour' is unknown",
}


def read_lines(path: Path) -> list[Line]:
    """The lines of a file."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_lines(path: Path, lines: Iterable[Line]) -> Path:
    """A file of these lines."""
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*COLUMNS, "on_time"])
        writer.writeheader()
        writer.writerows(lines)
    return path


def is_impossible(of: Line) -> bool:
    """Closed before it was opened; the file's times sort as they are written."""
    return bool(of["closed_dt"]) and of["closed_dt"] < of["open_dt"]


def count(lines: Iterable[Line]) -> dict[str, Counts]:
    """What plain Python says of lines that can be, by month of opening."""
    found: dict[str, Counts] = {}
    for one in lines:
        due, on_time, told = found.get(one["open_dt"][:7], (0, 0, 0))
        if one["sla_target_dt"]:
            due, told = due + 1, told + bool(one["closed_dt"])
            on_time += bool(one["closed_dt"]) and one["closed_dt"] <= one["sla_target_dt"]
        found[one["open_dt"][:7]] = due, on_time, told
    return found


def read_official(path: Path) -> dict[str, Counts]:
    """The city's own figures of the real file, by month."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["month"]: (
                int(row["cases_with_due"]),
                int(row["ontime_official"]),
                int(row["closed"]),
            )
            for row in csv.DictReader(file)
        }


def subtract(official: dict[str, Counts], impossible: Iterable[Line]) -> dict[str, Counts]:
    """The city's figures without these rows, each of which it counted by its own flag."""
    left = dict(official)
    for one in impossible:
        due, on_time, told = left[one["open_dt"][:7]]
        assert one["sla_target_dt"]
        is_on_time = one["on_time"] == "ONTIME"
        left[one["open_dt"][:7]] = due - 1, on_time - is_on_time, told - 1
    return left
