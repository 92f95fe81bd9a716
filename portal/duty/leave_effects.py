"""What a leave would do to the roster, and who could cover: asked before it is written down."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.catalog.models import Post
from portal.duty.candidates import Candidate, find_obstacle_of, weigh
from portal.duty.coverage import BY_NAME, Duty, Part, Stretch, intersect, subtract, unite
from portal.duty.roster_queries import DAY, Plan, read_plan
from portal.duty.roster_rules import Need, Trouble
from portal.tenancy.queries import Tenant

#: Who of a post never are away together (I-5).
PAIR = frozenset({Part.A, Part.B})


@dataclass(frozen=True)
class Affected:
    """A post, and the time for which a leave touches it."""

    post: Post
    stretches: Sequence[Stretch]


@dataclass(frozen=True)
class Effect:
    """What a leave does: which posts the person keeps, which are empty then, where A and B go."""

    plan: Plan
    staff_id: int
    kept: Sequence[Affected]
    emptied: Sequence[Affected]
    together: Sequence[Affected]
    #: Who comes in the person's place without being put there, one after the other.
    successors: Sequence[int]

    @property
    def needs_named_cover(self) -> bool:
        """Whether somebody has to be named, since nobody comes by himself or A and B go at once."""
        return bool(self.emptied or self.together)

    @property
    def touched(self) -> list[Affected]:
        """The posts at which somebody covers: those kept, else those that lose A and B."""
        return list(self.kept or self.together)

    def find_obstacle(self, cover_id: int, rest: timedelta) -> tuple[Post, Trouble | None] | None:
        """Why somebody cannot cover; no trouble named: has no place at the post."""
        for each in self.touched:
            if cover_id not in {one.staff_id for one in self.plan.serving.get(each.post.id, ())}:
                return each.post, None
            obstacle = find_obstacle_of(
                self.plan, cover_id, each.post.id, each.stretches, rest=rest
            )
            if obstacle is not None:
                return each.post, obstacle[0]
        return None

    def candidates(self, rest: timedelta) -> list[tuple[Post, list[Candidate]]]:
        """For each post that somebody has to cover, who could and why others cannot."""
        return [
            (
                each.post,
                weigh(self.plan, each.post, each.stretches, rest=rest, besides=self.staff_id),
            )
            for each in self.touched
        ]


def foresee(
    session: Session,
    tenant: Tenant,
    *,
    staff_id: int,
    start: datetime,
    end: datetime,
    besides: int | None = None,
) -> Effect:
    """What a leave from one moment to another would do; ``besides``: its own row, if it has one."""
    margin = 2 * DAY
    plan = read_plan(
        session, tenant, start - margin, end + margin, with_asked=True, besides=besides
    )
    asked = [(start, end)]
    after = replace(
        plan,
        needs=[_without(need, staff_id, asked) for need in plan.needs],
        leaves={**plan.leaves, staff_id: unite([*plan.leaves.get(staff_id, ()), *asked])},
    )
    kept = _kept(plan, staff_id, asked)
    gaps = after.gaps(start, end)
    emptied = [
        Affected(each.post, left)
        for each in kept
        if (left := intersect(each.stretches, gaps[each.post.id]))
    ]
    return Effect(
        plan=plan,
        staff_id=staff_id,
        kept=kept,
        emptied=emptied,
        together=_together(plan, staff_id, asked),
        successors=_successors(after, kept),
    )


def _kept(plan: Plan, staff_id: int, asked: Iterable[Stretch]) -> list[Affected]:
    by_post: dict[int, list[Stretch]] = {}
    for turn in plan.turns.get(staff_id, ()):
        by_post.setdefault(turn.post_id, []).extend(intersect([(turn.start, turn.end)], asked))
    return [
        Affected(plan.by_id[post_id], stretches)
        for post_id, stretches in sorted(by_post.items())
        if stretches
    ]


def _together(plan: Plan, staff_id: int, asked: Sequence[Stretch]) -> list[Affected]:
    """Where A and B of a post would be away at the same time (I-5)."""
    found = []
    for need in plan.needs:
        own = [duty for duty in need.duties if duty.staff_id == staff_id and duty.part in PAIR]
        others = [
            (duty, plan.leaves[duty.staff_id])
            for duty in need.duties
            if duty.part in PAIR and duty.staff_id != staff_id and duty.staff_id in plan.leaves
        ]
        both = unite(
            stretch
            for mine in own
            for other, away in others
            if other.part is not mine.part
            for stretch in intersect(
                intersect([(mine.start, mine.end)], asked),
                intersect([(other.start, other.end)], away),
            )
        )
        if both:
            found.append(Affected(plan.by_id[need.post_id], both))
    return found


def _successors(after: Plan, kept: Iterable[Affected]) -> list[int]:
    """Who comes by himself to the posts that the person keeps."""
    found = [
        segment.duty.staff_id
        for each in kept
        for segment in after.covered[each.post.id]
        if segment.duty is not None and intersect([(segment.start, segment.end)], each.stretches)
    ]
    return list(dict.fromkeys(found))


def _without(need: Need, staff_id: int, asked: Sequence[Stretch]) -> Need:
    """A post's need once whoever goes on leave is taken out where a person had put them."""
    duties: list[Duty] = []
    for duty in need.duties:
        if duty.staff_id != staff_id or duty.part not in BY_NAME:
            duties.append(duty)
            continue
        left = subtract([(duty.start, duty.end)], asked)
        duties += [replace(duty, start=start, end=end) for start, end in left]
    return replace(need, duties=duties)
