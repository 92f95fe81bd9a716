"""Reminding people of their bookings: once each, on time, and not of what has changed."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.events import BookingEvent, booking_moved
from portal.appointments.models import Booking
from portal.appointments.notifications import tell
from portal.appointments.reminder_rules import Occasion, due_now, next_look
from portal.appointments.rules import State
from portal.core.actor import SYSTEM
from portal.core.ledger import record
from portal.messages.events import Sending, message_sending
from portal.tenancy.queries import get_settings, get_tenant

#: Bookings that one run looks at; what is left has its turn a minute later.
BATCH = 500
TEMPLATES = {Occasion.DAY: "reminder_day", Occasion.SOON: "reminder_soon"}
_PATHS = {f"appointments/messages/{template}" for template in TEMPLATES.values()}


def send_reminders(session: Session, now: datetime) -> None:
    """Sweep: queue the reminders that are due, and let go of those whose moment is long gone.

    Each booking says when it is to be looked at next, so that an index finds these alone; a
    second worker skips the rows in the first one's hand. A repeat would meet the unique key of
    its message.
    """
    tenant = get_tenant(session)
    rules = get_settings(session, tenant, at=now).booking
    due = (
        select(Booking)
        .where(Booking.remind_at <= now)
        .order_by(Booking.remind_at, Booking.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    )
    for booking in session.scalars(due).all():
        is_expected = booking.state == State.BOOKED
        reminder = due_now(booking.starts_at, rules, tenant.zone, now) if is_expected else None
        if reminder is not None:
            _remind(session, booking, reminder.occasion, reminder.latest, now)
        # Further on also when nothing was sent: what was missed is not made up for.
        booking.remind_at = (
            next_look(booking.starts_at, rules, tenant.zone, now) if is_expected else None
        )
    session.flush()


def _remind(
    session: Session, booking: Booking, occasion: Occasion, latest: datetime, now: datetime
) -> None:
    tell(
        BookingEvent(session, booking.id, booking.version, now),
        TEMPLATES[occasion],
        # One for each time that was promised, however often it was moved there.
        key=f"{booking.starts_at:%Y%m%dT%H%M}",
        expires_at=latest,
    )
    record(
        session,
        "appointments.booking.reminded",
        subject=("booking", booking.id),
        actor=SYSTEM,
        now=now,
        occasion=str(occasion),
    )


@booking_moved.connect
def arm_again(event: BookingEvent) -> None:
    """Remind of the new time, by the moments that are still to come."""
    booking = event.session.get_one(Booking, event.booking_id)
    if booking.contact_id is None:
        return
    tenant = get_tenant(event.session)
    rules = get_settings(event.session, tenant, at=event.now).booking
    booking.remind_at = next_look(booking.starts_at, rules, tenant.zone, event.now)
    event.session.flush()


@message_sending.connect
def is_still_true(question: Sending) -> bool | None:
    """Whether a reminder on its way is of a time that somebody is still expected at."""
    if question.template not in _PATHS:
        return None
    booking = question.session.get(Booking, question.subject[1])
    return (
        booking is not None
        and booking.state == State.BOOKED
        and booking.starts_at == datetime.fromisoformat(question.params["starts_at"])
    )
