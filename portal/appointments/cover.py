"""Whether promised times still stand, and which would not if something closed."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.appointments.closure_models import ClosedBooking, Closure
from portal.appointments.closure_rules import ClosureKind, Fate
from portal.appointments.models import Booking, Slot
from portal.appointments.rules import State
from portal.calendar.queries import Openings, get_openings
from portal.catalog.models import Post
from portal.tenancy.queries import Tenant

Stretch = tuple[datetime, datetime]


@dataclass(frozen=True)
class PostHours:
    """Which hours a post keeps, and whether it is open at all."""

    schedule_id: int | None
    is_active: bool


@dataclass(frozen=True)
class Cover:
    """The hours of every post with the stretches for which it is closed, read once."""

    openings: Openings
    posts: Mapping[int, PostHours]
    closed: Mapping[int, list[Stretch]]
    zone: ZoneInfo
    _around: dict[tuple[int | None, date], list[Stretch]] = field(default_factory=dict)

    def stands(self, post_id: int, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether a post is open for the whole of a time."""
        post = self.posts[post_id]
        is_closed = any(
            begin < ends_at and starts_at < end for begin, end in self.closed.get(post_id, ())
        )
        return (
            post.is_active
            and not is_closed
            and any(
                opening <= starts_at and ends_at <= closing
                for opening, closing in self._open_around(post.schedule_id, starts_at)
            )
        )

    def _open_around(self, schedule_id: int | None, at: datetime) -> list[Stretch]:
        """Also what began the day before, as a night shift does."""
        day = at.astimezone(self.zone).date()
        if (schedule_id, day) not in self._around:
            begin = datetime.combine(day, time(), self.zone)
            end = datetime.combine(day + timedelta(days=2), time(), self.zone)
            self._around[schedule_id, day] = self.openings.between(schedule_id, begin, end)
        return self._around[schedule_id, day]

    def with_openings(self, openings: Openings) -> "Cover":
        """As it would be with other hours."""
        return replace(self, openings=openings, _around={})

    def with_post(self, post_id: int, hours: PostHours) -> "Cover":
        """As it would be if a post kept other hours or closed."""
        return replace(self, posts={**self.posts, post_id: hours})

    def with_closed(self, post_id: int, stretch: Stretch) -> "Cover":
        """As it would be if a post were closed for a stretch of time."""
        mine = [*self.closed.get(post_id, ()), stretch]
        return replace(self, closed={**self.closed, post_id: mine})


def read_cover(session: Session, tenant: Tenant, *, now: datetime) -> Cover:
    """The cover as it stands; six statements."""
    rows = session.execute(select(Post.id, Post.schedule_id, Post.is_active))
    return Cover(
        openings=get_openings(session, tenant.zone, tenant.region),
        posts={post_id: PostHours(schedule, is_active) for post_id, schedule, is_active in rows},
        closed=list_closed(session, now=now),
        zone=tenant.zone,
    )


def list_closed(session: Session, *, now: datetime) -> dict[int, list[Stretch]]:
    """The stretches for which posts are closed from yesterday on, by post."""
    found: dict[int, list[Stretch]] = defaultdict(list)
    standing = session.execute(
        select(Closure.post_id, Closure.from_at, Closure.until_at).where(
            Closure.kind == str(ClosureKind.HOURS_OF_POST),
            Closure.lifted_at.is_(None),
            Closure.until_at > now - timedelta(days=1),
        )
    )
    for post_id, from_at, until_at in standing:
        if post_id is not None and until_at is not None:
            found[post_id].append((from_at, until_at))
    return found


@dataclass(frozen=True)
class Scope:
    """Where times may have ceased to stand: at which posts, and on which days."""

    post_ids: frozenset[int]
    from_day: date
    #: None: from that day on.
    until_day: date | None = None


def posts_keeping(cover: Cover, schedule_id: int | None) -> frozenset[int]:
    """The posts that keep these hours; those of the institution also who names none, None: all."""
    default = cover.openings.default_id
    return frozenset(
        post_id
        for post_id, post in cover.posts.items()
        if schedule_id in (None, post.schedule_id)
        or (post.schedule_id is None and schedule_id == default)
    )


@dataclass(frozen=True)
class Hit:
    """A booking whose time does not stand."""

    booking_id: int
    slot_id: int
    starts_at: datetime
    is_reachable: bool


def list_hits(session: Session, cover: Cover, scope: Scope, *, now: datetime) -> list[Hit]:
    """The bookings still expected whose time does not stand, in order of time.

    Those that another closure is about to settle are left to it.
    """
    planned = (
        select(ClosedBooking.id)
        .where(
            ClosedBooking.institution_id == Booking.institution_id,
            ClosedBooking.booking_id == Booking.id,
            ClosedBooking.state == str(Fate.PLANNED),
        )
        .exists()
    )
    rows = session.execute(
        select(
            Booking.id,
            Booking.slot_id,
            Booking.post_id,
            Booking.starts_at,
            Booking.ends_at,
            Booking.contact_id,
        )
        .where(
            # Post by post, as the index of bookings has them.
            Booking.post_id.in_(scope.post_ids),
            Booking.state == str(State.BOOKED),
            Booking.local_date >= scope.from_day,
            *([Booking.local_date <= scope.until_day] if scope.until_day else []),
            Booking.ends_at > now,
            ~planned,
        )
        .order_by(Booking.starts_at, Booking.id)
    )
    return [
        Hit(booking_id, slot_id, starts_at, contact_id is not None)
        for booking_id, slot_id, post_id, starts_at, ends_at, contact_id in rows
        if not cover.stands(post_id, starts_at, ends_at)
    ]


def list_hit_slots(session: Session, cover: Cover, scope: Scope, *, now: datetime) -> list[int]:
    """The slots in which no more may be booked, by ascending id."""
    rows = session.execute(
        select(Slot.id, Slot.post_id, Slot.starts_at, Slot.ends_at).where(
            Slot.post_id.in_(scope.post_ids),
            Slot.starts_at >= datetime.combine(scope.from_day, time(), cover.zone),
            *_ending(scope, cover.zone),
            Slot.ends_at > now,
            ~Slot.is_withdrawn,
        )
    )
    # Asked for the order, SQLite would read all slots in it.
    return sorted(
        slot_id
        for slot_id, post_id, starts_at, ends_at in rows
        if not cover.stands(post_id, starts_at, ends_at)
    )


def _ending(scope: Scope, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    if scope.until_day is None:
        return []
    return [Slot.starts_at < datetime.combine(scope.until_day + timedelta(days=1), time(), zone)]
