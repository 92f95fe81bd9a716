"""Who keeps a post when, and where nobody does: one calculation for all who ask; pure.

All stretches are pairs of aware UTC moments, half-open: whoever serves until noon and whoever
serves from noon leave no minute between them.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from heapq import heappop, heappush

Stretch = tuple[datetime, datetime]


class Part(StrEnum):
    """As what somebody is to keep a post; the first in this order does, the others stand by."""

    OVERRIDE = "override"
    SWAP = "swap"
    A = "A"
    B = "B"
    C = "C"


#: Those whom a person has put there by name; who is away by then has to be taken out by name.
BY_NAME = frozenset({Part.OVERRIDE, Part.SWAP})
_RANKS = {part: rank for rank, part in enumerate(Part)}


@dataclass(frozen=True)
class Duty:
    """Somebody is to keep the post for a stretch, or to stand by."""

    staff_id: int
    part: Part
    start: datetime
    end: datetime
    #: What it stands for at the caller's, such as the id of a row.
    key: int | None = None


@dataclass(frozen=True)
class Segment:
    """A stretch that the same duty keeps; no duty: a gap (空崗)."""

    start: datetime
    end: datetime
    duty: Duty | None

    @property
    def is_gap(self) -> bool:
        """Whether nobody is there."""
        return self.duty is None


def unite(stretches: Iterable[Stretch]) -> list[Stretch]:
    """All the time that lies in any of them, in order; those that touch are one."""
    united: list[Stretch] = []
    for start, end in sorted(stretches):
        if start >= end:
            continue
        if united and start <= united[-1][1]:
            united[-1] = united[-1][0], max(united[-1][1], end)
        else:
            united.append((start, end))
    return united


def intersect(first: Iterable[Stretch], second: Iterable[Stretch]) -> list[Stretch]:
    """All the time that lies in both."""
    one, other = unite(first), unite(second)
    found: list[Stretch] = []
    i = j = 0
    while i < len(one) and j < len(other):
        start, end = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if start < end:
            found.append((start, end))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return found


def subtract(whole: Iterable[Stretch], taken: Iterable[Stretch]) -> list[Stretch]:
    """All the time of the first that lies in none of the second."""
    without = Without(taken)
    return [left for start, end in unite(whole) for left in without.of(start, end)]


def cover(
    required: Iterable[Stretch],
    duties: Sequence[Duty],
    absences: Mapping[int, Iterable[Stretch]],
) -> list[Segment]:
    """The required time in order, each stretch with the duty that keeps it or as a gap.

    Staffed = overrides ∪ swaps ∪ (A − absence) ∪ (B − absence) ∪ (C − absence). Where several
    could, the part decides, then the order in which the duties are given. ``absences`` are by
    staff: leave, and for whoever stands by also the time for which another post needs them.
    """
    ready = sorted(_available(duties, absences))
    segments: list[Segment] = []
    standing: list[tuple[int, int, datetime]] = []
    coming = 0
    for start, end in unite(required):
        at = start
        while at < end:
            while coming < len(ready) and ready[coming][0] <= at:
                _begin, rank, number, until = ready[coming]
                heappush(standing, (rank, number, until))
                coming += 1
            while standing and standing[0][2] <= at:
                heappop(standing)
            until = min(end, standing[0][2]) if standing else end
            if coming < len(ready):
                until = min(until, ready[coming][0])
            duty = duties[standing[0][1]] if standing else None
            _append(segments, Segment(at, until, duty))
            at = until
    return segments


def list_gaps(segments: Iterable[Segment]) -> list[Stretch]:
    """When nobody is there."""
    return [(segment.start, segment.end) for segment in segments if segment.is_gap]


def _available(
    duties: Sequence[Duty], absences: Mapping[int, Iterable[Stretch]]
) -> Iterator[tuple[datetime, int, int, datetime]]:
    """When each duty can be done: begin, rank of its part, its number, end."""
    away = {staff_id: Without(stretches) for staff_id, stretches in absences.items()}
    for number, duty in enumerate(duties):
        rank = _RANKS[duty.part]
        if duty.start >= duty.end:
            continue
        if duty.part in BY_NAME or duty.staff_id not in away:
            yield duty.start, rank, number, duty.end
            continue
        for start, end in away[duty.staff_id].of(duty.start, duty.end):
            yield start, rank, number, end


def _append(segments: list[Segment], segment: Segment) -> None:
    """Join what the same duty keeps without a pause."""
    last = segments[-1] if segments else None
    if last is not None and last.end == segment.start and last.duty is segment.duty:
        segments[-1] = Segment(last.start, segment.end, segment.duty)
    else:
        segments.append(segment)


class Without:
    """What is left of a stretch when some time is taken; finds its place without reading all."""

    def __init__(self, taken: Iterable[Stretch]) -> None:
        self._taken = unite(taken)
        self._ends = [end for _start, end in self._taken]

    def of(self, start: datetime, end: datetime) -> Iterator[Stretch]:
        """What is left of one stretch, in order."""
        at = start
        for place in range(bisect_right(self._ends, start), len(self._taken)):
            begin, finish = self._taken[place]
            if begin >= end:
                break
            if at < begin:
                yield at, begin
            at = max(at, finish)
        if at < end:
            yield at, end
