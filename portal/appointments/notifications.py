"""What citizens are told of their bookings: confirmation, change and cancellation."""

from datetime import datetime
from typing import Any

from portal.appointments.events import (
    BookingEvent,
    booking_cancelled,
    booking_made,
    booking_moved,
)
from portal.appointments.models import Booking
from portal.appointments.queries import message_token
from portal.catalog.models import Post, Service
from portal.identity.contact_models import Contact
from portal.messages.models import Message
from portal.messages.services import queue_message


def tell(
    event: BookingEvent,
    template: str,
    *,
    key: str = "",
    expires_at: datetime | None = None,
    **more: Any,
) -> Message | None:
    """Queue the message inside the booking's own transaction; nobody is told without a contact.

    ``key`` names the occasion where it is not the change to the booking's present version;
    ``more`` is what the template says beside the facts of the booking, or in their place.
    """
    session = event.session
    booking = session.get_one(Booking, event.booking_id)
    if booking.contact_id is None:
        return None
    contact = session.get_one(Contact, booking.contact_id)
    service = session.get_one(Service, booking.service_id)
    post = session.get_one(Post, booking.post_id)
    params: dict[str, Any] = {
        "reference": booking.reference,
        "token": message_token(booking.reference),
        "service": service.name,
        "post": post.name,
        "plate": post.plate,
        "place": post.place,
        "way": post.way,
        "starts_at": booking.starts_at.isoformat(),
        "ends_at": booking.ends_at.isoformat(),
        "sequence": event.version,
        "purpose": booking.purpose,
        "bring": booking.bring,
        **more,
    }
    return queue_message(
        session,
        template=f"appointments/messages/{template}",
        kind=contact.kind,
        to=contact.value or "",
        language=booking.language,
        params=params | more,
        key=f"booking:{booking.id}:{key or event.version}:{template}",
        subject=("booking", booking.id),
        contact_id=contact.id,
        expires_at=expires_at,
        now=event.now,
    )


@booking_made.connect
def tell_made(event: BookingEvent) -> None:
    """Confirm a booking."""
    tell(event, "confirmed")


@booking_moved.connect
def tell_moved(event: BookingEvent) -> None:
    """Say the new time."""
    if not event.cause:
        tell(event, "moved")


@booking_cancelled.connect
def tell_cancelled(event: BookingEvent) -> None:
    """Say that the time is given back."""
    if not event.cause:
        tell(event, "cancelled")
