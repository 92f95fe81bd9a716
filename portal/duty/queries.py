"""Reads of who is at which post now, and who stands in."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from portal.alarms.queries import list_overseers
from portal.calendar.models import ScheduleRow
from portal.calendar.queries import Openings, get_openings
from portal.catalog.models import Post, PostStaff
from portal.core.errors import NotFound
from portal.core.listing import PAGE, Listing, fetch_page
from portal.duty.models import Absence, Concurrency, Presence
from portal.duty.rules import REACH, Opening, Standing, find_opening
from portal.identity.models import Staff
from portal.identity.queries.heads import find_head, find_superior, list_heads
from portal.tenancy.queries import get_tenant

#: Locked rows are read as they are by now, whatever was read before.
FRESH = {"populate_existing": True}

#: As many 24-hour desks as a home page names.
DESKS = 3


@dataclass(frozen=True)
class Held:
    """An open presence with the name of whoever it is, and the absence from it that stands."""

    presence: Presence
    name: str
    absence: Absence | None


@dataclass(frozen=True)
class Seat:
    """A post at this moment: its opening, who is signed in there, and who stands in."""

    post: Post
    opening: Opening | None
    own: Held | None
    cover: Held | None

    @property
    def is_attended(self) -> bool:
        """Whether somebody is there."""
        return self.cover is not None or (self.own is not None and self.own.absence is None)

    @property
    def standing(self) -> Standing:
        """How it stands, in one word; closed is closed, whoever has stayed on."""
        if self.opening is None:
            return Standing.CLOSED
        if self.cover is not None:
            return Standing.COVERED
        if self.own is not None:
            return Standing.AWAY if self.own.absence else Standing.HERE
        return Standing.EMPTY

    @property
    def at_it(self) -> Held | None:
        """Who serves there at this moment."""
        return self.cover or (self.own if self.is_attended else None)

    @property
    def facts(self) -> tuple[object, ...]:
        """Changes with anything that a page says of it."""
        held = [
            (one.presence.id, one.name, one.absence and one.absence.expected_at)
            for one in (self.own, self.cover)
            if one
        ]
        return (self.post.id, self.post.version, self.standing, tuple(held))


def list_held(
    session: Session,
    *,
    post_ids: Collection[int] | None = None,
    staff_id: int | None = None,
) -> list[Held]:
    """Open presences at some posts or of somebody, in the order of signing in; one statement."""
    found = (
        select(Presence, Staff.name, Absence)
        .join(Staff, Staff.id == Presence.staff_id)
        .outerjoin(Absence, and_(Absence.presence_id == Presence.id, Absence.back_at.is_(None)))
        .where(Presence.signed_out_at.is_(None))
        .execution_options(**FRESH)
    )
    if post_ids is not None:
        found = found.where(Presence.post_id.in_(sorted(post_ids)))
    if staff_id is not None:
        found = found.where(Presence.staff_id == staff_id)
    # Put in order here: for an order, SQLite would walk through all there ever were.
    held = [Held(presence, name, absence) for presence, name, absence in session.execute(found)]
    return sorted(held, key=lambda one: one.presence.id)


def read_openings(session: Session) -> Openings:
    """The hours of all posts."""
    tenant = get_tenant(session)
    return get_openings(session, tenant.zone, tenant.region)


def list_seats(
    session: Session, posts: Sequence[Post], *, openings: Openings, now: datetime
) -> list[Seat]:
    """How it stands with some posts, in their order; one statement whatever their number."""
    held = list_held(session, post_ids=[post.id for post in posts]) if posts else []
    own = {one.presence.post_id: one for one in held if not one.presence.is_cover}
    cover = {one.presence.post_id: one for one in held if one.presence.is_cover}
    schedules = {post.schedule_id for post in posts}
    opening = {
        schedule_id: find_opening(openings.between(schedule_id, now - REACH, now + REACH), now)
        for schedule_id in schedules
    }
    return [
        Seat(
            post,
            opening[post.schedule_id] if post.is_active else None,
            own.get(post.id),
            cover.get(post.id),
        )
        for post in posts
    ]


def list_seats_page(session: Session, *, page: int, now: datetime) -> Listing[Seat]:
    """A page of how it stands with the posts in use, in the institution's order."""
    ordered = select(Post).where(Post.is_active).order_by(Post.position, Post.id)
    found = fetch_page(session, ordered, page)
    seats = list_seats(session, found.rows, openings=read_openings(session), now=now)
    return Listing(seats, found.page, found.total)


def list_seats_near(
    session: Session, *, post_ids: Collection[int], unit_id: int, now: datetime
) -> list[Seat]:
    """How it stands with somebody's own posts, then with the others of the unit, cut short."""
    is_own = Post.id.in_(sorted(post_ids))
    near = (
        select(Post)
        .where(Post.is_active, or_(is_own, Post.unit_id == unit_id))
        .order_by(case((is_own, 0), else_=1), Post.position, Post.id)
        .limit(PAGE)
    )
    posts = session.scalars(near).all()
    return list_seats(session, posts, openings=read_openings(session), now=now)


def read_seat(session: Session, post: Post, now: datetime) -> Seat:
    """How it stands with one post."""
    return list_seats(session, [post], openings=read_openings(session), now=now)[0]


def is_always_open(openings: Openings, post: Post) -> bool:
    """Whether a post never closes, as the 24-hour desk (P-3.1a)."""
    schedule = openings.schedule(post.schedule_id)
    return schedule is not None and schedule.is_always_open


def list_desks(session: Session) -> list[tuple[Post, Held | None]]:
    """The first posts that never close, with who serves there now; two statements at most."""
    found = (
        select(Post)
        .join(ScheduleRow, ScheduleRow.id == Post.schedule_id)
        .where(Post.is_active, ScheduleRow.is_always_open)
        .order_by(Post.position, Post.id)
        .limit(DESKS)
    )
    desks = session.scalars(found).all()
    held = list_held(session, post_ids=[post.id for post in desks]) if desks else []
    there = {
        one.presence.post_id: one
        for one in sorted(held, key=lambda one: one.presence.is_cover)
        if one.absence is None
    }
    return [(post, there.get(post.id)) for post in desks]


def list_last_left(session: Session, post_ids: Collection[int]) -> dict[int, datetime]:
    """When somebody last left each post, by an index, in one statement."""
    last = select(func.max(Presence.left_at)).where(Presence.post_id == Post.id)
    found = select(Post.id, last.scalar_subquery()).where(Post.id.in_(sorted(post_ids)))
    return {post_id: at for post_id, at in session.execute(found) if at is not None}


def get_own_presence(session: Session, presence_id: int, *, staff_id: int) -> Presence:
    """One's own presence, over or not; raises NotFound for anybody else's."""
    found = select(Presence).where(Presence.id == presence_id, Presence.staff_id == staff_id)
    presence = session.scalars(found).first()
    if presence is None:
        raise NotFound
    return presence


def get_open_post(session: Session, post_id: int) -> Post:
    """A post that is in use; raises NotFound."""
    post = session.get(Post, post_id)
    if post is None or not post.is_active:
        raise NotFound
    return post


def get_post_by_code(session: Session, code: str) -> Post:
    """A post that is in use, by its code; raises NotFound."""
    post = session.scalars(select(Post).where(Post.code == code, Post.is_active)).first()
    if post is None:
        raise NotFound
    return post


def find_place(session: Session, *, post_id: int, staff_id: int) -> str:
    """In which position somebody serves at a post: A, B or C; none: ""."""
    found = select(PostStaff.position).where(
        PostStaff.post_id == post_id, PostStaff.staff_id == staff_id
    )
    return session.scalar(found) or ""


def list_places(session: Session, staff_id: int) -> list[tuple[Post, str]]:
    """The open posts at which somebody serves, with the position there; A first."""
    found = (
        select(Post, PostStaff.position)
        .join(PostStaff, PostStaff.post_id == Post.id)
        .where(PostStaff.staff_id == staff_id, Post.is_active)
        .order_by(PostStaff.position, Post.position, Post.id)
    )
    return [(post, position) for post, position in session.execute(found)]


def list_in_position(session: Session, post_id: int, position: str) -> list[Staff]:
    """Who serves at a post in a position and works here."""
    found = (
        select(Staff)
        .join(PostStaff, PostStaff.staff_id == Staff.id)
        .where(
            PostStaff.post_id == post_id,
            PostStaff.position == position,
            Staff.left_at.is_(None),
        )
        .order_by(Staff.number)
    )
    return list(session.scalars(found))


def find_granted(
    session: Session, *, staff_id: int, post_id: int, now: datetime
) -> Concurrency | None:
    """The approval that somebody has for a post as a second one, and that still runs."""
    found = (
        select(Concurrency)
        .where(
            Concurrency.staff_id == staff_id,
            Concurrency.post_id == post_id,
            Concurrency.until_at > now,
            Concurrency.is_granted.is_(True),
        )
        .order_by(Concurrency.until_at.desc(), Concurrency.id)
        .limit(1)
    )
    return session.scalars(found).first()


def list_lapsed(session: Session, now: datetime) -> list[Presence]:
    """Open presences whose approval is over."""
    found = (
        select(Presence)
        .join(Concurrency, Concurrency.id == Presence.concurrency_id)
        .where(
            Presence.signed_out_at.is_(None),
            Presence.concurrency_id.is_not(None),
            Concurrency.until_at <= now,
        )
    )
    return sorted(session.scalars(found), key=lambda row: row.post_id)


def list_requests(session: Session, staff_id: int) -> list[tuple[Concurrency, Post, str]]:
    """Requests for a second post on which somebody decides, with the post and who asks.

    Only for units that name nobody, whoever heads another one costs statements of their own.
    """
    found = (
        select(Concurrency, Post, Staff.name)
        .join(Post, Post.id == Concurrency.post_id)
        .join(Staff, Staff.id == Concurrency.staff_id)
        .where(Concurrency.decided_at.is_(None), Concurrency.staff_id != staff_id)
    )
    asked = sorted(session.execute(found).all(), key=lambda each: each[0].id)
    if not asked:
        return []
    heads = list_heads(session)
    named = {row.id: _named(heads, post.unit_id, row.staff_id) for row, post, _name in asked}
    may_stand_in = not all(named.values()) and (
        any(staff_id == head for head, _deputy in heads.values())
        or staff_id in list_overseers(session)
    )
    return [
        (row, post, name)
        for row, post, name in asked
        if staff_id in named[row.id]
        or (
            may_stand_in
            and not named[row.id]
            and staff_id in list_deciders(session, post, row.staff_id)
        )
    ]


def list_deciders(session: Session, post: Post, asker_id: int) -> set[int]:
    """Who decides on a second post: whoever is above its unit, never on the own request."""
    return list_above(session, post.unit_id, asker_id)


def list_above(session: Session, unit_id: int, staff_id: int) -> set[int]:
    """Head and deputy of a unit, else whoever is above them, else those who oversee.

    Somebody's own things are decided by others than that one.
    """
    found = _named(list_heads(session), unit_id, staff_id)
    if found:
        return found
    for above in (find_head(session, unit_id), find_superior(session, [staff_id])):
        if above is not None and above.id != staff_id:
            return {above.id}
    return set(list_overseers(session)) - {staff_id}


def _named(
    heads: Mapping[int, tuple[int | None, int | None]], unit_id: int, staff_id: int
) -> set[int]:
    """Head and deputy of a unit itself who may decide on what is somebody's."""
    named = heads.get(unit_id, (None, None))
    return {person for person in named if person is not None} - {staff_id}


def get_request(session: Session, request_id: int, *, staff_id: int) -> tuple[Concurrency, Post]:
    """A request on which somebody decides, decided or not; raises NotFound for anybody else."""
    row = session.get(Concurrency, request_id)
    if row is None:
        raise NotFound
    post = session.get_one(Post, row.post_id)
    if staff_id not in list_deciders(session, post, row.staff_id):
        raise NotFound
    return row, post


def list_asked(session: Session, staff_id: int, now: datetime) -> dict[int, Concurrency]:
    """What somebody asked for and what still matters of it, by post; the newest of each."""
    found = select(Concurrency).where(Concurrency.staff_id == staff_id, Concurrency.until_at > now)
    ordered = sorted(session.scalars(found), key=lambda row: row.id)
    return {row.post_id: row for row in ordered}
