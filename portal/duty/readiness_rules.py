"""Whether somebody is ready to take A's place at a post (W-AB-2, RP-05); pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from portal.core.errors import N_
from portal.core.shares import share
from portal.duty.coverage import Segment, Stretch
from portal.duty.fitness_rules import Fitness
from portal.duty.kept_rules import MISSED, Answer, Call, measure
from portal.duty.roster_rules import Need, Permitted, Turn, cover_by_standby

MINUTE = timedelta(minutes=1)


class Lack(StrEnum):
    """Why nobody is ready to take A's place."""

    NOBODY = "nobody"
    UNSIGNED = "unsigned"
    UNQUALIFIED = "unqualified"
    EXPIRED = "expired"
    NEVER_FREE = "never_free"


LACK_LABELS = {
    Lack.NOBODY: N_("Nobody is named as B or C."),
    Lack.UNSIGNED: N_("%(name)s has not signed the duty statement that is in force."),
    Lack.UNQUALIFIED: N_("%(name)s is not qualified for a service of this post."),
    Lack.EXPIRED: N_("A qualification of %(name)s is over."),
    Lack.NEVER_FREE: N_("%(name)s is on leave or needed elsewhere in all of the hours."),
}


@dataclass(frozen=True)
class Fit:
    """Whether somebody may keep a post, and up to when."""

    #: Whether the statement that is in force is signed; none: the post has none.
    is_signed: bool | None = None
    #: What is missing of the qualifications that are asked for.
    unqualified: Lack | None = None
    #: Until when all of them hold; none: none is asked for, or one is missing.
    until: datetime | None = None

    @property
    def lack(self) -> Lack | None:
        """What keeps the person from the post."""
        return Lack.UNSIGNED if self.is_signed is False else self.unqualified


@dataclass(frozen=True)
class Standby:
    """Somebody who is named as B or C of a post."""

    staff_id: int
    name: str
    position: str
    fit: Fit
    #: When the person last began to keep or to cover the post; none: never.
    last_at: datetime | None
    #: How much of the required time of the next days the person could keep it.
    free: timedelta


@dataclass(frozen=True)
class Readiness:
    """What is to be said of a post."""

    standbys: Sequence[Standby]
    required: timedelta
    #: The required time in which nobody could step in.
    gaps: Sequence[Stretch]
    calls: Sequence[Call] = ()

    @property
    def possible(self) -> Decimal | None:
        """The share of the required time in which somebody could step in; none: none is required.

        Rounded down, so that only all of it is 100.
        """
        whole = int(self.required / MINUTE)
        return share(int((self.required - measure(self.gaps)) / MINUTE), whole)

    @property
    def reasons(self) -> list[tuple[Lack, str]]:
        """Why nobody is ready, by name; nothing where somebody is."""
        if not self.standbys:
            return [(Lack.NOBODY, "")]
        found = [(self._lack_of(one), one.name) for one in self.standbys]
        lacks = [(lack, name) for lack, name in found if lack is not None]
        return lacks if len(lacks) == len(self.standbys) else []

    def _lack_of(self, one: Standby) -> Lack | None:
        if one.fit.lack is not None:
            return one.fit.lack
        return Lack.NEVER_FREE if self.required and not one.free else None

    @property
    def is_ready(self) -> bool:
        """Whether anybody is."""
        return not self.reasons

    @property
    def answers(self) -> Counter[Answer]:
        """How requests to stand in were answered."""
        return Counter(call.answer for call in self.calls)

    @property
    def missed(self) -> int:
        """To how many of them nobody came in time."""
        return sum(self.answers[answer] for answer in MISSED)


def find_fit(fitness: Fitness, staff_id: int, post_id: int, now: datetime) -> Fit:
    """What somebody has of what a post asks for, and lacks of it, as of now."""
    newest = fitness.newest.get(post_id)
    signed = fitness.signed.get((staff_id, post_id), 0)
    ends = [fitness.qualified.get((staff_id, each)) for each in fitness.asked.get(post_id, ())]
    held = [end for end in ends if end is not None]
    lack = None
    if len(held) < len(ends):
        lack = Lack.UNQUALIFIED
    elif any(end < now for end in held):
        lack = Lack.EXPIRED
    return Fit(
        is_signed=None if newest is None else signed >= newest,
        unqualified=lack,
        until=min(held, default=None) if lack is None else None,
    )


def step_in(
    need: Need,
    turns: Mapping[int, Sequence[Turn]],
    leaves: Mapping[int, Sequence[Stretch]],
    permitted: Permitted,
    fits: Mapping[int, Fit],
) -> list[Segment]:
    """Who of those who stand by at a post could keep it if nobody above them came."""
    duties = []
    for duty in need.duties:
        fit = fits.get(duty.staff_id, Fit())
        if fit.lack is None:
            end = duty.end if fit.until is None else min(duty.end, fit.until)
            duties.append(replace(duty, end=end))
    fitting = replace(need, duties=[duty for duty in duties if duty.start < duty.end])
    return cover_by_standby(fitting, turns, leaves, permitted)


def only(need: Need, staff_id: int) -> Need:
    """What a post needs, with the duties of one person."""
    return replace(need, duties=[duty for duty in need.duties if duty.staff_id == staff_id])


def split(segments: Iterable[Segment]) -> tuple[timedelta, list[Stretch]]:
    """How much of the time somebody is there, and the stretches in which nobody is."""
    kept, gaps = timedelta(), []
    for segment in segments:
        if segment.is_gap:
            gaps.append((segment.start, segment.end))
        else:
            kept += segment.end - segment.start
    return kept, gaps
