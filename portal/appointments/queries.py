"""Reads of appointments: one booking, a person's bookings, a post's day."""

import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, Visit
from portal.appointments.rules import LIVE, PriorityVerdict, State, has_lost_priority
from portal.core.crypto import blind_index
from portal.core.errors import NotFound
from portal.core.runtime import runtime
from portal.identity.contact_models import Contact
from portal.identity.contacts import Address, contact_key
from portal.tenancy.queries import Tenant

#: Rows of a day list on one page.
DAY_PAGE = 60
#: Rows of a day list that is printed in one go.
PAPER_PAGE = 200


def booking_token(reference: str) -> str:
    """The unguessable part of a booking's link; derived, so that nothing secret is stored.

    Whoever knows number and contact finds it, and slips of the window say it.
    """
    return blind_index("booking-link", reference)


def message_token(reference: str) -> str:
    """The same as only messages to the booking's contact say it: whoever has it read one."""
    return blind_index("booking-message", reference)


def is_from_message(token: str, reference: str) -> bool:
    """Whether a link's token is the one that was sent to the contact."""
    return hmac.compare_digest(token.encode(), message_token(reference).encode())


def booking_address(tenant: Tenant, reference: str, token: str) -> str:
    """The full address of a booking's own page, for messages and codes to scan."""
    return f"{runtime().config.base_url}/{tenant.slug}/b/{reference}/{token}/"


def get_booking_by_link(session: Session, *, reference: str, token: str) -> Booking:
    """The booking behind a link; raises NotFound for a wrong token and an absent booking alike."""
    is_known = hmac.compare_digest(token.encode(), booking_token(reference).encode())
    if not is_known and not is_from_message(token, reference):
        raise NotFound
    booking = find_booking(session, reference)
    if booking is None:
        raise NotFound
    return booking


def get_booking_of_contact(session: Session, *, reference: str, contact_id: int) -> Booking:
    """A contact's own booking that still says whose it is; raises NotFound."""
    booking = find_booking(session, reference)
    if booking is None or booking.contact_id != contact_id or booking.erased_at is not None:
        raise NotFound
    return booking


def find_booking(session: Session, reference: str) -> Booking | None:
    """The booking of a reference, if there is one."""
    return session.scalar(select(Booking).where(Booking.reference == reference))


def phone_ends_with(session: Session, booking: Booking, figures: str) -> bool:
    """Whether the booking's contact is a phone number with these last four figures."""
    if booking.contact_id is None or len(figures) != 4:
        return False
    contact = session.get_one(Contact, booking.contact_id)
    return contact.kind == "phone" and (contact.value or "").endswith(figures)


def get_booking(session: Session, booking_id: int) -> Booking:
    """A booking by id; raises NotFound."""
    booking = session.get(Booking, booking_id)
    if booking is None:
        raise NotFound
    return booking


def list_bookings(session: Session, booking_ids: Sequence[int]) -> dict[int, Booking]:
    """Some bookings by id, in one read; none without asking."""
    if not booking_ids:
        return {}
    found = session.scalars(select(Booking).where(Booking.id.in_(booking_ids)))
    return {booking.id: booking for booking in found}


def get_visit(session: Session, visit_id: int) -> Visit:
    """A visit by id; raises NotFound."""
    visit = session.get(Visit, visit_id)
    if visit is None:
        raise NotFound
    return visit


@dataclass(frozen=True)
class DayCounts:
    """The figures above a day list: who is expected, and who of them nobody can reach."""

    booked: int
    unreachable: int


_OF_DAY = (
    Booking.post_id == bindparam("post"),
    Booking.local_date == bindparam("day"),
    Booking.state != State.CANCELLED,
)
_DAY_BOOKINGS = (
    select(Booking)
    .where(*_OF_DAY)
    .order_by(Booking.starts_at, Booking.id)
    .offset(bindparam("offset"))
    .limit(DAY_PAGE + 1)
)
_DAY_COUNT = select(func.count(Booking.id), func.count(Booking.contact_id)).where(*_OF_DAY)
_DAY_VISITS = (
    select(Visit)
    .where(Visit.post_id == bindparam("post"), Visit.local_date == bindparam("day"))
    .order_by(Visit.id.desc())
    .limit(DAY_PAGE)
)


def list_day_bookings(
    session: Session, *, post_id: int, day: date, offset: int = 0
) -> list[Booking]:
    """A page of a post's bookings of a day in order of time, cancelled ones left out."""
    asked = {"post": post_id, "day": day, "offset": offset}
    return list(session.scalars(_DAY_BOOKINGS, asked))


_COMING = select(Booking).where(
    Booking.post_id.in_(bindparam("posts", expanding=True)),
    Booking.local_date == bindparam("day"),
    Booking.state.in_([str(State.BOOKED), str(State.ARRIVED)]),
)


def list_coming(
    session: Session, *, post_ids: Collection[int], day: date, limit: int
) -> list[Booking]:
    """Who is still expected at some posts on a day, or waits there, the earliest first."""
    if not post_ids:
        return []
    found = session.scalars(_COMING, {"posts": sorted(post_ids), "day": day})
    # Put in order here: for the order alone the database would leave the index of the day.
    return sorted(found, key=lambda booking: (booking.starts_at, booking.id))[:limit]


def list_promised(
    session: Session, *, post_id: int, after: datetime, before: datetime, zone: ZoneInfo
) -> list[Booking]:
    """Who is still to be served at a post of those who come before a moment, the earliest first."""
    days = after.astimezone(zone).date(), before.astimezone(zone).date()
    found = select(Booking).where(
        Booking.post_id == post_id,
        Booking.local_date.between(*days),
        Booking.starts_at < before,
        Booking.ends_at > after,
        Booking.state.in_([str(state) for state in LIVE]),
    )
    # Put in order here: for the order alone the database would leave the index of the day.
    rows = session.scalars(found.execution_options(populate_existing=True))
    return sorted(rows, key=lambda booking: (booking.starts_at, booking.id))


def list_bookings_of_posts(
    session: Session, *, post_ids: list[int], day: date, offset: int = 0
) -> list[Booking]:
    """What is printed of some posts' day, post by post in order of time, and one row more."""
    if not post_ids:
        return []
    return list(
        session.scalars(
            select(Booking)
            .where(
                Booking.post_id.in_(post_ids),
                Booking.local_date == day,
                Booking.state != State.CANCELLED,
            )
            .order_by(Booking.post_id, Booking.starts_at, Booking.id)
            .offset(offset)
            .limit(PAPER_PAGE + 1)
        )
    )


def list_enterable(
    session: Session, *, post_id: int, day: date, booking_ids: list[int]
) -> list[Booking]:
    """Those of some bookings that belong to a post's day, by id."""
    return list(
        session.scalars(
            select(Booking)
            .where(
                Booking.id.in_(booking_ids), Booking.post_id == post_id, Booking.local_date == day
            )
            .order_by(Booking.id)
        )
    )


def list_day_visits(session: Session, *, post_id: int, day: date) -> list[Visit]:
    """A post's walk-ins of a day, the newest first."""
    return list(session.scalars(_DAY_VISITS, {"post": post_id, "day": day}))


def count_day(session: Session, *, post_id: int, day: date) -> DayCounts:
    """How many a post's day has, and how many of them left no contact."""
    booked, reachable = session.execute(_DAY_COUNT, {"post": post_id, "day": day}).one()
    return DayCounts(booked, booked - reachable)


def is_priority_lost(session: Session, person_key: str | None) -> bool:
    """Whether the next claim of a person to priority is void, by what became of earlier ones."""
    if person_key is None:
        return False
    verdicts = session.scalars(
        select(Booking.priority_verdict)
        .where(
            Booking.person_key == person_key,
            Booking.priority_verdict.in_((PriorityVerdict.REFUSED, PriorityVerdict.LOST)),
        )
        .order_by(Booking.created_at, Booking.id)
    )
    return has_lost_priority(verdicts)


def find_booking_of_contact(session: Session, reference: str, address: Address) -> Booking | None:
    """The booking of a reference, if it was made with this contact."""
    return session.scalar(
        select(Booking)
        .join(Contact, Contact.id == Booking.contact_id)
        .where(
            Booking.reference == reference,
            Contact.kind == address.kind,
            Contact.key == contact_key(address),
        )
    )
