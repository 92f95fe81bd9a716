"""Hours that were closed since nobody kept a post open again once somebody keeps it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.closure_models import Closure
from portal.appointments.closure_rules import ClosureKind
from portal.appointments.services.closing import keep_closed, lift_closure
from portal.core.actor import SYSTEM, Actor
from portal.duty.coverage import Stretch, intersect, subtract
from portal.duty.roster_queries import DAY, Plan, read_plan
from portal.duty.services.shifting import lock_posts
from portal.tenancy.queries import get_tenant


def reopen_all_kept(session: Session, now: datetime) -> None:
    """Sweep: open what is kept again, whatever the reason, as somebody's new place at a post."""
    post_ids = {closure.post_id for closure in _list_standing(session, now) if closure.post_id}
    if not post_ids:
        return
    lock_posts(session, post_ids=post_ids)
    reopen_kept(session, post_ids=post_ids, actor=SYSTEM, now=now)


def reopen_kept(
    session: Session, *, post_ids: Collection[int], actor: Actor, now: datetime
) -> None:
    """Open the hours of some posts that the roster had closed and that somebody keeps now.

    What nobody keeps of them stays closed. The posts are in hand already.
    """
    closures = _list_standing(session, now, post_ids)
    if not closures:
        return
    first = max(now, min(closure.from_at for closure in closures))
    last = max(_end(closure) for closure in closures)
    plan = read_plan(session, get_tenant(session), first - DAY, last + DAY)
    for closure in closures:
        _follow(session, plan, closure, actor=actor, now=now)


def _list_standing(
    session: Session, now: datetime, post_ids: Collection[int] | None = None
) -> list[Closure]:
    found = select(Closure).where(
        Closure.kind == str(ClosureKind.HOURS_OF_POST),
        Closure.lifted_at.is_(None),
        Closure.until_at > now,
        Closure.is_from_roster,
    )
    if post_ids is not None:
        found = found.where(Closure.post_id.in_(sorted(post_ids)))
    return list(session.scalars(found.order_by(Closure.id)))


def _follow(session: Session, plan: Plan, closure: Closure, *, actor: Actor, now: datetime) -> None:
    assert closure.post_id is not None
    span: list[Stretch] = [(max(now, closure.from_at), _end(closure))]
    segments = plan.covered.get(closure.post_id, ())
    kept = intersect(span, [(each.start, each.end) for each in segments if not each.is_gap])
    if not kept or not lift_closure(session, closure=closure, actor=actor, now=now):
        return
    gaps = [(each.start, each.end) for each in segments if each.is_gap]
    for start, end in subtract(span, kept):
        if intersect([(start, end)], gaps):
            keep_closed(session, closure=closure, from_at=start, until_at=end, actor=actor, now=now)


def _end(closure: Closure) -> datetime:
    assert closure.until_at is not None
    return closure.until_at
