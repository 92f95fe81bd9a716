"""Reads of how posts were kept in a month: no more than what happened in it, whatever came later.

The number of statements is the same for one post and for all.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, literal, select
from sqlalchemy.orm import Session, aliased

from portal.alarms.models import Alarm, Watch
from portal.catalog.models import Post
from portal.core.ledger import LedgerEntry
from portal.duty.coverage import Stretch, intersect
from portal.duty.kept_rules import (
    Away,
    Been,
    Kept,
    Raised,
    find_calls,
    find_empty,
    find_stood,
    measure,
)
from portal.duty.limits import LADDERS, POST
from portal.duty.models import Absence, Presence
from portal.duty.queries import is_always_open, read_openings
from portal.duty.rules import MINUTE
from portal.tenancy.queries import get_settings, get_tenant

#: What opens and closes a post, as the ledger says it.
_USED = {"catalog.post.created": True, "catalog.post.opened": True, "catalog.post.closed": False}


@dataclass(frozen=True)
class Scope:
    """Which posts are looked at, in which span, seen from which moment."""

    begin: datetime
    end: datetime
    now: datetime
    #: None: those of all units.
    units: frozenset[int] | None = None
    #: The one post.
    post_id: int | None = None

    @property
    def until(self) -> datetime:
        """The end of what is counted: what is still to come is not."""
        return max(self.begin, min(self.end, self.now))

    @property
    def posts(self) -> ColumnElement[bool]:
        """The posts as a condition."""
        found: ColumnElement[bool] = literal(value=True)
        if self.units is not None:
            found = Post.unit_id.in_(sorted(self.units))
        return found if self.post_id is None else and_(found, Post.id == self.post_id)


def read_kept(session: Session, scope: Scope) -> dict[Post, Kept]:
    """How each post was kept that was in use in the span, in the institution's order."""
    posts = session.scalars(select(Post).where(scope.posts).order_by(Post.position, Post.id)).all()
    used = _list_used(session, posts, scope)
    openings = read_openings(session)
    hours = {
        schedule_id: openings.between(schedule_id, scope.begin, scope.until)
        for schedule_id in {post.schedule_id for post in posts}
    }
    beens, raised = _list_beens(session, scope), _list_raised(session, scope)
    rules = get_settings(session, get_tenant(session), at=scope.until).duty
    found = {}
    for post in posts:
        if not used[post.id]:
            continue
        required = intersect(hours[post.schedule_id], used[post.id])
        minutes = rules.desk_minutes if is_always_open(openings, post) else rules.empty_minutes
        here = beens.get(post.id, ())
        found[post] = Kept(
            measure(required),
            find_empty(required, here, raised.get(post.id, ()), scope.until),
            find_stood(here, scope.begin, scope.until),
            find_calls(
                here, required, limit=minutes * MINUTE, begin=scope.begin, until=scope.until
            ),
        )
    return found


def _list_used(session: Session, posts: Sequence[Post], scope: Scope) -> dict[int, list[Stretch]]:
    """When each post was in use within the span; one statement."""
    changed = (
        select(LedgerEntry.subject_id, LedgerEntry.at, LedgerEntry.code)
        .where(
            LedgerEntry.subject_kind == "post",
            LedgerEntry.subject_id.in_(select(Post.id).where(scope.posts)),
            LedgerEntry.code.in_(_USED),
        )
        .order_by(LedgerEntry.id)
    )
    changes: dict[int, list[tuple[datetime, bool]]] = defaultdict(list)
    for post_id, at, code in session.execute(changed):
        changes[post_id].append((at, _USED[code]))
    return {
        post.id: intersect([(scope.begin, scope.until)], _in_use(post, changes[post.id], scope))
        for post in posts
    }


def _in_use(post: Post, changes: Sequence[tuple[datetime, bool]], scope: Scope) -> list[Stretch]:
    """Before the first change it was the opposite of what came; without one, as it is now."""
    is_used = not changes[0][1] if changes else post.is_active
    found, since = [], scope.begin
    for at, is_opened in changes:
        if is_used:
            found.append((since, at))
        is_used, since = is_opened, at
    return [*found, (since, scope.until)] if is_used else found


def _is_within(scope: Scope) -> ColumnElement[bool]:
    """Presences of a span: from the last of a post that began before it, which may reach into it.

    Before that one ended nobody else was there, and nobody stands in but for somebody.
    """
    own = aliased(Presence)
    first = (
        select(func.max(own.signed_in_at))
        .where(own.post_id == Post.id, own.signed_in_at < scope.begin, ~own.is_cover)
        .correlate(Post)
        .scalar_subquery()
    )
    begin = literal(scope.begin, Presence.signed_in_at.type)
    return and_(
        scope.posts,
        Presence.signed_in_at >= func.coalesce(first, begin),
        Presence.signed_in_at < scope.until,
    )


def _list_beens(session: Session, scope: Scope) -> dict[int, list[Been]]:
    """Who was at each post; two statements."""
    away: dict[int, list[Away]] = defaultdict(list)
    gone = (
        select(Absence.presence_id, Absence.left_at, Absence.expected_at, Absence.back_at)
        .join(Presence, Presence.id == Absence.presence_id)
        .join(Post, Post.id == Presence.post_id)
        .where(_is_within(scope))
    )
    for presence_id, left_at, expected_at, back_at in session.execute(gone):
        away[presence_id].append(Away(left_at, expected_at, back_at))
    there = (
        select(
            Presence.id,
            Presence.post_id,
            Presence.staff_id,
            Presence.signed_in_at,
            Presence.signed_out_at,
            Presence.due_out_at,
            Presence.is_cover,
        )
        .join(Post, Post.id == Presence.post_id)
        .where(_is_within(scope))
    )
    beens: dict[int, list[Been]] = defaultdict(list)
    for row_id, post_id, staff_id, came, out, due_out, is_cover in session.execute(there):
        # Whoever forgot to sign out was there until the duty was over, and no longer.
        end = min((at for at in (out, due_out) if at is not None), default=None)
        beens[post_id].append(
            Been(staff_id, came, max(end, came) if end else None, is_cover, away[row_id])
        )
    return beens


def _list_raised(session: Session, scope: Scope) -> Mapping[int, list[Raised]]:
    """When who was told that a post is empty; one statement."""
    first_day = scope.begin.date() - timedelta(days=1)
    told = (
        select(Watch.subject_id, Alarm.due_at, func.min(Alarm.raised_at))
        .join(Watch, Watch.id == Alarm.watch_id)
        .where(
            Watch.subject_kind == POST,
            Watch.subject_id.in_(select(Post.id).where(scope.posts)),
            Watch.code.in_(LADDERS),
            Alarm.local_date >= first_day,
            Alarm.due_at >= scope.begin,
            Alarm.due_at <= scope.until,
        )
        .group_by(Watch.subject_id, Alarm.due_at)
    )
    raised: dict[int, list[Raised]] = defaultdict(list)
    for post_id, due_at, raised_at in session.execute(told):
        raised[post_id].append((due_at, raised_at))
    return raised
