"""Attendance (考勤): when somebody was due at a post and when there, shift by shift; pure.

Nothing of it is kept: whoever asks gets what follows from the roster, leave and presences.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.core.errors import N_, DomainError
from portal.duty.coverage import Segment, Stretch, intersect, subtract
from portal.duty.rules import MINUTE

NOTHING = timedelta()


class NothingToContest(DomainError):
    """Whoever was there all the time has nothing to say against it."""

    default = N_("You were there all the time. There is nothing to contest.")


class TooLateToContest(DomainError):
    """What nobody contests in time stays as it is."""

    default = N_("An entry can be contested for so many days after the shift: %(days)s.")


class NeedsWords(DomainError):
    """What the other one reads needs its words."""

    default = N_("Write the reason in words.")


@dataclass(frozen=True)
class Due:
    """A published shift with the time that its holder was to keep, in order."""

    shift_id: int
    staff_id: int
    post_id: int
    start: datetime
    end: datetime
    stretches: Sequence[Stretch]


@dataclass(frozen=True)
class Stay:
    """Somebody at a post, from signing in to signing out, or to when that was due."""

    staff_id: int
    post_id: int
    start: datetime
    end: datetime
    is_cover: bool = False
    #: Nobody signed out; it was ended from outside.
    is_forgotten: bool = False
    #: When somebody was away for longer than a colleague covers.
    missed: Sequence[Stretch] = ()

    @property
    def stretches(self) -> list[Stretch]:
        """The time that counts: short absences are at work, what goes beyond them is not."""
        return subtract([(self.start, self.end)], self.missed)


@dataclass(frozen=True)
class Entry:
    """What came of a shift."""

    shift_id: int
    staff_id: int
    post_id: int
    start: datetime
    end: datetime
    due: timedelta
    there: timedelta
    #: Whole minutes due before coming, and after leaving; 0: not worth a word.
    late: int = 0
    early: int = 0
    is_absent: bool = False
    is_forgotten: bool = False
    #: Left before the end, and in the same second somebody else took the post.
    is_relieved: bool = False

    @property
    def is_in_order(self) -> bool:
        """Whether nothing is to be said of it."""
        return not (self.late or self.early or self.is_absent or self.is_forgotten)

    @property
    def can_be_contested(self) -> bool:
        """Whether the person could see it otherwise."""
        return self.there < self.due or self.is_forgotten


@dataclass(frozen=True)
class Totals:
    """A month in figures; what was excused is counted in its hours alone."""

    due: timedelta = NOTHING
    there: timedelta = NOTHING
    late: int = 0
    early: int = 0
    absent: int = 0
    excused: int = 0


def list_dues(
    shifts: Mapping[int, tuple[int, datetime, datetime]],
    covered: Mapping[int, Iterable[Segment]],
    leaves: Mapping[int, Sequence[Stretch]],
) -> list[Due]:
    """What each shift asked of its holder; a shift that somebody else kept asks for nothing.

    ``shifts``: whose each is, and from when to when, by the key of its duty; ``covered``: who was
    to keep each post. Whoever was put there by name is not due on leave either.
    """
    kept: dict[int, list[Stretch]] = defaultdict(list)
    posts: dict[int, int] = {}
    for post_id, segments in covered.items():
        for segment in segments:
            if segment.duty is not None and segment.duty.key is not None:
                kept[segment.duty.key].append((segment.start, segment.end))
                posts[segment.duty.key] = post_id
    found = []
    for shift_id, stretches in kept.items():
        staff_id, start, end = shifts[shift_id]
        if due := subtract(stretches, leaves.get(staff_id, ())):
            found.append(Due(shift_id, staff_id, posts[shift_id], start, end, due))
    return sorted(found, key=lambda one: (one.start, one.shift_id))


def judge(due: Due, stays: Collection[Stay], *, grace: int) -> Entry:
    """What came of a shift that is over; ``stays`` are everybody's at its post.

    Late are the minutes due before coming, early those after leaving, each only when more than
    ``grace``; nobody leaves early whom somebody else relieves.
    """
    own = [one for one in stays if one.staff_id == due.staff_id]
    there = intersect(due.stretches, [part for one in own for part in one.stretches])
    late = early = 0
    is_relieved = False
    if there:
        came, left = there[0][0], there[-1][1]
        late = _count(due, due.stretches[0][0], came, grace)
        early = _count(due, left, due.stretches[-1][1], grace)
        is_relieved = bool(early) and _is_relieved(due, own, stays)
    return Entry(
        shift_id=due.shift_id,
        staff_id=due.staff_id,
        post_id=due.post_id,
        start=due.start,
        end=due.end,
        due=measure(due.stretches),
        there=measure(there),
        late=late,
        early=0 if is_relieved else early,
        is_absent=not there,
        is_forgotten=any(
            one.is_forgotten and intersect(due.stretches, one.stretches) for one in own
        ),
        is_relieved=is_relieved,
    )


def add_up(entries: Iterable[Entry], excused: Collection[int]) -> Totals:
    """The figures of some entries; ``excused`` are the shifts of which the head said so."""
    all_of_them = list(entries)
    counted = [one for one in all_of_them if one.shift_id not in excused]
    return Totals(
        due=sum((one.due for one in all_of_them), NOTHING),
        there=sum((one.there for one in all_of_them), NOTHING),
        late=sum(one.late > 0 for one in counted),
        early=sum(one.early > 0 for one in counted),
        absent=sum(one.is_absent for one in counted),
        excused=len(all_of_them) - len(counted),
    )


def check_contest(entry: Entry, words: str, *, days: int, now: datetime) -> None:
    """Whether an entry can be contested by now.

    Raises NeedsWords on "words", NothingToContest and TooLateToContest.
    """
    if not words.strip():
        raise NeedsWords(field="words")
    if not entry.can_be_contested:
        raise NothingToContest
    if now >= entry.end + timedelta(days=days):
        raise TooLateToContest(days=days)


def find_judges(
    staff_id: int,
    unit_id: int,
    heads: Mapping[int, tuple[int | None, int | None]],
    parents: Mapping[int, int | None],
    overseers: Collection[int],
) -> set[int]:
    """Who decides on what somebody of a unit contests: head and deputy, never the person.

    Of what the head contests whoever heads the next unit above; where there is nobody, those who
    oversee. ``heads``: head and deputy by unit; ``parents``: the unit above each.
    """
    head, deputy = heads.get(unit_id, (None, None))
    found = {head, deputy} - {staff_id, None} if head != staff_id else set()
    above = parents.get(unit_id)
    while not found and above is not None:
        found = {heads.get(above, (None, None))[0]} - {staff_id, None}
        above = parents.get(above)
    return {one for one in found or overseers if one is not None and one != staff_id}


def measure(stretches: Iterable[Stretch]) -> timedelta:
    """How long they are together, where none touches another's time."""
    return sum((end - start for start, end in stretches), NOTHING)


def _count(due: Due, start: datetime, end: datetime, grace: int) -> int:
    """The whole minutes due between two moments, where they are more than the grace."""
    minutes = measure(intersect(due.stretches, [(start, end)])) // MINUTE
    return minutes if minutes > grace else 0


def _is_relieved(due: Due, own: Iterable[Stay], stays: Iterable[Stay]) -> bool:
    """Whether somebody took the post in the second of leaving; only a handover does that."""
    left = max(one.end for one in own if intersect(due.stretches, one.stretches))
    return any(
        one.start == left and not one.is_cover and one.staff_id != due.staff_id for one in stays
    )
