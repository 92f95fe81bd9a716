"""What a person who was moved says to the new time: agree, choose another, or cancel."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.appointments.closure_models import ClosedBooking
from portal.appointments.closure_queries import find_question
from portal.appointments.closure_rules import Answer, NothingAsked
from portal.appointments.events import BookingEvent, booking_cancelled, booking_moved
from portal.appointments.models import Booking
from portal.appointments.rules import State
from portal.core.actor import Actor
from portal.core.errors import Stale
from portal.core.ledger import record


def accept_new_time(
    session: Session, *, booking: Booking, version: int, actor: Actor, now: datetime
) -> None:
    """The person agrees to the time that the office gave; raises Stale and NothingAsked."""
    session.refresh(booking, with_for_update=True)
    if booking.version != version:
        raise Stale(version=booking.version)
    question = find_question(session, booking.id)
    if question is None or booking.state != State.BOOKED:
        raise NothingAsked
    question.answer, question.answered_at = str(Answer.ACCEPTED), now
    session.flush()
    record(
        session,
        "appointments.booking.confirmed",
        subject=("booking", booking.id),
        actor=actor,
        now=now,
        closure=question.closure_id,
    )


@booking_moved.connect
def note_other_time(event: BookingEvent) -> None:
    """Whoever chooses another time has answered; the office moving once more asks anew."""
    _answer(event, Answer.REPLACED if event.cause else Answer.CHANGED)


@booking_cancelled.connect
def note_cancelled(event: BookingEvent) -> None:
    """Whoever cancels has answered."""
    _answer(event, Answer.REPLACED if event.cause else Answer.DECLINED)


def _answer(event: BookingEvent, answer: Answer) -> None:
    event.session.execute(
        update(ClosedBooking)
        .where(ClosedBooking.booking_id == event.booking_id, ClosedBooking.answer == "open")
        .values(answer=str(answer), answered_at=event.now)
        .execution_options(synchronize_session="fetch")
    )
