"""Who could keep a post for a while, and why the others who know it cannot."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.catalog.models import Post
from portal.duty.coverage import Part, Stretch
from portal.duty.roster_queries import DAY, Plan, read_plan
from portal.duty.roster_rules import Trouble, Turn, find_obstacle
from portal.tenancy.queries import Tenant


@dataclass(frozen=True)
class Candidate:
    """Somebody with a place at a post, and what keeps them from it."""

    staff_id: int
    name: str
    position: str
    #: None: nothing does.
    trouble: Trouble | None = None
    #: The other post, where there is one.
    other: Post | None = None

    @property
    def can(self) -> bool:
        """Whether nothing speaks against it."""
        return self.trouble is None


def list_candidates(
    session: Session,
    tenant: Tenant,
    post: Post,
    start: datetime,
    end: datetime,
    *,
    rest: timedelta,
) -> list[Candidate]:
    """Everybody with a place at a post, those who can keep it for a stretch first."""
    plan = read_plan(session, tenant, start - 2 * DAY, end + 2 * DAY)
    return weigh(plan, post, [(start, end)], rest=rest)


def weigh(
    plan: Plan, post: Post, wanted: Iterable[Stretch], *, rest: timedelta, besides: int = 0
) -> list[Candidate]:
    """The same by a plan that was read, for several stretches; ``besides`` is not asked."""
    stretches = list(wanted)
    found = []
    for one in plan.serving.get(post.id, ()):
        if one.staff_id == besides:
            continue
        obstacle = find_obstacle_of(plan, one.staff_id, post.id, stretches, rest=rest)
        trouble, other = obstacle or (None, None)
        found.append(
            Candidate(one.staff_id, one.name, one.position, trouble, plan.by_id.get(other or 0))
        )
    return sorted(found, key=lambda one: not one.can)


def find_obstacle_of(
    plan: Plan, staff_id: int, post_id: int, wanted: Iterable[Stretch], *, rest: timedelta
) -> tuple[Trouble, int | None] | None:
    """The first thing that keeps somebody from a post in some stretches."""
    allowed = {post: when for (who, post), when in plan.permitted.items() if who == staff_id}
    for start, end in wanted:
        obstacle = find_obstacle(
            plan.turns.get(staff_id, ()),
            plan.leaves.get(staff_id, ()),
            Turn(start, end, post_id, Part.OVERRIDE),
            rest=rest,
            zone=plan.tenant.zone,
            permitted=allowed,
        )
        if obstacle is not None:
            return obstacle
        lack = plan.fitness.find_lack(staff_id, post_id, end)
        if lack is not None:
            return lack, None
    return None
