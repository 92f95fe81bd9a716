"""Reads of broken promises: a booking's own, those of a day list, and the oversight page's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, or_, select
from sqlalchemy.orm import Session

from portal.appointments.breach_models import Breach, BreachComplaint, BreachSettlement
from portal.appointments.models import Booking, Slot
from portal.appointments.offers_models import Offer
from portal.appointments.offers_rules import OfferKind, OfferState
from portal.appointments.queries import list_bookings
from portal.catalog.models import Post, PostStaff, Service
from portal.core.errors import NotFound
from portal.core.ledger import LedgerEntry
from portal.core.listing import Listing, fetch_page
from portal.identity.models import RoleAssignment, Unit

#: Lines of the ledger that are shown as evidence.
LINES = 60
#: Broken promises that one booking's page shows.
SHOWN = 10


@dataclass(frozen=True)
class Broken:
    """A broken promise, what was said to it and what stands instead."""

    breach: Breach
    complaint: BreachComplaint | None
    settlement: BreachSettlement | None


@dataclass(frozen=True)
class NewTime:
    """A time that is kept for somebody whom the office let down."""

    offer_id: int
    starts_at: datetime
    expires_at: datetime


_WITH_ANSWERS = (
    select(Breach, BreachComplaint, BreachSettlement)
    .outerjoin(
        BreachComplaint,
        (BreachComplaint.institution_id == Breach.institution_id)
        & (BreachComplaint.breach_id == Breach.id),
    )
    .outerjoin(
        BreachSettlement,
        (BreachSettlement.institution_id == Breach.institution_id)
        & (BreachSettlement.breach_id == Breach.id),
    )
)


def list_broken_of(session: Session, booking_id: int) -> list[Broken]:
    """The broken promises of a booking, the latest first."""
    found = _WITH_ANSWERS.where(Breach.booking_id == booking_id)
    rows = session.execute(found.order_by(Breach.id.desc()).limit(SHOWN))
    return [Broken(*row) for row in rows]


def list_new_times(session: Session, booking_id: int, *, now: datetime) -> list[NewTime]:
    """What is kept for a booking that was let down, in order of time."""
    rows = session.execute(
        select(Offer.id, Slot.starts_at, Offer.expires_at)
        .join(Slot, Slot.id == Offer.slot_id)
        .where(
            Offer.booking_id == booking_id,
            Offer.kind == OfferKind.BREACH,
            Offer.state == OfferState.OPEN,
            Offer.expires_at > now,
        )
        .order_by(Slot.starts_at, Offer.id)
    )
    return [NewTime(*row) for row in rows]


_BROKEN = select(Breach.booking_id, Breach.slot_id).where(
    Breach.booking_id.in_(bindparam("bookings", expanding=True))
)


def find_broken(session: Session, bookings: Sequence[Booking]) -> set[int]:
    """Which of these bookings have a promise that was broken at the time they have now."""
    slots = {booking.id: booking.slot_id for booking in bookings}
    rows = session.execute(_BROKEN, {"bookings": list(slots)})
    return {booking_id for booking_id, slot_id in rows if slots[booking_id] == slot_id}


#: What the oversight page can be asked for.
STATES = ("open", "answered", "all")


def list_breaches(session: Session, *, state: str, overseer_id: int, page: int) -> Listing[Breach]:
    """A page of broken promises, the newest first; those of the overseer's own windows left out.

    ``state`` is "open" or "answered" for those with such a complaint, or "all".
    """
    found = select(Breach).where(*_not_own(overseer_id))
    if state != "all":
        is_answered = BreachComplaint.answered_at.is_not(None)
        wanted = is_answered if state == "answered" else ~is_answered
        found = found.where(Breach.id.in_(select(BreachComplaint.breach_id).where(wanted)))
    return fetch_page(session, found.order_by(Breach.id.desc()), page)


def _not_own(staff_id: int) -> tuple[ColumnElement[bool], ...]:
    """Not of a window where the person serves, nor of a unit that is theirs to lead (Q14).

    Who leads a unit leads those below it, too.
    """
    serving = select(PostStaff.post_id).where(PostStaff.staff_id == staff_id)
    led = select(RoleAssignment.unit_id).where(
        RoleAssignment.staff_id == staff_id, RoleAssignment.unit_id.is_not(None)
    )
    below = select(Unit.id).where(Unit.parent_id.in_(led))
    led_posts = select(Post.id).where(or_(Post.unit_id.in_(led), Post.unit_id.in_(below)))
    return Breach.post_id.not_in(serving), Breach.post_id.not_in(led_posts)


@dataclass(frozen=True)
class Line:
    """A broken promise as the oversight page lists it."""

    broken: Broken
    booking: Booking
    service: Service
    post: Post


def _with_names(session: Session, criterion: ColumnElement[bool]) -> list[Line]:
    statement = (
        _WITH_ANSWERS.add_columns(Service, Post)
        .join(Service, Service.id == Breach.service_id)
        .join(Post, Post.id == Breach.post_id)
        .where(criterion)
        .order_by(Breach.id.desc())
    )
    rows = session.execute(statement).all()
    # By themselves: joined to so much, PostgreSQL would rather read all than look up a few.
    bookings = list_bookings(session, [row.Breach.booking_id for row in rows])
    return [
        Line(Broken(*row[:3]), bookings[row.Breach.booking_id], row.Service, row.Post)
        for row in rows
    ]


def list_lines(session: Session, breaches: Sequence[Breach]) -> list[Line]:
    """What a page of the list says of each broken promise, however many, in two statements."""
    return _with_names(session, Breach.id.in_([breach.id for breach in breaches]))


def get_line(session: Session, breach_id: int, *, overseer_id: int) -> Line:
    """A broken promise that is not of the overseer's own window; raises NotFound."""
    own = _not_own(overseer_id)
    if session.scalar(select(Breach.id).where(Breach.id == breach_id, *own)) is None:
        raise NotFound
    return _with_names(session, Breach.id == breach_id)[0]


def list_evidence(session: Session, booking_id: int) -> list[LedgerEntry]:
    """The ledger's lines about a booking, the earliest first: nobody can have changed them."""
    return list(
        session.scalars(
            select(LedgerEntry)
            .where(LedgerEntry.subject_kind == "booking", LedgerEntry.subject_id == booking_id)
            .order_by(LedgerEntry.id)
            .limit(LINES)
        )
    )
