"""Phoning people whom no message reached, so that the next colleague knows."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.appointments.call_models import PhoneCall
from portal.appointments.models import Booking
from portal.core.actor import Actor
from portal.core.ledger import record


def note_call(
    session: Session, *, booking: Booking, is_reached: bool, actor: Actor, now: datetime
) -> PhoneCall:
    """Write down a call; two colleagues who phone at once have each phoned, and both stand."""
    call = PhoneCall(booking_id=booking.id, called_at=now, staff_id=actor.id, is_reached=is_reached)
    session.add(call)
    session.flush()
    record(
        session,
        "appointments.booking.phoned",
        subject=("booking", booking.id),
        actor=actor,
        now=now,
        reached=is_reached,
    )
    return call
