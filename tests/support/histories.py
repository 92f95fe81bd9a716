"""Files of appointments to replay, and what must become of them, reckoned without the portal."""

import csv
import gzip
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

NAMES = ("booked_at", "day", "person", "age", "disabled", "clinic", "reminded", "no_show")
Line = dict[str, str]


@dataclass(frozen=True)
class Expected:
    """What plain Python says of a file."""

    outcomes: dict[str, int]
    busiest: int


def expect(lines: Iterable[Line], *, capacity: int) -> Expected:
    """Who comes first is served, once a day at a clinic, as long as there are places."""
    taken: Counter[tuple[str, str]] = Counter()
    persons: set[tuple[str, str, str]] = set()
    found: Counter[str] = Counter()
    for line in lines:
        clinic_day = line["clinic"], line["day"]
        person_day = line["person"], *clinic_day
        if line["age"].startswith("-"):
            found["rejected: negative age"] += 1
        elif line["booked_at"][:10] > line["day"]:
            found["rejected: booked after the day"] += 1
        elif person_day in persons:
            found["refused: booked already"] += 1
        elif taken[clinic_day] == capacity:
            found["refused: no place left"] += 1
        else:
            persons.add(person_day)
            taken[clinic_day] += 1
            found["accepted"] += 1
            found["no-show"] += line["no_show"] == "1"
    return Expected(dict(+found), max(taken.values()))


def invent(count: int = 150) -> list[Line]:
    """A few days at two clinics with everything that happens; the same every time."""
    random = Random(7)
    start = datetime(2016, 4, 28, 6, 0, tzinfo=UTC)
    minutes = sorted(random.sample(range(5 * 24 * 60), count))
    lines = []
    for minute in minutes:
        at = start + timedelta(minutes=minute)
        # Late in the evening of the same day the hour has begun.
        ahead = random.randrange(4) if at.hour < 21 else random.randrange(1, 4)
        lines.append(_line(random, at, at.date() + timedelta(days=ahead)))
    lines[count // 3]["age"] = "-1"
    lines[count // 2]["day"] = "2016-04-27"
    # In the same second as the one before, who then does come.
    lines[count // 4] = {**lines[count // 4 - 1], "no_show": "1"}
    lines[count // 4 - 1]["no_show"] = "0"
    return lines


def _line(random: Random, at: datetime, day: date) -> Line:
    return {
        "booked_at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "day": day.isoformat(),
        "person": str(random.randrange(30)),
        "age": str(random.randrange(90)),
        "disabled": str(int(random.random() < 0.1)),
        "clinic": random.choice(("1", "20")),
        "reminded": "0",
        "no_show": str(int(random.random() < 0.3)),
    }


def read_lines(path: Path) -> list[Line]:
    """The lines of a file."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_lines(path: Path, lines: Iterable[Line]) -> Path:
    """A file of these lines."""
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, NAMES)
        writer.writeheader()
        writer.writerows(lines)
    return path
