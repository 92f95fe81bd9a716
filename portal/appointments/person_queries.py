"""What a booking has to know of its person before it is written, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.appointments.no_show_models import NoShow
from portal.appointments.rules import LIVE
from portal.appointments.waiting_models import Waiting
from portal.appointments.waiting_rules import STANDING
from portal.identity.contact_models import Contact

#: The seat of a live booking among those of its contact, and when it ends.
Seat = tuple[int | None, datetime]


@dataclass(frozen=True)
class PersonFacts:
    """What stands of whoever is to come and of the contact that is told."""

    #: Of the contact's live bookings.
    seats: Sequence[Seat]
    #: The entry of the service's waiting list that a booking ends.
    waiting_id: int | None
    #: Whether either may have missed an appointment since ``missed_since``.
    has_missed: bool


_WAITING = select(Waiting.id).where(
    Waiting.person_key == bindparam("person"),
    Waiting.service_id == bindparam("service"),
    Waiting.state.in_(STANDING),
)
_MISSED = or_(
    # One branch for each, so that each is found by its own index.
    *(
        select(NoShow.id)
        .where(theirs, NoShow.undone_at.is_(None), NoShow.starts_at > bindparam("missed_since"))
        .exists()
        for theirs in (
            NoShow.contact_id == bindparam("contact"),
            NoShow.person_key == bindparam("person"),
        )
    )
)
_IS_LIVE = and_(Booking.contact_id == Contact.id, Booking.state.in_(LIVE))
_FACTS = (
    select(Booking.contact_seat, Booking.ends_at, _WAITING.scalar_subquery(), _MISSED)
    .select_from(Contact)
    .outerjoin(Booking, _IS_LIVE)
    .where(Contact.id == bindparam("contact"))
    .execution_options(autoflush=False)
)
_SEATS = (
    select(Booking.contact_seat, Booking.ends_at)
    .where(Booking.contact_id == bindparam("contact"), Booking.state.in_(LIVE))
    .execution_options(autoflush=False)
)


def read_facts(
    session: Session,
    *,
    contact_id: int | None,
    person_key: str | None,
    service_id: int,
    missed_since: datetime,
) -> PersonFacts:
    """Read them; of somebody without a contact only whether the person waits."""
    asked = {"contact": contact_id, "person": person_key, "service": service_id}
    if contact_id is None:
        waiting_id = session.scalar(_WAITING, asked) if person_key is not None else None
        return PersonFacts((), waiting_id, has_missed=person_key is not None)
    rows = session.execute(_FACTS, {**asked, "missed_since": missed_since}).all()
    seats = [(seat, end) for seat, end, _waiting, _missed in rows if end is not None]
    return PersonFacts(seats, rows[0][2], bool(rows[0][3]))


def list_seats(session: Session, contact_id: int) -> Sequence[Seat]:
    """The seats of a contact's live bookings."""
    return [(seat, end) for seat, end in session.execute(_SEATS, {"contact": contact_id})]
