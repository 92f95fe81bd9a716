"""Carrying out a change of the roster together with what it does to those who are booked."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.calendar.affected import Affected
from portal.core.actor import Actor
from portal.core.errors import N_, DomainError
from portal.duty.coverage import Stretch, intersect, subtract
from portal.duty.events import (
    CoverageChanged,
    CoverageChanging,
    Uncovered,
    coverage_changed,
    find_impacts,
)
from portal.duty.leave_effects import Effect
from portal.duty.roster_models import Shift
from portal.duty.roster_queries import DAY, Plan, read_plan
from portal.tenancy.queries import get_tenant


class HitsPeople(DomainError):
    """Nobody leaves booked people before an empty window without having seen whom it hits."""

    status = 409
    default = N_(
        "Appointments in a time that nobody would keep: %(count)s. Look whom it hits, or find "
        "somebody for it first."
    )


def find_uncovered(session: Session, shift: Shift, now: datetime) -> list[Uncovered]:
    """Where nobody would be without a shift, and somebody is with it."""
    tenant = get_tenant(session)
    start = max(shift.starts_at, now)
    plan = read_plan(session, tenant, shift.starts_at - DAY, shift.ends_at + DAY)
    before = plan.gaps(start, shift.ends_at).get(shift.post_id, [])
    after = plan.without({shift.id}).gaps(start, shift.ends_at).get(shift.post_id, [])
    return _join(plan, shift.post_id, subtract(after, before))


def list_emptied(effect: Effect, now: datetime) -> list[Uncovered]:
    """Where nobody would be once somebody is away."""
    ahead = [(now, max(now, effect.plan.end))]
    return [
        each
        for affected in effect.emptied
        for each in _join(effect.plan, affected.post.id, intersect(affected.stretches, ahead))
    ]


def _join(plan: Plan, post_id: int, stretches: Sequence[Stretch]) -> list[Uncovered]:
    """Stretches between which the post is closed are one."""
    required, joined = plan.need_of[post_id].required, list(stretches[:1])
    for start, end in stretches[1:]:
        begin, until = joined[-1]
        if intersect(required, [(until, start)]):
            joined.append((start, end))
        else:
            joined[-1] = begin, end
    return [Uncovered(post_id, start, end) for start, end in joined]


def foresee_impacts(
    session: Session, stretches: Sequence[Uncovered], *, now: datetime, page: int = 1
) -> Affected:
    """Whom it would hit, and one page of them."""
    return find_impacts(CoverageChanging(session, stretches, now, page))


def carry_out(
    session: Session,
    stretches: Sequence[Uncovered],
    *,
    seen: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Close the hours, and have who is booked moved or told, in the transaction of the change.

    ``seen`` is how many whoever decides was shown; raises HitsPeople for more.
    """
    count = foresee_impacts(session, stretches, now=now).count
    if count > seen:
        raise HitsPeople(count=count)
    if stretches:
        coverage_changed.send(CoverageChanged(session, stretches, actor, now))
