"""Claims to priority (老殘孕優先), verified at the window (Q9)."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.appointments.rules import STATE_LABELS, PriorityVerdict, State, WrongState
from portal.appointments.services.bookings import check_version
from portal.core.actor import Actor
from portal.core.ledger import record

#: Only who stands at the window can be looked at.
HERE = (State.ARRIVED, State.SERVING)


def note_verdict(
    session: Session,
    *,
    booking: Booking,
    version: int,
    is_confirmed: bool,
    actor: Actor,
    now: datetime,
) -> None:
    """Whether the window saw a claim confirmed; a slip is put right by saying the other.

    Raises WrongState and Stale.
    """
    check_version(session, booking, version)
    if not booking.priority or booking.state not in HERE:
        raise WrongState(state=STATE_LABELS[State(booking.state)])
    verdict = PriorityVerdict.CONFIRMED if is_confirmed else PriorityVerdict.REFUSED
    booking.priority_verdict = verdict
    booking.version += 1
    session.flush()
    record(
        session,
        "appointments.booking.priority_checked",
        subject=("booking", booking.id),
        actor=actor,
        now=now,
        verdict=str(verdict),
    )
