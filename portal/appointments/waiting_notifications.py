"""What those who wait are told: that they are on the list, and that a place is kept for them."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.appointments.events import OfferEvent, WaitingEvent, offer_made, waiting_joined
from portal.appointments.models import Slot
from portal.appointments.offers_models import Offer
from portal.appointments.waiting_models import Waiting
from portal.appointments.waiting_queries import offer_token, waiting_token
from portal.appointments.waiting_rules import asked_at
from portal.catalog.models import Post, Service
from portal.identity.contact_models import Contact
from portal.messages.services import queue_message
from portal.tenancy.queries import get_settings, get_tenant


@waiting_joined.connect
def tell_joined(event: WaitingEvent) -> None:
    """Confirm the entry, with the link to see it and to leave."""
    session = event.session
    entry = session.get_one(Waiting, event.waiting_id)
    params: dict[str, Any] = {
        "waiting": entry.id,
        "token": waiting_token(entry.id),
        "service": session.get_one(Service, entry.service_id).name,
        "first_day": entry.first_day.isoformat(),
        "last_day": entry.last_day.isoformat(),
    }
    _tell(
        session, entry, "waiting", params, key=f"waiting:{entry.id}", due=event.now, now=event.now
    )


@offer_made.connect
def tell_offered(event: OfferEvent) -> None:
    """Say that a place is kept, and until when; nobody is woken for it."""
    session = event.session
    offer = session.get_one(Offer, event.offer_id)
    if offer.waiting_id is None:
        return
    entry = session.get_one(Waiting, offer.waiting_id)
    tenant = get_tenant(session)
    rules = get_settings(session, tenant, at=event.now).booking
    _tell(
        session,
        entry,
        "offered",
        say_kept_place(session, offer),
        key=f"offer:{offer.id}",
        due=asked_at(event.now, rules, tenant.zone),
        expires_at=offer.expires_at,
        now=event.now,
    )


def say_kept_place(session: Session, offer: Offer) -> dict[str, Any]:
    """What a message says of the place that is kept, whyever it is."""
    slot = session.get_one(Slot, offer.slot_id)
    post = session.get_one(Post, slot.post_id)
    return {
        "offer": offer.id,
        "token": offer_token(offer),
        "service": session.get_one(Service, slot.service_id).name,
        "post": post.name,
        "plate": post.plate,
        "starts_at": slot.starts_at.isoformat(),
        "expires_at": offer.expires_at.isoformat(),
    }


def _tell(
    session: Session,
    entry: Waiting,
    template: str,
    params: dict[str, Any],
    *,
    key: str,
    due: datetime,
    now: datetime,
    expires_at: datetime | None = None,
) -> None:
    contact = session.get_one(Contact, entry.contact_id)
    queue_message(
        session,
        template=f"appointments/messages/{template}",
        kind=contact.kind,
        to=contact.value or "",
        language=entry.language,
        params=params,
        key=f"{key}:{template}",
        subject=("waiting", entry.id),
        contact_id=contact.id,
        due=due,
        expires_at=expires_at,
        now=now,
    )
