"""What a citizen is offered and told when the office broke a promise, and when it answers."""

from typing import Any

from sqlalchemy import select

from portal.appointments.breach_models import Breach, BreachComplaint
from portal.appointments.breach_queries import list_new_times
from portal.appointments.events import BookingEvent, BreachEvent, complaint_answered, promise_broken
from portal.appointments.models import Booking
from portal.appointments.notifications import tell
from portal.appointments.services.redress import offer_new_times
from portal.tenancy.queries import get_settings, get_tenant


@promise_broken.connect
def make_good(event: BreachEvent) -> None:
    """Keep new times for who is still waiting, then apologise and name them (W-YY-3)."""
    session, now = event.session, event.now
    breach = session.get_one(Breach, event.breach_id)
    booking = session.get_one(Booking, breach.booking_id)
    if breach.started_at is None:
        rules = get_settings(session, get_tenant(session), at=now).booking
        offer_new_times(session, booking=booking, rules=rules, now=now)
    times = list_new_times(session, booking.id, now=now)
    _tell(
        event,
        "broken",
        times=[time.starts_at.isoformat() for time in times],
        until=times[0].expires_at.isoformat() if times else "",
        is_served=breach.started_at is not None,
    )


@complaint_answered.connect
def tell_answer(event: BreachEvent) -> None:
    """Send the answer to who complained."""
    session = event.session
    complaint = session.scalars(
        select(BreachComplaint).where(BreachComplaint.breach_id == event.breach_id)
    ).one()
    _tell(event, "answered", answer=complaint.answer)


def _tell(event: BreachEvent, template: str, **more: Any) -> None:
    session = event.session
    breach = session.get_one(Breach, event.breach_id)
    booking = session.get_one(Booking, breach.booking_id)
    tell(
        BookingEvent(session, booking.id, booking.version, event.now),
        template,
        key=f"breach-{breach.id}",
        # The promise as it was, whatever the booking has become.
        starts_at=breach.starts_at.isoformat(),
        ends_at=breach.ends_at.isoformat(),
        **more,
    )
