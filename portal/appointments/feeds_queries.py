"""Reads of calendar links, and of the days that they show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from portal.appointments.feeds_models import CalendarFeed
from portal.appointments.models import Booking
from portal.appointments.permissions import SERVE
from portal.appointments.rules import State
from portal.catalog.models import Post, Service
from portal.core.crypto import blind_index
from portal.core.errors import NotFound
from portal.core.localized import Localized
from portal.identity.models import Staff
from portal.identity.queries.principals import get_holdings

#: Bookings that a calendar shows, the next ones first; a program fetches all of them each time.
FEED_ROWS = 1000


def hash_link(link: str) -> str:
    """How the secret part of a link is stored."""
    return blind_index("calendar-feed", link)


def may_follow(session: Session, feed: CalendarFeed, post: Post) -> bool:
    """Whether the person still works here and may serve at the post."""
    works_here = select(Staff.id).where(Staff.id == feed.staff_id, Staff.left_at.is_(None))
    if session.scalar(works_here) is None:
        return False
    return get_holdings(session, feed.staff_id).can(SERVE, post.unit_id)


@dataclass(frozen=True)
class Followed:
    """A live link and the post whose days it shows."""

    feed: CalendarFeed
    post: Post


def find_followed(session: Session, link: str) -> Followed | None:
    """What a link shows; None when it is wrong, has ended, or its person lost the permission."""
    row = session.execute(
        select(CalendarFeed, Post)
        .join(Post, Post.id == CalendarFeed.post_id)
        .where(CalendarFeed.token_hash == hash_link(link), CalendarFeed.ended_at.is_(None))
    ).first()
    if row is None or not may_follow(session, row[0], row[1]):
        return None
    return Followed(row[0], row[1])


def get_own_feed(session: Session, *, feed_id: int, staff_id: int) -> Followed:
    """A live link of one's own; raises NotFound."""
    found = [one for one in list_own_feeds(session, staff_id) if one.feed.id == feed_id]
    if not found:
        raise NotFound
    return found[0]


def list_own_feeds(session: Session, staff_id: int) -> list[Followed]:
    """A person's live links, the newest first; there are a few at most."""
    rows = session.execute(
        select(CalendarFeed, Post)
        .join(Post, Post.id == CalendarFeed.post_id)
        .where(CalendarFeed.staff_id == staff_id, CalendarFeed.ended_at.is_(None))
        .order_by(CalendarFeed.id.desc())
    )
    return [Followed(feed, post) for feed, post in rows]


_COMING = (
    select(
        Booking.id,
        Booking.version,
        Booking.starts_at,
        Booking.ends_at,
        Booking.name,
        Service.name,
    )
    .join(Service, Service.id == Booking.service_id)
    .where(
        Booking.post_id == bindparam("post"),
        Booking.local_date.between(bindparam("first"), bindparam("last")),
        Booking.state != State.CANCELLED,
    )
    .order_by(Booking.starts_at, Booking.id)
    .limit(FEED_ROWS + 1)
)

Coming = Row[int, int, datetime, datetime, str | None, Localized]


def list_coming(session: Session, *, post_id: int, first: date, last: date) -> Sequence[Coming]:
    """A post's bookings of these days in order of time, at most one more than a calendar shows."""
    return session.execute(_COMING, {"post": post_id, "first": first, "last": last}).all()
