"""Writing down that a place which nobody has any more, or not yet, is kept for a named person."""

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from portal.appointments.events import OfferEvent, offer_made
from portal.appointments.models import Hold
from portal.appointments.offers_models import Offer
from portal.appointments.offers_rules import OfferKind
from portal.core.actor import Actor
from portal.core.ledger import record

#: Instead of a network: an offer takes none of the places that people may hold.
NO_NETWORK = "offer"


def keep_for(
    session: Session,
    *,
    slot_id: int,
    kind: OfferKind,
    contact_id: int,
    booking_id: int | None = None,
    waiting_id: int | None = None,
    expires_at: datetime,
    actor: Actor,
    now: datetime,
) -> Offer:
    """Keep for a person a place that is taken already and nobody's."""
    offer = Offer(
        kind=kind,
        slot_id=slot_id,
        contact_id=contact_id,
        booking_id=booking_id,
        waiting_id=waiting_id,
        token=secrets.token_urlsafe(32),
        expires_at=expires_at,
        created_at=now,
    )
    hold = Hold(
        slot_id=slot_id,
        holder=offer.token,
        network=NO_NETWORK,
        network_seat=None,
        contact_id=contact_id,
        expires_at=expires_at,
    )
    session.add_all([offer, hold])
    session.flush()
    record(
        session,
        "appointments.offer.made",
        subject=("offer", offer.id),
        actor=actor,
        now=now,
        kind=str(kind),
        slot=slot_id,
    )
    offer_made.send(OfferEvent(session, offer.id, now))
    return offer
