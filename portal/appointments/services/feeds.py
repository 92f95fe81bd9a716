"""Making and ending the links by which staff have a post's days in their calendar."""

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.feeds_models import FEEDS_EACH, CalendarFeed
from portal.appointments.feeds_queries import hash_link, may_follow
from portal.catalog.models import Post
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import N_, DomainError, NotFound
from portal.core.ledger import record


class TooManyFeeds(DomainError):
    """The person has as many links as anybody needs."""

    default = N_("You have %(limit)s links already. End one that you no longer use.")


def make_feed(
    session: Session, *, post_id: int, staff_id: int, language: str, actor: Actor, now: datetime
) -> tuple[CalendarFeed, str]:
    """Make a link to a post's days; the text it ends in is returned once and kept nowhere.

    Whether the person may serve there is the caller's check. Raises TooManyFeeds.
    """
    taken = set(
        session.scalars(
            select(CalendarFeed.seat).where(
                CalendarFeed.staff_id == staff_id, CalendarFeed.ended_at.is_(None)
            )
        )
    )
    seat = next((seat for seat in range(1, FEEDS_EACH + 1) if seat not in taken), None)
    if seat is None:
        raise TooManyFeeds(limit=FEEDS_EACH)
    link = secrets.token_urlsafe(32)
    feed = CalendarFeed(
        staff_id=staff_id,
        post_id=post_id,
        token_hash=hash_link(link),
        seat=seat,
        language=language,
        created_at=now,
    )
    session.add(feed)
    session.flush()
    _record(session, feed, "made", actor, now)
    return feed, link


def end_feed(session: Session, *, feed_id: int, staff_id: int, actor: Actor, now: datetime) -> None:
    """End a link of one's own; raises NotFound for another's and for one that has ended."""
    feed = session.scalar(
        select(CalendarFeed)
        .where(
            CalendarFeed.id == feed_id,
            CalendarFeed.staff_id == staff_id,
            CalendarFeed.ended_at.is_(None),
        )
        .with_for_update()
    )
    if feed is None:
        raise NotFound
    _end(session, feed, actor, now)


def end_lost_feeds(session: Session, now: datetime) -> None:
    """Sweep: end the links of who has left or serves there no longer; they were dead already.

    Whoever comes back makes a new one: an old address must not begin to speak again.
    """
    for feed, post in session.execute(
        select(CalendarFeed, Post)
        .join(Post, Post.id == CalendarFeed.post_id)
        .where(CalendarFeed.ended_at.is_(None))
        .order_by(CalendarFeed.id)
    ).all():
        if not may_follow(session, feed, post):
            _end(session, feed, SYSTEM, now)


def _end(session: Session, feed: CalendarFeed, actor: Actor, now: datetime) -> None:
    feed.ended_at = now
    session.flush()
    _record(session, feed, "ended", actor, now)


def _record(session: Session, feed: CalendarFeed, what: str, actor: Actor, now: datetime) -> None:
    record(
        session,
        f"appointments.feed.{what}",
        subject=("calendar_feed", feed.id),
        actor=actor,
        now=now,
        post=feed.post_id,
        staff=feed.staff_id,
    )
