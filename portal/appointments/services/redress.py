"""Making good a broken promise: real new times, and the citizen's answer to them (W-YY-3)."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.appointments.availability import Asker, open_to
from portal.appointments.breach_models import Breach, BreachSettlement
from portal.appointments.models import Booking, Slot
from portal.appointments.offers_models import Offer
from portal.appointments.offers_rules import OfferGone, OfferKind, OfferState
from portal.appointments.rules import SlotTaken
from portal.appointments.services.offers import decline_offer, offer_place, take_offer
from portal.core.actor import SYSTEM, Actor
from portal.core.ledger import record
from portal.tenancy.settings import BookingRules

#: New times that a person is offered, and how many are looked up, for some may go meanwhile.
OFFERED, LOOKED_UP = 3, 9


def offer_new_times(
    session: Session, *, booking: Booking, rules: BookingRules, now: datetime
) -> list[Offer]:
    """Keep the next free times of the service for whom the office let down: three, or fewer.

    Only times that begin when the keeping ends or later are offered, so that each can be taken
    as long as it is kept. Whoever left no contact is offered none: nobody could tell them.
    """
    if booking.contact_id is None:
        return []
    until = now + timedelta(minutes=rules.breach_offer_minutes)
    times = _next_times(session, booking, after=until, now=now)
    made: list[Offer] = []
    # Slots are locked in ascending id as far as it goes.
    for slot_id in [*sorted(times[:OFFERED]), *times[OFFERED:]]:
        if len(made) == OFFERED:
            break
        try:
            offer = offer_place(
                session,
                slot_id=slot_id,
                kind=OfferKind.BREACH,
                contact_id=booking.contact_id,
                booking_id=booking.id,
                expires_at=until,
                actor=SYSTEM,
                now=now,
            )
        except SlotTaken:
            continue
        made.append(offer)
    return made


def _next_times(session: Session, booking: Booking, *, after: datetime, now: datetime) -> list[int]:
    """A slot with a place at each of the next times of a booking's service, in order of time."""
    asker = Asker(has_priority=bool(booking.priority))
    return list(
        session.scalars(
            select(func.min(Slot.id))
            .where(
                Slot.service_id == booking.service_id,
                Slot.starts_at >= after,
                Slot.booked < Slot.capacity,
                open_to(asker, now),
            )
            .group_by(Slot.starts_at)
            .order_by(Slot.starts_at)
            .limit(LOOKED_UP)
        )
    )


def take_new_time(
    session: Session,
    *,
    breach: Breach,
    offer_id: int,
    rules: BookingRules,
    zone: ZoneInfo,
    actor: Actor,
    now: datetime,
) -> Booking:
    """Have one of the new times instead; the others that were kept are given back.

    Said by the citizen's own device, this settles the breach; said by anybody else, the breach
    stays open as it was. Raises OfferGone, AlreadyBooked, TooManyBookings and WrongState.
    """
    offer = session.get(Offer, offer_id)
    if offer is None or (offer.kind, offer.booking_id) != (OfferKind.BREACH, breach.booking_id):
        raise OfferGone
    booking = take_offer(session, offer=offer, rules=rules, zone=zone, actor=actor, now=now)
    if actor.kind == "citizen":
        session.add(BreachSettlement(breach_id=breach.id, booking_id=booking.id, settled_at=now))
        session.flush()
        record(
            session,
            "appointments.breach.settled",
            subject=("breach", breach.id),
            actor=actor,
            now=now,
            booking=booking.id,
        )
    return booking


def decline_new_times(session: Session, *, breach: Breach, actor: Actor, now: datetime) -> None:
    """Give back all new times at once; raises OfferGone when none is kept any more."""
    offers = session.scalars(
        select(Offer)
        .where(
            Offer.booking_id == breach.booking_id,
            Offer.kind == OfferKind.BREACH,
            Offer.state == OfferState.OPEN,
            Offer.expires_at > now,
        )
        .order_by(Offer.id)
    ).all()
    if not offers:
        raise OfferGone
    for offer in offers:
        decline_offer(session, offer=offer, actor=actor, now=now)
