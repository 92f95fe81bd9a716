"""Reads of who is ready to take A's place at each post, now and in the next days (RP-05)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.catalog.models import Post, PostStaff
from portal.catalog.queries import Served
from portal.duty.coverage import Stretch
from portal.duty.kept import Scope, read_kept
from portal.duty.kept_rules import measure
from portal.duty.models import Presence
from portal.duty.readiness_rules import Readiness, Standby, find_fit, only, split, step_in
from portal.duty.roster_queries import Plan, read_plan
from portal.duty.roster_rules import STANDING_BY, Need
from portal.tenancy.queries import get_tenant

#: How far ahead it is asked who could step in.
AHEAD = timedelta(days=30)


def read_readiness(session: Session, scope: Scope) -> dict[Post, Readiness]:
    """How ready those are who stand by at the posts in use, those with nobody ready first.

    Requests to stand in are those of the span; all else is as of now. The number of statements is
    the same for one post and for all.
    """
    plan = read_plan(session, get_tenant(session), scope.now, scope.now + AHEAD)
    last, kept = _list_last(session, scope), read_kept(session, scope)
    found = {}
    for post in plan.posts:
        if not _is_within(post, scope):
            continue
        here = _weigh(plan, post, last, scope.now)
        found[post] = replace(here, calls=kept[post].calls if post in kept else ())
    return dict(sorted(found.items(), key=lambda each: each[1].is_ready))


def _is_within(post: Post, scope: Scope) -> bool:
    is_of_units = scope.units is None or post.unit_id in scope.units
    return is_of_units and scope.post_id in (None, post.id)


def _weigh(
    plan: Plan, post: Post, last: dict[tuple[int, int], datetime], now: datetime
) -> Readiness:
    need = plan.need_of[post.id]
    served = _list_standing_by(plan, need)
    fits = {one.staff_id: find_fit(plan.fitness, one.staff_id, post.id, now) for one in served}

    def divide(what: Need) -> tuple[timedelta, list[Stretch]]:
        return split(step_in(what, plan.turns, plan.leaves, plan.permitted, fits))

    standbys = [
        Standby(
            one.staff_id,
            one.name,
            one.position,
            fits[one.staff_id],
            last.get((post.id, one.staff_id)),
            divide(only(need, one.staff_id))[0],
        )
        for one in served
    ]
    return Readiness(standbys, measure(need.required), divide(need)[1])


def _list_standing_by(plan: Plan, need: Need) -> list[Served]:
    """Who is named as B or C, and who stands by in a shift; each once."""
    on_call = {duty.staff_id for duty in need.duties if duty.part in STANDING_BY}
    return [
        one
        for one in plan.serving.get(need.post_id, ())
        if one.position in STANDING_BY or one.staff_id in on_call
    ]


def _list_last(session: Session, scope: Scope) -> dict[tuple[int, int], datetime]:
    """When those who stand by last came to each post, by an index, in one statement."""
    came = (
        select(func.max(Presence.signed_in_at))
        .where(Presence.post_id == PostStaff.post_id, Presence.staff_id == PostStaff.staff_id)
        .correlate(PostStaff)
        .scalar_subquery()
    )
    found = (
        select(PostStaff.post_id, PostStaff.staff_id, came)
        .join(Post, Post.id == PostStaff.post_id)
        .where(scope.posts)
    )
    rows: Iterable[Any] = session.execute(found)
    return {(post_id, staff_id): at for post_id, staff_id, at in rows if at is not None}
