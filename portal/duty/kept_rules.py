"""How long a post was kept, for how long nobody was there, and who stood in (W-AB-1, RP-04); pure.

What is cut at the ends of a month adds up: the time of two months is that of both together.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.core.errors import N_
from portal.duty.coverage import Stretch, subtract

#: When an alarm of an empty post was due, and when the first of it was raised.
Raised = tuple[datetime, datetime]


@dataclass(frozen=True)
class Away:
    """A short while away; no end: still, or gone for good from there."""

    start: datetime
    expected: datetime
    end: datetime | None


@dataclass(frozen=True)
class Been:
    """Somebody at a post, from signing in to signing out; no end: is there still."""

    staff_id: int
    start: datetime
    end: datetime | None
    is_cover: bool = False
    away: Sequence[Away] = ()

    def stretches(self, until: datetime) -> list[Stretch]:
        """When the person was there, up to a moment."""
        gone = [(one.start, one.end or until) for one in self.away]
        return subtract([(self.start, min(self.end or until, until))], gone)


@dataclass(frozen=True)
class Empty:
    """A stretch in which an open post had nobody (空崗)."""

    start: datetime
    end: datetime
    #: Who left when it began; none: it began with the opening, or before the month.
    left_id: int | None = None
    #: Who came when it ended; none: it closed, or nobody has come.
    came_id: int | None = None
    #: When the first was told of it; none: it was over before that.
    raised_at: datetime | None = None

    @property
    def length(self) -> timedelta:
        """For how long."""
        return self.end - self.start

    @property
    def answer(self) -> timedelta | None:
        """From the alarm until somebody came; none where either did not happen."""
        if self.raised_at is None or self.came_id is None:
            return None
        return max(self.end - self.raised_at, timedelta())


@dataclass(frozen=True)
class Stood:
    """Somebody stood in (頂崗); no end: stands in still."""

    staff_id: int
    #: For whom, and when that one was to be back.
    for_id: int | None
    expected: datetime | None
    start: datetime
    end: datetime | None
    #: How long of it lies in the month.
    length: timedelta
    #: Longer than whoever was away had said.
    is_over: bool


class Answer(StrEnum):
    """What became of asking a colleague to stand in."""

    IN_TIME = "in_time"
    LATE = "late"
    NOBODY = "nobody"
    #: Back before anybody had to come.
    BACK = "back"
    #: There is still time to come.
    OPEN = "open"


ANSWER_LABELS = {
    Answer.IN_TIME: N_("Somebody came in time"),
    Answer.LATE: N_("Somebody came late"),
    Answer.NOBODY: N_("Nobody came"),
    Answer.BACK: N_("Was back before that"),
    Answer.OPEN: N_("There is still time"),
}
#: A colleague was needed and did not come in time.
MISSED = frozenset({Answer.LATE, Answer.NOBODY})


@dataclass(frozen=True)
class Call:
    """That somebody stepped away from an open post, by which a colleague is asked to come."""

    asker_id: int
    at: datetime
    answer: Answer
    came_id: int | None = None
    came_at: datetime | None = None


@dataclass(frozen=True)
class Kept:
    """What is to be said of a post and a month."""

    required: timedelta = timedelta()
    empty: Sequence[Empty] = ()
    stood: Sequence[Stood] = ()
    calls: Sequence[Call] = ()

    @property
    def unkept(self) -> timedelta:
        """How long nobody was there."""
        return _sum(one.length for one in self.empty)

    @property
    def longest(self) -> timedelta:
        """The longest stretch with nobody."""
        return max((one.length for one in self.empty), default=timedelta())

    @property
    def raised(self) -> list[Empty]:
        """The stretches of which somebody was told."""
        return [one for one in self.empty if one.raised_at is not None]

    @property
    def answer(self) -> timedelta | None:
        """From the alarm until somebody came, on average; none where nobody ever came."""
        found = [one.answer for one in self.empty if one.answer is not None]
        return _sum(found) / len(found) if found else None

    @property
    def covered(self) -> timedelta:
        """How long others stood in."""
        return _sum(one.length for one in self.stood)

    @property
    def over(self) -> list[Stood]:
        """Covers that took longer than was said."""
        return [one for one in self.stood if one.is_over]


def _sum(lengths: Iterable[timedelta]) -> timedelta:
    return sum(lengths, timedelta())


def measure(stretches: Iterable[Stretch]) -> timedelta:
    """How long stretches that do not overlap are together."""
    return _sum(end - start for start, end in stretches)


def find_empty(
    required: Iterable[Stretch], beens: Iterable[Been], raised: Iterable[Raised], until: datetime
) -> list[Empty]:
    """The required time in which nobody was there, in order, with who left and who came."""
    stays = [(*stay, been.staff_id) for been in beens for stay in been.stretches(until)]
    left = {end: staff_id for _start, end, staff_id in stays}
    came = {start: staff_id for start, _end, staff_id in stays}
    told = sorted(raised)
    return [
        Empty(start, end, left.get(start), came.get(end), _find_raised(told, start, end))
        for start, end in subtract(required, [(start, end) for start, end, _who in stays])
    ]


def _find_raised(told: Sequence[Raised], start: datetime, end: datetime) -> datetime | None:
    """An alarm belongs to the stretch in which it was due."""
    number = bisect_right(told, start, key=lambda one: one[0])
    return told[number][1] if number < len(told) and told[number][0] <= end else None


def find_stood(beens: Sequence[Been], begin: datetime, until: datetime) -> list[Stood]:
    """The covers that fall into a span, in order, with the part of each that lies in it."""
    found = []
    for been in sorted(beens, key=lambda one: one.start):
        ended = min(been.end or until, until)
        is_within = begin <= been.start < until or been.start < begin < ended
        if not been.is_cover or not is_within:
            continue
        staff_id, away = _find_absent(beens, been.start)
        expected = away.expected if away else None
        found.append(
            Stood(
                been.staff_id,
                staff_id,
                expected,
                been.start,
                been.end,
                max(ended - max(been.start, begin), timedelta()),
                is_over=expected is not None and (been.end or until) > expected,
            )
        )
    return found


def _find_absent(beens: Sequence[Been], at: datetime) -> tuple[int | None, Away | None]:
    """Who was away from the post at a moment."""
    for been in beens:
        for away in been.away:
            ends = [end for end in (away.end, been.end) if end is not None]
            if away.start <= at and all(at <= end for end in ends):
                return been.staff_id, away
    return None, None


def find_calls(
    beens: Sequence[Been],
    required: Sequence[Stretch],
    *,
    limit: timedelta,
    begin: datetime,
    until: datetime,
) -> list[Call]:
    """Each time somebody stepped away from the open post within a span, and who came."""
    covers = sorted((one.start, one.staff_id) for one in beens if one.is_cover)
    found = []
    for been in beens:
        for away in been.away:
            is_open = any(start <= away.start < end for start, end in required)
            if not (begin <= away.start < until and is_open):
                continue
            back = min((one for one in (away.end, been.end) if one is not None), default=None)
            came = next(
                (one for one in covers if away.start <= one[0] <= (back or until)), (None, None)
            )
            answer = _judge(came[0], back, away.start + limit, until)
            found.append(Call(been.staff_id, away.start, answer, came[1], came[0]))
    return sorted(found, key=lambda one: one.at)


def _judge(
    came_at: datetime | None, back: datetime | None, limit_at: datetime, until: datetime
) -> Answer:
    if came_at is not None:
        return Answer.IN_TIME if came_at <= limit_at else Answer.LATE
    if back is not None and back <= limit_at:
        return Answer.BACK
    return Answer.OPEN if limit_at > until else Answer.NOBODY
