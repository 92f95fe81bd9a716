"""Reads of the waiting list and of offers: by link, of a contact, of a service; positions."""

import hmac
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from portal.appointments.models import Slot
from portal.appointments.offers_models import Offer
from portal.appointments.offers_rules import OfferState
from portal.appointments.waiting_models import Waiting
from portal.appointments.waiting_rules import STANDING
from portal.catalog.models import Service
from portal.core.crypto import blind_index
from portal.core.errors import NotFound
from portal.core.runtime import runtime
from portal.tenancy.queries import Tenant


def waiting_token(waiting_id: int) -> str:
    """The unguessable part of an entry's link; derived, so that nothing secret is stored."""
    return blind_index("waiting-link", str(waiting_id))


def offer_token(offer: Offer) -> str:
    """The unguessable part of an offer's link."""
    return blind_index("offer-link", offer.token)


def waiting_address(tenant: Tenant, waiting_id: int, token: str) -> str:
    """The full address of an entry's page, for messages."""
    return f"{runtime().config.base_url}/{tenant.slug}/w/{waiting_id}/{token}/"


def offer_address(tenant: Tenant, offer_id: int, token: str) -> str:
    """The full address of an offer's page, for messages."""
    return f"{runtime().config.base_url}/{tenant.slug}/o/{offer_id}/{token}/"


def get_offer_by_link(session: Session, *, offer_id: int, token: str) -> Offer:
    """The offer behind a link; raises NotFound for a wrong token and an absent offer alike."""
    offer = session.get(Offer, offer_id)
    if offer is None or not _is_same(offer_token(offer), token):
        raise NotFound
    return offer


def get_entry_by_link(session: Session, *, waiting_id: int, token: str) -> Waiting:
    """The entry behind a link; raises NotFound for a wrong token and an absent entry alike."""
    entry = session.get(Waiting, waiting_id)
    if entry is None or not _is_same(waiting_token(waiting_id), token):
        raise NotFound
    return entry


def get_entry(session: Session, waiting_id: int) -> Waiting:
    """An entry by id; raises NotFound."""
    entry = session.get(Waiting, waiting_id)
    if entry is None:
        raise NotFound
    return entry


def _is_same(expected: str, token: str) -> bool:
    return hmac.compare_digest(expected.encode(), token.encode())


@dataclass(frozen=True)
class Place:
    """An entry with its place in the list, and what is kept for it at the moment."""

    entry: Waiting
    #: 1 for who comes first on any of the entry's days.
    position: int
    service: Service
    offer: Offer | None
    slot: Slot | None


def find_place(session: Session, waiting_id: int) -> Place | None:
    """A standing entry with its place; None when it has ended."""
    return next(iter(_places(session, select(Waiting.id).where(Waiting.id == waiting_id))), None)


def list_places_of_contact(session: Session, contact_id: int) -> list[Place]:
    """A contact's standing entries, the oldest first; the contact's limit keeps them few."""
    return _places(session, select(Waiting.id).where(Waiting.contact_id == contact_id))


def list_places(session: Session, waiting_ids: list[int]) -> list[Place]:
    """Some standing entries with their places, in order of the list."""
    return _places(session, select(Waiting.id).where(Waiting.id.in_(waiting_ids)))


def _places(session: Session, ids: Select[int]) -> list[Place]:
    before = aliased(Waiting)
    ahead = (
        select(func.count(before.id))
        .where(
            before.service_id == Waiting.service_id,
            before.state.in_(STANDING),
            before.id < Waiting.id,
            before.first_day <= Waiting.last_day,
            before.last_day >= Waiting.first_day,
        )
        .scalar_subquery()
    )
    rows = session.execute(
        select(Waiting, ahead + 1, Service, Offer, Slot)
        .join(Service, Service.id == Waiting.service_id)
        .outerjoin(Offer, (Offer.waiting_id == Waiting.id) & (Offer.state == OfferState.OPEN))
        .outerjoin(Slot, Slot.id == Offer.slot_id)
        .where(Waiting.id.in_(ids), Waiting.state.in_(STANDING))
        .order_by(Waiting.id)
    )
    return [Place(*row) for row in rows]
