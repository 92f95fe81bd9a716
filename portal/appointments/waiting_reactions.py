"""What happens to the waiting list when an offer was answered or its person books."""

from portal.appointments.events import (
    BookingEvent,
    OfferEvent,
    booking_made,
    offer_declined,
    offer_expired,
)
from portal.appointments.offers_models import Offer
from portal.appointments.services.waiting import note_booked
from portal.appointments.waiting_models import Waiting
from portal.appointments.waiting_rules import WaitingState


@offer_declined.connect
@offer_expired.connect
def wait_again(event: OfferEvent) -> None:
    """Whoever did not take an offer keeps the place in the list."""
    session = event.session
    offer = session.get_one(Offer, event.offer_id)
    if offer.waiting_id is None:
        return
    entry = session.get_one(Waiting, offer.waiting_id, with_for_update=True, populate_existing=True)
    if entry.state == WaitingState.OFFERED:
        entry.state = WaitingState.WAITING
        session.flush()


@booking_made.connect
def end_waiting(event: BookingEvent) -> None:
    """Whoever has booked waits no longer, however it came about."""
    if event.waiting_id is not None:
        note_booked(event.session, waiting_id=event.waiting_id, now=event.now)
