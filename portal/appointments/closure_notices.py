"""What somebody is told for whom a place is kept because a closure cancelled theirs."""

from typing import Any

from portal.appointments.events import OfferEvent, offer_made
from portal.appointments.models import Booking, Slot
from portal.appointments.offers_models import Offer
from portal.appointments.offers_rules import OfferKind
from portal.appointments.waiting_queries import offer_token
from portal.appointments.waiting_rules import asked_at
from portal.catalog.models import Post, Service
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
    booking, slot = session.get_one(Booking, offer.booking_id), session.get_one(Slot, offer.slot_id)
    post, contact = session.get_one(Post, slot.post_id), session.get_one(Contact, offer.contact_id)
    tenant = get_tenant(session)
    rules = get_settings(session, tenant, at=event.now).booking
    params: dict[str, Any] = {
        "offer": offer.id,
        "token": offer_token(offer),
        "service": session.get_one(Service, booking.service_id).name,
        "post": post.name,
        "plate": post.plate,
        "starts_at": slot.starts_at.isoformat(),
        "expires_at": offer.expires_at.isoformat(),
    }
    queue_message(
        session,
        template="appointments/messages/closure_offered",
        kind=contact.kind,
        to=contact.value or "",
        language=booking.language,
        params=params,
        key=f"offer:{offer.id}:closure_offered",
        subject=("booking", booking.id),
        contact_id=contact.id,
        due=asked_at(event.now, rules, tenant.zone),
        expires_at=offer.expires_at,
        now=event.now,
    )
