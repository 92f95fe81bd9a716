"""Reads of how posts were kept in a month: no more than what happened in it, whatever came later.

The number of statements is the same for one post and for all.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true
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
        found: ColumnElement[bool] = true()
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
    changed = select(
        LedgerEntry.id, LedgerEntry.subject_id, LedgerEntry.at, LedgerEntry.code
    ).where(
        LedgerEntry.subject_kind == "post",
        LedgerEntry.subject_id.in_(select(Post.id).where(scope.posts)),
        LedgerEntry.code.in_(_USED),
    )
    changes: dict[int, list[tuple[datetime, bool]]] = defaultdict(list)
    # Put in order here: for an order, SQLite would walk through all there ever were.
    for _id, post_id, at, code in sorted(session.execute(changed), key=lambda row: row.id):
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


def _find_first(session: Session, scope: Scope) -> datetime:
    """From when on presences reach into the span; two statements.

    Only the last of a post that began before it can: before that one ended nobody else was there,
    and nobody stands in but for somebody.
    """
    own = aliased(Presence)
    last = (
        select(own.id)
        .where(own.post_id == Post.id, own.signed_in_at < scope.begin, ~own.is_cover)
        .order_by(own.signed_in_at.desc())
        .limit(1)
        .correlate(Post)
        .scalar_subquery()
    )
    rows: Iterable[Any] = session.execute(select(Post.id, last).where(scope.posts))
    ids = [row_id for _post_id, row_id in rows if row_id is not None]
    found = select(func.min(Presence.signed_in_at)).where(
        Presence.id.in_(ids),
        or_(Presence.signed_out_at.is_(None), Presence.signed_out_at > scope.begin),
    )
    return session.scalar(found) or scope.begin


def _list_beens(session: Session, scope: Scope) -> dict[int, list[Been]]:
    """Who was at each post; four statements."""
    first = _find_first(session, scope)
    # Nobody is away from a presence before it began.
    gone = select(Absence.presence_id, Absence.left_at, Absence.expected_at, Absence.back_at).where(
        Absence.left_at >= first, Absence.left_at < scope.until
    )
    away: dict[int, list[Away]] = defaultdict(list)
    for presence_id, left_at, expected_at, back_at in session.execute(gone):
        away[presence_id].append(Away(left_at, expected_at, back_at))
    there = select(
        Presence.id,
        Presence.post_id,
        Presence.staff_id,
        Presence.signed_in_at,
        Presence.signed_out_at,
        Presence.due_out_at,
        Presence.is_cover,
    ).where(
        Presence.post_id.in_(select(Post.id).where(scope.posts)),
        Presence.signed_in_at >= first,
        Presence.signed_in_at < scope.until,
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
    """When who was told that a post is empty; two statements."""
    watched = select(Watch.id, Watch.subject_id).where(
        Watch.subject_kind == POST,
        Watch.subject_id.in_(select(Post.id).where(scope.posts)),
        Watch.code.in_(LADDERS),
    )
    # Of a limit of many years only the days of the span are looked at.
    told = select(Alarm.watch_id, Alarm.due_at, Alarm.raised_at).where(
        Alarm.watch_id.in_(watched.with_only_columns(Watch.id)),
        Alarm.local_date >= scope.begin.date() - timedelta(days=1),
        Alarm.due_at >= scope.begin,
        Alarm.due_at <= scope.until,
    )
    post_of = dict(session.execute(watched).all())
    first: dict[tuple[int, datetime], datetime] = {}
    for watch_id, due_at, raised_at in session.execute(told):
        key = post_of[watch_id], due_at
        first[key] = min(first.get(key, raised_at), raised_at)
    raised: dict[int, list[Raised]] = defaultdict(list)
    for (post_id, due_at), raised_at in first.items():
        raised[post_id].append((due_at, raised_at))
    return raised
