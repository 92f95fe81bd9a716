"""The rules of the report of hops and time per holder (RP-06); pure.

A matter's life is cut where something happened to it. Each piece is somebody's, or the person's
while it waits for word from outside; the pieces add up to the whole life.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate, groupby, pairwise
from typing import Generic, TypeVar

from portal.matters.rules import ENDED, State, Verb

Key = TypeVar("Key", bound=Hashable)
#: Steps by which a matter goes from one hand to another because it was referred.
HOPS = frozenset({Verb.ACCEPT, Verb.DECIDE})
#: Hops that are told apart; the last group is this many and more.
MANY_HOPS = 3
#: While it stands so, nobody here can do anything: the word is the person's.
WITH_PERSON = frozenset({State.WAITING, State.TOLD})


@dataclass(frozen=True)
class Holder:
    """Who held a matter: a member of staff, or a post."""

    kind: str
    id: int


@dataclass(frozen=True)
class Moment:
    """What a step of a course says: when, what, and how it stood afterwards."""

    at: datetime
    code: str
    state: State
    holder: Holder


@dataclass(frozen=True)
class Piece:
    """A part of a life in one hand, half-open."""

    holder: Holder
    begin: datetime
    end: datetime
    is_with_person: bool


def pieces_of(course: Sequence[Moment], now: datetime) -> list[Piece]:
    """The parts of a life, in order; after its end there is none until it is opened again.

    ``course`` is in the order in which it happened. What was entered afterwards for an earlier
    moment takes no time.
    """
    found, at = [], None
    for moment, following in zip(course, [*course[1:], None], strict=True):
        begin = moment.at if at is None else max(at, moment.at)
        at = max(begin, following.at if following else now)
        if moment.state not in ENDED and at > begin:
            found.append(Piece(moment.holder, begin, at, moment.state in WITH_PERSON))
    return found


def count_hops(course: Sequence[Moment]) -> int:
    """How often it went to another hand by an accepted referral, or by a decision about one."""
    return sum(
        step.code in HOPS and step.holder != before.holder for before, step in pairwise(course)
    )


class Hours:
    """Open time, read once, so that the working time of many pieces costs little.

    Where there are no hours at all, the clock counts.
    """

    def __init__(self, stretches: Sequence[tuple[datetime, datetime]] | None) -> None:
        self._stretches = stretches
        self._openings = [opening for opening, _closing in stretches or ()]
        lengths = (closing - opening for opening, closing in stretches or ())
        self._before = list(accumulate(lengths, initial=timedelta()))

    def between(self, begin: datetime, end: datetime) -> timedelta:
        """The open time between two moments of the span that was read."""
        if self._stretches is None:
            return end - begin
        return self._until(end) - self._until(begin)

    def _until(self, at: datetime) -> timedelta:
        number = bisect_right(self._openings, at)
        if number == 0 or self._stretches is None:
            return timedelta()
        opening, closing = self._stretches[number - 1]
        return self._before[number - 1] + min(at, closing) - opening


@dataclass(frozen=True)
class Turn(Generic[Key]):
    """A matter in one hand without a break: working time, and time of which the person had it."""

    key: Key
    worked: timedelta
    waited: timedelta
    #: Whether it went on to somebody else; what ends with the matter did not.
    is_passed_on: bool


def turns_of(
    pieces: Sequence[Piece], key: Callable[[Holder], Key], hours: Hours
) -> list[Turn[Key]]:
    """The turns of a life, in order; ``key`` says whose hands count as one, as those of a unit."""
    grouped = [(who, list(parts)) for who, parts in groupby(pieces, lambda one: key(one.holder))]
    # Where a matter had ended, whoever got it when it was opened again took it from nobody.
    begins = [parts[0].begin for _who, parts in grouped[1:]]
    return [
        Turn(
            who,
            _sum(hours, (part for part in parts if not part.is_with_person)),
            _sum(hours, (part for part in parts if part.is_with_person)),
            is_passed_on=parts[-1].end == following,
        )
        for (who, parts), following in zip(grouped, [*begins, None], strict=False)
    ]


def _sum(hours: Hours, parts: Iterable[Piece]) -> timedelta:
    return sum((hours.between(part.begin, part.end) for part in parts), timedelta())


@dataclass(frozen=True)
class Life(Generic[Key]):
    """A matter as the report sees it."""

    matter_id: int
    hops: int
    turns: Sequence[Turn[Key]]


@dataclass
class Held:
    """What one pair of hands did with the matters that came to it."""

    matters: int = 0
    #: Turns that ended by passing it on, and their working time.
    passed: int = 0
    worked: timedelta = timedelta()
    #: The longest turn of all, also of those that run, and whose matter it is.
    longest: timedelta = timedelta()
    longest_id: int | None = None

    @property
    def mean(self) -> timedelta | None:
        """Working time before passing on, on average; None where nothing was passed on."""
        return self.worked / self.passed if self.passed else None


@dataclass
class Summary(Generic[Key]):
    """The report: how many went through how many hands, and how long each kept them."""

    matters: int = 0
    #: By ``group_hops``.
    by_hops: Counter[int] = field(default_factory=Counter)
    held: dict[Key, Held] = field(default_factory=dict)


def group_hops(hops: int) -> int:
    """The group of so many hops: 0, 1, 2, and 3 for three and more."""
    return min(hops, MANY_HOPS)


def summarise(lives: Iterable[Life[Key]]) -> Summary[Key]:
    """Add up lives; what has no turn yet is counted with no hops."""
    found: Summary[Key] = Summary()
    for life in lives:
        found.matters += 1
        found.by_hops[group_hops(life.hops)] += 1
        for key in {turn.key for turn in life.turns}:
            found.held.setdefault(key, Held()).matters += 1
        for turn in life.turns:
            _add(found.held[turn.key], turn, life.matter_id)
    return found


def _add(held: Held, turn: Turn[Key], matter_id: int) -> None:
    if turn.is_passed_on:
        held.passed += 1
        held.worked += turn.worked
    if held.longest_id is None or turn.worked > held.longest:
        held.longest, held.longest_id = turn.worked, matter_id
