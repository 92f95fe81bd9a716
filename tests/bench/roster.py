"""roster: who keeps twenty posts throughout a year, and what is wrong with that roster.

The calculation touches no database; it is measured with each of them all the same, so that every
figure of the list has both.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from portal.duty.coverage import Duty, Part, Stretch
from portal.duty.roster_rules import Need, check, cover_all
from tests.bench.report import Figure, figure
from tests.bench.stock import Bench

POSTS, DAYS, ROUNDS = 20, 365, 5
#: What the year may take, in milliseconds.
MOST = 1000
NAME = "roster"
ZONE = ZoneInfo("Asia/Shanghai")
MIDNIGHT = datetime(2026, 12, 31, 16, tzinfo=UTC)


def measure(_bench: Bench) -> Iterator[Figure]:
    """The whole year of all posts, with a day of leave of everybody in each fortnight."""
    needs, leaves = year()
    values = []
    for _round in range(ROUNDS):
        start = time.perf_counter()
        covered = cover_all(needs, leaves)
        check(needs, covered, leaves, rest=timedelta(hours=11), zone=ZONE)
        values.append((time.perf_counter() - start) * 1000)
    yield figure(f"{NAME}: {POSTS} posts, {DAYS} days", _bench.database, "ms", values)
    assert min(values) < MOST, f"the year took {min(values):.0f} ms"


def year() -> tuple[list[Need], dict[int, list[Stretch]]]:
    """A desk kept round the clock by three shifts, and windows with an A and a B each."""
    needs = [Need(0, [(_at(0), _at(24 * DAYS))], _shifts())]
    for post_id in range(1, POSTS):
        hours = [
            stretch
            for day in range(DAYS)
            for stretch in (
                (_at(24 * day + 9), _at(24 * day + 12)),
                (_at(24 * day + 13), _at(24 * day + 17)),
            )
        ]
        people = ((post_id, Part.A), (POSTS + post_id, Part.B))
        duties = [Duty(who, part, *stretch) for who, part in people for stretch in hours]
        needs.append(Need(post_id, hours, duties))
    leaves = {
        who: [(_at(24 * day), _at(24 * day + 24)) for day in range(who % 14, DAYS, 14)]
        for who in range(1, 2 * POSTS)
    }
    return needs, leaves


def _shifts() -> list[Duty]:
    return [
        Duty(100 + n % 5, part, _at(8 * n), _at(8 * n + 8))
        for part in (Part.A, Part.B)
        for n in range(3 * DAYS)
    ]


def _at(hours: int) -> datetime:
    return MIDNIGHT + timedelta(hours=hours)
