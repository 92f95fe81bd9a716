"""What a roster has to hold: every post kept, nobody twice at once, on leave or without rest."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from portal.core.errors import N_
from portal.duty.coverage import (
    BY_NAME,
    Duty,
    Part,
    Segment,
    Stretch,
    Without,
    cover,
    intersect,
    subtract,
)

#: Those who stand by and come when nobody above them can.
STANDING_BY = frozenset({Part.B, Part.C})
#: By staff and post: when somebody may keep that post beside another one (兼崗).
Permitted = Mapping[tuple[int, int], Sequence[Stretch]]


class Trouble(StrEnum):
    """What is wrong with a roster."""

    GAP = "gap"
    TWICE = "twice"
    ON_LEAVE = "on_leave"
    REST = "rest"
    UNSIGNED = "unsigned"
    UNQUALIFIED = "unqualified"
    EXPIRED = "expired"


TROUBLE_LABELS: Mapping[Trouble, str] = {
    Trouble.GAP: N_("Nobody is there"),
    Trouble.TWICE: N_("Is at another post at the same time"),
    Trouble.ON_LEAVE: N_("Is on leave then"),
    Trouble.REST: N_("Has too little rest between two shifts"),
    Trouble.UNSIGNED: N_("Has not signed the duty statement of this post"),
    Trouble.UNQUALIFIED: N_("Is not qualified for a service of this post"),
    Trouble.EXPIRED: N_("A qualification for this post ends before that"),
}
#: What to do about it.
WAYS_OUT: Mapping[Trouble, str] = {
    Trouble.GAP: N_("Find somebody for it."),
    Trouble.TWICE: N_("Put somebody else at one of the two posts."),
    Trouble.ON_LEAVE: N_("Put somebody else there."),
    Trouble.REST: N_("Put somebody else there, or let the shift begin later."),
    Trouble.UNSIGNED: N_("Ask them to sign it."),
    Trouble.UNQUALIFIED: N_("Put somebody else there, or write down the qualification."),
    Trouble.EXPIRED: N_("Put somebody else there, or renew the qualification."),
}


@dataclass(frozen=True)
class Need:
    """A post with the time for which it has to be kept, and those who are to keep it."""

    post_id: int
    required: Sequence[Stretch]
    duties: Sequence[Duty]


@dataclass(frozen=True)
class Turn:
    """A stretch for which somebody keeps a post."""

    start: datetime
    end: datetime
    post_id: int
    part: Part

    def meets(self, start: datetime, end: datetime) -> bool:
        """Whether any moment lies in both."""
        return self.start < end and start < self.end


@dataclass(frozen=True)
class Finding:
    """Something wrong with a roster, when and where; a gap has nobody."""

    trouble: Trouble
    post_id: int
    start: datetime
    end: datetime
    staff_id: int | None = None
    #: The other post, where there is one.
    other_post_id: int | None = None


def cover_all(
    needs: Sequence[Need],
    leaves: Mapping[int, Sequence[Stretch]],
    permitted: Permitted | None = None,
) -> dict[int, list[Segment]]:
    """Who keeps each post, by its id; who stands by comes only where no other post needs them.

    Posts that come first get those who stand by for several first.
    """
    taken: dict[int, list[Turn]] = defaultdict(list)
    for need in needs:
        own = [duty for duty in need.duties if duty.part not in STANDING_BY]
        _note(taken, need.post_id, cover(need.required, own, leaves))
    covered = {}
    for need in needs:
        duties = _free(need, taken, permitted or {})
        covered[need.post_id] = cover(need.required, duties, leaves)
        _note(taken, need.post_id, covered[need.post_id], only=STANDING_BY)
    return covered


def cover_by_standby(
    need: Need,
    turns: Mapping[int, Sequence[Turn]],
    leaves: Mapping[int, Sequence[Stretch]],
    permitted: Permitted,
) -> list[Segment]:
    """Who of those who stand by at a post would keep it if nobody above them came.

    ``turns``: what everybody keeps as it stands; what they keep at this post keeps them from none.
    """
    standing_by = [duty for duty in need.duties if duty.part in STANDING_BY]
    duties = _free(replace(need, duties=standing_by), turns, permitted)
    return cover(need.required, duties, leaves)


def list_turns(covered: Mapping[int, Iterable[Segment]]) -> dict[int, list[Turn]]:
    """When each person keeps which post, by staff and in order."""
    turns: dict[int, list[Turn]] = defaultdict(list)
    for post_id, segments in covered.items():
        _note(turns, post_id, segments)
    return {
        staff_id: sorted(found, key=lambda turn: (turn.start, turn.end, turn.post_id))
        for staff_id, found in turns.items()
    }


def check(
    needs: Sequence[Need],
    covered: Mapping[int, Sequence[Segment]],
    leaves: Mapping[int, Sequence[Stretch]],
    *,
    rest: timedelta,
    zone: ZoneInfo,
    permitted: Permitted | None = None,
) -> list[Finding]:
    """All that is wrong with a roster, the earliest first.

    ``rest`` is what lies at least between two shifts that begin on different days of the zone.
    """
    found = [
        Finding(Trouble.GAP, post_id, segment.start, segment.end)
        for post_id, segments in covered.items()
        for segment in segments
        if segment.is_gap
    ]
    for need in needs:
        found += _on_leave(need, leaves)
    for staff_id, turns in list_turns(covered).items():
        found += _twice(staff_id, turns, permitted or {})
        found += _tired(staff_id, turns, rest, zone)
    return sorted(found, key=lambda each: (each.start, each.post_id, each.staff_id or 0))


def find_obstacle(
    turns: Sequence[Turn],
    leave: Sequence[Stretch],
    wanted: Turn,
    *,
    rest: timedelta,
    zone: ZoneInfo,
    permitted: Mapping[int, Sequence[Stretch]] | None = None,
) -> tuple[Trouble, int | None] | None:
    """Why somebody cannot keep a post for a stretch, and the other post; None: nothing is amiss.

    ``permitted``: when this person may keep a post beside another one, by post.
    """
    allowed = permitted or {}
    if intersect([(wanted.start, wanted.end)], leave):
        return Trouble.ON_LEAVE, None
    for turn in turns:
        if turn.post_id == wanted.post_id:
            continue
        both = intersect([(wanted.start, wanted.end)], [(turn.start, turn.end)])
        for post_id in (wanted.post_id, turn.post_id):
            both = subtract(both, allowed.get(post_id, ()))
        if both:
            return Trouble.TWICE, turn.post_id
    for other in turns:
        before, after = sorted((other, wanted), key=lambda turn: (turn.start, turn.end))
        if _is_short(before, after, rest, zone):
            return Trouble.REST, other.post_id
    return None


def _on_leave(need: Need, leaves: Mapping[int, Sequence[Stretch]]) -> list[Finding]:
    """Whom a person put there by name, though they are away by then."""
    return [
        Finding(Trouble.ON_LEAVE, need.post_id, start, end, duty.staff_id)
        for duty in need.duties
        if duty.part in BY_NAME and duty.staff_id in leaves
        for start, end in intersect([(duty.start, duty.end)], leaves[duty.staff_id])
    ]


def _twice(staff_id: int, turns: Sequence[Turn], permitted: Permitted) -> list[Finding]:
    found: list[Finding] = []
    for place, turn in enumerate(turns):
        for other in turns[place + 1 :]:
            if other.start >= turn.end:
                break
            both = [(other.start, min(turn.end, other.end))]
            for post_id in (turn.post_id, other.post_id):
                both = subtract(both, permitted.get((staff_id, post_id), ()))
            if other.post_id == turn.post_id:
                continue
            found += [
                Finding(Trouble.TWICE, other.post_id, start, end, staff_id, turn.post_id)
                for start, end in both
            ]
    return found


def _tired(staff_id: int, turns: Sequence[Turn], rest: timedelta, zone: ZoneInfo) -> list[Finding]:
    """Each turn that follows another one too soon, though a shorter one lies in between."""
    found: list[Finding] = []
    recent: list[Turn] = []
    for after in turns:
        recent = [turn for turn in recent if after.start < turn.end + rest]
        short = [turn for turn in recent if _is_short(turn, after, rest, zone)]
        if short:
            last = max(short, key=lambda turn: turn.end)
            found.append(
                Finding(Trouble.REST, after.post_id, after.start, after.end, staff_id, last.post_id)
            )
        recent.append(after)
    return found


def _is_short(before: Turn, after: Turn, rest: timedelta, zone: ZoneInfo) -> bool:
    """Whether two shifts of different days follow each other too soon; two at once are no rest."""
    days = {turn.start.astimezone(zone).date() for turn in (before, after)}
    return len(days) > 1 and after.start < before.end + rest and not after.start < before.end


def _free(need: Need, taken: Mapping[int, Sequence[Turn]], permitted: Permitted) -> list[Duty]:
    """The duties at a post without the time for which other posts need those who stand by."""
    elsewhere: dict[int, Without] = {}
    for staff_id in {duty.staff_id for duty in need.duties if duty.part in STANDING_BY}:
        turns = taken.get(staff_id, ())
        away = [(turn.start, turn.end) for turn in turns if turn.post_id != need.post_id]
        allowed = permitted.get((staff_id, need.post_id), ())
        elsewhere[staff_id] = Without(subtract(away, allowed))
    duties = []
    for duty in need.duties:
        if duty.part not in STANDING_BY:
            duties.append(duty)
            continue
        left = elsewhere[duty.staff_id].of(duty.start, duty.end)
        duties += [replace(duty, start=start, end=end) for start, end in left]
    return duties


def _note(
    turns: dict[int, list[Turn]],
    post_id: int,
    segments: Iterable[Segment],
    *,
    only: frozenset[Part] = frozenset(Part),
) -> None:
    for segment in segments:
        duty = segment.duty
        if duty is not None and duty.part in only:
            turns[duty.staff_id].append(Turn(segment.start, segment.end, post_id, duty.part))
