"""What somebody is told for whom a place is kept because a closure cancelled theirs."""

from portal.appointments.events import OfferEvent, offer_made
from portal.appointments.models import Booking
from portal.appointments.offers_models import Offer
from portal.appointments.offers_rules import OfferKind
from portal.appointments.waiting_notifications import say_kept_place
from portal.appointments.waiting_rules import asked_at
from portal.identity.contact_models import Contact
from portal.messages.services import queue_message
from portal.tenancy.queries import get_settings, get_tenant


@offer_made.connect
def tell_kept_for_owed(event: OfferEvent) -> None:
    """Say that a place is kept, and until when; nobody is woken for it."""
    session = event.session
    offer = session.get_one(Offer, event.offer_id)
    if offer.kind != OfferKind.CLOSURE or offer.booking_id is None:
        return
    booking = session.get_one(Booking, offer.booking_id)
    contact = session.get_one(Contact, offer.contact_id)
    tenant = get_tenant(session)
    rules = get_settings(session, tenant, at=event.now).booking
    queue_message(
        session,
        template="appointments/messages/closure_offered",
        kind=contact.kind,
        to=contact.value or "",
        language=booking.language,
        params=say_kept_place(session, offer),
        key=f"offer:{offer.id}:closure_offered",
        subject=("booking", booking.id),
        contact_id=contact.id,
        due=asked_at(event.now, rules, tenant.zone),
        expires_at=offer.expires_at,
        now=event.now,
    )
