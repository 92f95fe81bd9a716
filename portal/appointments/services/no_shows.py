"""Missed appointments: noted at the window, taken back with a reason, objected to, answered."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.appointments.events import NoShowEvent, objection_answered
from portal.appointments.models import Booking
from portal.appointments.no_show_models import NoShow
from portal.appointments.no_show_queries import find_no_show_of
from portal.appointments.no_show_rules import NeedsReason
from portal.appointments.rules import STATE_LABELS, UNDO, State, WrongState
from portal.appointments.services.bookings import check_version, find_contact_seat
from portal.core.actor import Actor
from portal.core.errors import Stale
from portal.core.ledger import record
from portal.tenancy.settings import BookingRules


def note_missed(session: Session, *, booking: Booking, actor: Actor, now: datetime) -> None:
    """Count a missed appointment for its contact and its person; the booking is locked."""
    session.add(
        NoShow(
            booking_id=booking.id,
            post_id=booking.post_id,
            contact_id=booking.contact_id,
            person_key=booking.person_key,
            starts_at=booking.starts_at,
            noted_at=now,
            noted_by=actor.id,
        )
    )
    session.flush()


def take_back(
    session: Session,
    *,
    booking: Booking,
    version: int,
    reason: str,
    rules: BookingRules,
    actor: Actor,
    now: datetime,
) -> None:
    """A no-show was a mistake: it no longer counts, and the person reads why.

    On whatever day, the booking is as it was before. Raises NeedsReason, WrongState, Stale,
    and AlreadyBooked or TooManyBookings when the person has booked anew since.
    """
    if not reason.strip():
        raise NeedsReason(field="reason")
    seat = None
    if booking.state == State.NO_SHOW:
        # Its own may have gone to another booking since.
        seat = find_contact_seat(
            session, booking.contact_id, ends_at=booking.ends_at, rules=rules, now=now
        )
    check_version(session, booking, version)
    if booking.state != State.NO_SHOW:
        raise WrongState(state=STATE_LABELS[State(booking.state)])
    booking.state, booking.contact_seat = UNDO[State.NO_SHOW], seat
    booking.version += 1
    session.flush()
    no_show = find_no_show_of(session, booking.id)
    if no_show is not None:
        no_show.undone_at, no_show.decided_by, no_show.answer = now, actor.id, reason.strip()
        session.flush()
        if no_show.objected_at is not None:
            objection_answered.send(NoShowEvent(session, no_show.id, now))
    record(
        session,
        "appointments.booking.undone",
        subject=("booking", booking.id),
        actor=actor,
        now=now,
        state=str(booking.state),
    )


def object_to(
    session: Session, *, no_show: NoShow, words: str, actor: Actor, now: datetime
) -> None:
    """The person says that it was otherwise; once, for the window's head to decide.

    Raises Stale when it was taken back or objected to already.
    """
    session.refresh(no_show, with_for_update=True)
    if no_show.undone_at is not None or no_show.objected_at is not None:
        raise Stale
    no_show.objection, no_show.objected_at = words, now
    session.flush()
    record(
        session,
        "appointments.no_show.objected",
        subject=("no_show", no_show.id),
        actor=actor,
        now=now,
    )


def answer(session: Session, *, no_show: NoShow, words: str, actor: Actor, now: datetime) -> None:
    """It stands, and the person reads why.

    Of two heads who decide at once one is first; raises Stale for the other.
    """
    session.refresh(no_show, with_for_update=True)
    if no_show.undone_at or no_show.decided_at or no_show.objected_at is None:
        raise Stale
    no_show.answer, no_show.decided_at, no_show.decided_by = words, now, actor.id
    session.flush()
    objection_answered.send(NoShowEvent(session, no_show.id, now))
    record(
        session,
        "appointments.no_show.answered",
        subject=("no_show", no_show.id),
        actor=actor,
        now=now,
    )
