"""Reads of handovers: what there is to hand over, what is under way, and the register."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.appointments.queries import list_bookings, list_promised
from portal.catalog.models import Post, PostStaff
from portal.catalog.queries import list_posts_by_id
from portal.core.errors import NotFound
from portal.core.listing import PAGE, Listing, fetch_page
from portal.duty.queries import list_above, list_deciders
from portal.duty.queries import list_held as list_present
from portal.handover.models import Handover, HandoverItem
from portal.handover.rules import (
    AHEAD,
    ANSWERED,
    OPEN,
    RETURNABLE,
    Kind,
    Line,
    Reason,
    State,
    Subject,
    Thing,
)
from portal.identity.models import Staff
from portal.matters.models import Matter
from portal.matters.queries import list_matters_by_id
from portal.matters.services.passing_on import Answering, list_answered, list_held
from portal.tenancy.queries import get_tenant

MATTER, BOOKING = "matter", "booking"
#: Where whoever is to take it over has nothing to read: not signed yet, or called off.
UNSEEN = frozenset({State.LISTING, State.WITHDRAWN})
#: Whoever is away for a while has the receiver answer to people; what is handed back goes back.
ANSWERING = {
    Reason.SHIFT: Answering.KEPT,
    Reason.LEAVE: Answering.ALL,
    Reason.EMERGENCY: Answering.ALL,
    Reason.RETURN: Answering.INSTEAD,
}


def _among(*states: State) -> ColumnElement[bool]:
    """Written out as the partial indexes are, so that SQLite sees that they fit."""
    codes = [str(state) for state in states]
    return Handover.state.in_(bindparam(None, codes, expanding=True, literal_execute=True))


IS_OPEN = _among(*sorted(OPEN))
IS_TO_RETURN = and_(
    Handover.state == State.CONFIRMED,
    Handover.reason.in_([str(reason) for reason in RETURNABLE]),
)
_IS_STANDING = _among(*sorted(OPEN), State.ORDERED)


@dataclass(frozen=True)
class Viewer:
    """Who looks, and of which units that one reads all handovers; None: of all."""

    staff_id: int
    units: frozenset[int] | None


def list_things(session: Session, handover: Handover, now: datetime) -> list[Thing]:
    """What is to be handed over by now: appointments of the post, and matters of the giver."""
    own = _list_own(session, handover)
    if handover.returns_id is not None:
        return _list_returned(session, handover, own, now)
    return [*_promised(session, handover.post_id, now), *own]


def _list_own(session: Session, handover: Handover) -> list[Thing]:
    """What the giver holds, and what that one only answers for and does not come back to.

    Whoever stays at another post goes on holding there what is in hand.
    """
    if handover.reason == Reason.SHIFT and is_at_another(session, handover):
        return []
    giver_id, answering = handover.giver_id, ANSWERING[Reason(handover.reason)]
    answered = list_answered(session, giver_id, answering)
    return [
        *map(_of_matter, list_held(session, giver_id)),
        *(replace(_of_matter(matter), state=ANSWERED) for matter in answered),
    ]


def is_at_another(session: Session, handover: Handover) -> bool:
    """Whether the giver is signed in at another post, too."""
    own = list_present(session, staff_id=handover.giver_id)
    return any(one.presence.post_id != handover.post_id for one in own if not one.presence.is_cover)


def _promised(session: Session, post_id: int, now: datetime) -> list[Thing]:
    zone = get_tenant(session).zone
    found = list_promised(session, post_id=post_id, after=now, before=now + AHEAD, zone=zone)
    return [Thing(Kind.APPOINTMENT, (BOOKING, row.id), row.starts_at, row.state) for row in found]


def _of_matter(matter: Matter) -> Thing:
    return Thing(Kind.MATTER, (MATTER, matter.id), matter.due_at, matter.state)


def _list_returned(
    session: Session, handover: Handover, own: list[Thing], now: datetime
) -> list[Thing]:
    """Of what was taken over: what is still there goes back, and of the rest what became of it."""
    assert handover.returns_id is not None
    taken = list_items(session, [handover.returns_id]).get(handover.returns_id, [])
    matters = {item.matter_id for item in taken if item.matter_id is not None}
    bookings = {item.booking_id for item in taken if item.booking_id is not None}
    ahead = _promised(session, handover.post_id, now)
    still = [thing for thing in own if thing.subject[1] in matters]
    others = matters - {thing.subject[1] for thing in still}
    past = bookings - {thing.subject[1] for thing in ahead}
    done = [
        Thing(Kind.DONE, (MATTER, matter.id), matter.due_at, matter.state)
        for matter in list_matters_by_id(session, others)
    ]
    seen = [
        Thing(Kind.DONE, (BOOKING, row.id), row.starts_at, row.state)
        for row in list_bookings(session, sorted(past)).values()
    ]
    return [*ahead, *still, *done, *seen]


def list_lines(items: Iterable[HandoverItem]) -> list[Line]:
    """The lines that the facts can contradict, as they are compared with them."""
    return [
        Line(
            item.id,
            Kind(item.kind),
            subject,
            item.at,
            item.gone_at is not None,
            item.state == ANSWERED,
        )
        for item in items
        if (subject := subject_of(item)) is not None
    ]


def subject_of(item: HandoverItem) -> Subject | None:
    """What a line is about; none: what the giver wrote down."""
    if item.matter_id is not None:
        return MATTER, item.matter_id
    return (BOOKING, item.booking_id) if item.booking_id is not None else None


def list_items(session: Session, handover_ids: Collection[int]) -> dict[int, list[HandoverItem]]:
    """The lines of some lists, in the order of time, then as they were written; one statement."""
    found = select(HandoverItem).where(HandoverItem.handover_id.in_(sorted(handover_ids)))
    items: dict[int, list[HandoverItem]] = {}
    for item in session.scalars(found):
        items.setdefault(item.handover_id, []).append(item)
    for lines in items.values():
        lines.sort(key=lambda item: (item.at is None, item.at or item.added_at, item.id))
    return items


@dataclass(frozen=True)
class Subjects:
    """The matters and bookings that lines are about, by id."""

    matters: dict[int, Matter]
    bookings: dict[int, Booking]


def read_subjects(session: Session, items: Iterable[HandoverItem]) -> Subjects:
    """What some lines are about; two statements at most."""
    rows = list(items)
    matter_ids = {item.matter_id for item in rows if item.matter_id is not None}
    booking_ids = {item.booking_id for item in rows if item.booking_id is not None}
    matters = {matter.id: matter for matter in list_matters_by_id(session, matter_ids)}
    return Subjects(matters, list_bookings(session, sorted(booking_ids)))


def get_handover(session: Session, handover_id: int, viewer: Viewer) -> Handover:
    """A handover in which somebody has a part, or of whose post that one reads all.

    Raises NotFound for anybody else's.
    """
    handover = session.get(Handover, handover_id)
    if handover is None:
        raise NotFound
    if has_part(handover, viewer.staff_id) or viewer.units is None:
        return handover
    post = session.get_one(Post, handover.post_id)
    if post.unit_id in viewer.units:
        return handover
    if viewer.staff_id in list_deciders(session, post, handover.giver_id):
        return handover
    raise NotFound


def has_part(handover: Handover, staff_id: int) -> bool:
    """Whether somebody gives, takes or ordered it; whoever takes has one while it is offered."""
    if staff_id in (handover.giver_id, handover.ordered_by_id):
        return True
    return staff_id == handover.receiver_id and handover.state not in UNSEEN


def find_open(session: Session, *, post_id: int, giver_id: int) -> Handover | None:
    """What somebody is handing over of a post."""
    found = select(Handover).where(
        Handover.post_id == post_id,
        Handover.giver_id == giver_id,
        IS_OPEN,
    )
    return session.scalars(found.execution_options(populate_existing=True)).first()


def find_last_taken(session: Session, *, post_id: int, receiver_id: int) -> Handover | None:
    """The last handover by which somebody took a post over and has not given it on since."""
    found = select(Handover).where(
        Handover.receiver_id == receiver_id,
        Handover.moved_at.is_not(None),
        Handover.post_id == post_id,
    )
    last = session.scalars(
        found.order_by(Handover.moved_at.desc(), Handover.id.desc()).limit(1)
    ).first()
    if last is None:
        return None
    given = select(Handover.id).where(
        Handover.post_id == post_id,
        Handover.giver_id == receiver_id,
        Handover.moved_at.is_not(None),
        Handover.id > last.id,
    )
    return None if session.scalar(given.limit(1)) else last


def list_standing(session: Session, staff_id: int) -> list[Handover]:
    """What somebody gives or receives and is not done, by two indexes."""
    found: dict[int, Handover] = {}
    for party in (Handover.giver_id, Handover.receiver_id):
        standing = select(Handover).where(party == staff_id, _IS_STANDING)
        found |= {row.id: row for row in session.scalars(standing)}
    return [found[row_id] for row_id in sorted(found)]


def list_to_return(session: Session, staff_id: int) -> list[Handover]:
    """What somebody took over for a while from who works here, and has not handed back."""
    found = (
        select(Handover)
        .join(Staff, Staff.id == Handover.giver_id)
        .where(Handover.receiver_id == staff_id, IS_TO_RETURN, Staff.left_at.is_(None))
    )
    return list(session.scalars(found.order_by(Handover.moved_at, Handover.id).limit(PAGE)))


def list_kept(session: Session, staff_id: int) -> list[Handover]:
    """What somebody took over for a while, and is not back."""
    found = select(Handover).where(Handover.receiver_id == staff_id, IS_TO_RETURN)
    return list(session.scalars(found))


def list_receivers(session: Session, post_id: int, *, giver_id: int) -> list[Staff]:
    """Who else is named for a post and works here, in the order of the positions."""
    found = (
        select(Staff)
        .join(PostStaff, PostStaff.staff_id == Staff.id)
        .where(PostStaff.post_id == post_id, Staff.id != giver_id, Staff.left_at.is_(None))
        .order_by(PostStaff.position, Staff.number)
    )
    return list(session.scalars(found))


def list_orderers(session: Session, post: Post, giver_id: int) -> set[int]:
    """Who may order somebody's work away: the heads of that one's unit, and of the post if there.

    Whoever heads only the post's unit has no say about what a guest, named there, holds elsewhere.
    """
    giver = session.get_one(Staff, giver_id)
    above = list_above(session, giver.unit_id, giver_id)
    held = list_present(session, post_ids=[post.id], staff_id=giver_id)
    if any(not one.presence.is_cover for one in held):
        above |= list_deciders(session, post, giver_id)
    return above


def list_register(
    session: Session, viewer: Viewer, *, start: datetime, end: datetime, page: int
) -> Listing[Handover]:
    """A page of the register between two moments: what one has a part in, and what one reads."""
    within = select(Handover).where(Handover.made_at >= start, Handover.made_at < end)
    if viewer.units is not None:
        within = within.where(_is_seen(viewer, viewer.units))
    return fetch_page(session, within.order_by(Handover.made_at, Handover.id), page)


def _is_seen(viewer: Viewer, units: Collection[int]) -> ColumnElement[bool]:
    posts = select(Post.id).where(Post.unit_id.in_(sorted(units)))
    return or_(
        Handover.giver_id == viewer.staff_id,
        and_(Handover.receiver_id == viewer.staff_id, Handover.state.not_in(sorted(UNSEEN))),
        Handover.post_id.in_(posts),
    )


def list_posts_of_units(session: Session, unit_ids: Collection[int]) -> list[Post]:
    """The posts in use of some units, in the institution's order, cut short; none: no read."""
    if not unit_ids:
        return []
    found = select(Post).where(Post.unit_id.in_(sorted(unit_ids)), Post.is_active)
    return list(session.scalars(found.order_by(Post.position, Post.id).limit(PAGE)))


def read_posts(session: Session, handovers: Iterable[Handover]) -> dict[int, Post]:
    """The posts of some handovers by id."""
    return list_posts_by_id(session, sorted({row.post_id for row in handovers}))
