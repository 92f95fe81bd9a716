"""Watching that no post is empty (I-19): the alarm is set, kept and ended by what is the case.

The due moment comes from the opening or the last leaving, never from when somebody looked, so that
looking late or twice changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.alarms.models import Watch
from portal.alarms.services.watching import arm, end
from portal.calendar.queries import Openings
from portal.catalog.models import Post
from portal.core.actor import SYSTEM, Actor
from portal.duty.limits import DESK_EMPTY, EMPTY, LADDERS, POST, empty_limit
from portal.duty.queries import (
    FRESH,
    is_always_open,
    list_last_left,
    list_seats,
    read_openings,
)
from portal.duty.rules import MINUTE, find_alarm_due, find_empty_since
from portal.tenancy.queries import get_settings, get_tenant
from portal.tenancy.settings import DutyRules


@dataclass(frozen=True)
class Due:
    """What is to be watched of a post: which limit, and when it is due; none: nothing."""

    post: Post
    code: str
    due_at: datetime | None


def watch_posts(session: Session, now: datetime) -> None:
    """Sweep: see to it that every empty post is watched, and none that is not.

    The same number of statements whatever the number of posts, as long as nothing has changed.
    """
    follow(session, _list_posts(session), actor=SYSTEM, now=now)


def follow_post(session: Session, post: Post, *, actor: Actor, now: datetime) -> None:
    """The same for a post in hand, at once after somebody came or left."""
    follow(session, [post], actor=actor, now=now)


def follow(session: Session, posts: Sequence[Post], *, actor: Actor, now: datetime) -> None:
    """Set, keep or end the limits of some posts, as the facts say."""
    if not posts:
        return
    openings = read_openings(session)
    rules = get_settings(session, get_tenant(session), at=now).duty
    changed = _list_changed(session, posts, openings, rules, now)
    if not changed:
        return
    # What was read before the post was in hand may be over; it is read again.
    locked = (
        select(Post)
        .where(Post.id.in_(sorted({due.post.id for due in changed})))
        .order_by(Post.id)
        .with_for_update(key_share=True)
        .execution_options(**FRESH)
    )
    for due in _list_changed(session, session.scalars(locked).all(), openings, rules, now):
        _set(session, due, actor=actor, now=now)


def _list_posts(session: Session) -> list[Post]:
    """The posts that are in use, and closed ones of which something is watched."""
    watched = select(Watch.subject_id).where(Watch.subject_kind == POST, Watch.ended_at.is_(None))
    found = select(Post).where(Post.is_active | Post.id.in_(watched)).order_by(Post.id)
    return list(session.scalars(found))


def _list_changed(
    session: Session,
    posts: Sequence[Post],
    openings: Openings,
    rules: DutyRules,
    now: datetime,
) -> list[Due]:
    """What of these posts is watched otherwise than it should be."""
    ids = [post.id for post in posts]
    running = _list_running(session, ids)
    left = list_last_left(session, ids)
    changed = []
    for seat in list_seats(session, posts, openings=openings, now=now):
        post = seat.post
        code = DESK_EMPTY if is_always_open(openings, post) else EMPTY
        minutes = rules.desk_minutes if code == DESK_EMPTY else rules.empty_minutes
        watched = {code: at for (post_id, code), at in running.items() if post_id == post.id}
        since = find_empty_since(
            seat.opening, is_attended=seat.is_attended, last_left_at=left.get(post.id)
        )
        if since is None and seat.opening is not None and not seat.is_attended:
            # It has been empty for as long as anybody knows: from the first look on.
            first = watched.get(code)
            since = first - minutes * MINUTE if first else now
        due_at = find_alarm_due(seat.opening, since, minutes=minutes)
        if watched != ({code: due_at} if due_at else {}):
            changed.append(Due(post, code, due_at))
    return changed


def _list_running(session: Session, post_ids: Sequence[int]) -> dict[tuple[int, str], datetime]:
    found = select(Watch.subject_id, Watch.code, Watch.due_at).where(
        Watch.subject_kind == POST,
        Watch.subject_id.in_(sorted(post_ids)),
        Watch.code.in_(LADDERS),
        Watch.ended_at.is_(None),
    )
    return {(post_id, code): due_at for post_id, code, due_at in session.execute(found)}


def _set(session: Session, due: Due, *, actor: Actor, now: datetime) -> None:
    for code in LADDERS:
        if code != due.code or due.due_at is None:
            end(session, limit=empty_limit(due.post.id, code), actor=actor, now=now)
    if due.due_at is not None:
        arm(
            session,
            limit=empty_limit(due.post.id, due.code),
            ladder=LADDERS[due.code],
            due_at=due.due_at,
            schedule_id=due.post.schedule_id,
            actor=actor,
            now=now,
        )
