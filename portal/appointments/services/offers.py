"""Keeping a place for a named person: offering it, and what the person answers, or does not.

An offer is a hold with a name on it, so that its place is conserved like that of any hold: who
takes the hold away decides about the place. Offers are locked first, in ascending id, then
their booking, the slots and the hold.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.appointments.events import (
    OfferEvent,
    offer_declined,
    offer_expired,
    offer_taken,
)
from portal.appointments.models import Booking, Hold
from portal.appointments.offers_models import Offer
from portal.appointments.offers_rules import OfferGone, OfferKind, OfferState
from portal.appointments.rules import LIVE, STATE_LABELS, Channel, HoldGone, State, WrongState
from portal.appointments.services.bookings import Order, Person, book_held
from portal.appointments.services.holds import Kept, get_kept
from portal.appointments.services.keeping import keep_for
from portal.appointments.services.moves import move_to_kept
from portal.appointments.services.places import (
    claim_place,
    lock_slots,
    return_places,
    take_away,
)
from portal.appointments.waiting_models import Waiting
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import TryAgain
from portal.core.ledger import record
from portal.tenancy.settings import BookingRules

#: Offers that one run of the sweep ends.
BATCH = 500


def offer_place(
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
    """Take a place and keep it for a person until ``expires_at``; raises SlotTaken.

    For whom it is says the booking that it stands in for, or the entry of the waiting list:
    exactly one of the two. Whether the slot is open to the person is the caller's choice.
    """
    claim_place(session, slot_id=slot_id, now=now)
    return keep_for(
        session,
        slot_id=slot_id,
        kind=kind,
        contact_id=contact_id,
        booking_id=booking_id,
        waiting_id=waiting_id,
        expires_at=expires_at,
        actor=actor,
        now=now,
    )


def take_offer(
    session: Session,
    *,
    offer: Offer,
    rules: BookingRules,
    zone: ZoneInfo,
    actor: Actor,
    now: datetime,
) -> Booking:
    """Book the place that was kept, under the limits of every booking (I-9).

    An offer that stands in for a booking which is still live moves that booking, and its
    reference stays; other times that were kept for it are given back. Raises OfferGone,
    AlreadyBooked, TooManyBookings and WrongState.
    """
    others = _lock_with_others(session, offer, now)
    booking = _lock_booking(session, offer)
    moves = booking is not None and booking.state in LIVE
    slots = {other.slot_id for other in (offer, *others)}
    if booking is not None and (moves or others):
        lock_slots(session, sorted(slots | {booking.slot_id}))
    try:
        kept = get_kept(session, holder=offer.token, now=now)
        if booking is not None and moves:
            move_to_kept(session, booking=booking, kept=kept, zone=zone, actor=actor, now=now)
            taken = booking
        else:
            taken = _book(session, offer, booking, kept, rules, zone, actor, now)
    except HoldGone as error:
        raise OfferGone from error
    offer.state, offer.answered_at, offer.taken_booking_id = OfferState.TAKEN, now, taken.id
    session.flush()
    _record(session, offer, "taken", actor, now, booking=taken.id)
    offer_taken.send(OfferEvent(session, offer.id, now))
    for other in others:
        _give_up(session, other, OfferState.DECLINED, actor, now)
    return taken


def decline_offer(session: Session, *, offer: Offer, actor: Actor, now: datetime) -> None:
    """Give the place back on the person's own wish; raises OfferGone."""
    _lock(session, offer, now)
    lock_slots(session, [offer.slot_id])
    _give_up(session, offer, OfferState.DECLINED, actor, now)


def give_up_offers(session: Session, *, waiting_id: int, actor: Actor, now: datetime) -> None:
    """Give back what is kept for somebody who leaves the waiting list."""
    for offer in _lock_open_of(session, waiting_id):
        lock_slots(session, [offer.slot_id])
        _give_up(session, offer, OfferState.DECLINED, actor, now)


def let_offers_run_out(session: Session, *, waiting_id: int, now: datetime) -> set[int]:
    """Have what is kept for somebody who booked another time end now; the sweep returns it.

    Returns the ids of the offers that were open.
    """
    found = _lock_open_of(session, waiting_id)
    for offer in found:
        hold = session.scalar(select(Hold).where(Hold.holder == offer.token))
        # Without its hold it is the one that is being taken.
        if hold is not None:
            hold.expires_at = offer.expires_at = min(offer.expires_at, now)
    session.flush()
    return {offer.id for offer in found}


def check_none_since(session: Session, *, waiting_id: int, known: set[int]) -> None:
    """Raises TryAgain when an entry was offered a place after its offers were looked for.

    Its offers are locked before the entry, as everybody does, so that a place can be returned
    between the two. Called with the entry locked, when nothing can be offered any more.
    """
    is_open = select(Offer.id).where(
        Offer.waiting_id == waiting_id, Offer.state == OfferState.OPEN, Offer.id.not_in(known)
    )
    if session.scalar(is_open) is not None:
        raise TryAgain


def _lock_open_of(session: Session, waiting_id: int) -> list[Offer]:
    """The open offer of an entry, if it has one: the constraint allows no more."""
    return list(
        session.scalars(
            select(Offer)
            .where(Offer.waiting_id == waiting_id, Offer.state == OfferState.OPEN)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def expire_offers(session: Session, now: datetime) -> None:
    """Sweep: end the offers that nobody answered in time, whoever has their place by now."""
    due = session.scalars(
        select(Offer)
        .where(Offer.state == OfferState.OPEN, Offer.expires_at <= now)
        .order_by(Offer.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    if due:
        lock_slots(session, sorted({offer.slot_id for offer in due}))
    for offer in due:
        _give_up(session, offer, OfferState.EXPIRED, SYSTEM, now)


def _give_up(
    session: Session, offer: Offer, state: OfferState, actor: Actor, now: datetime
) -> None:
    """End an offer and return its place, if no one else has done that; its slot is locked."""
    offer.state, offer.answered_at = state, now
    session.flush()
    _record(session, offer, str(state), actor, now)
    signal = offer_declined if state is OfferState.DECLINED else offer_expired
    signal.send(OfferEvent(session, offer.id, now))
    hold = session.scalar(select(Hold).where(Hold.holder == offer.token))
    if hold is not None and take_away(session, hold):
        return_places(session, slot_id=offer.slot_id, now=now)


def _lock(session: Session, offer: Offer, now: datetime) -> None:
    session.refresh(offer, with_for_update=True)
    _check_open(offer, now)


def _check_open(offer: Offer, now: datetime) -> None:
    if offer.state != OfferState.OPEN or offer.expires_at <= now:
        raise OfferGone


def _lock_with_others(session: Session, offer: Offer, now: datetime) -> list[Offer]:
    """Lock an offer, and whatever else is kept for the same booking, which is returned."""
    if offer.booking_id is None:
        _lock(session, offer, now)
        return []
    same = select(Offer).where(
        Offer.booking_id == offer.booking_id,
        or_(Offer.state == OfferState.OPEN, Offer.id == offer.id),
    )
    locked = session.scalars(
        same.order_by(Offer.id).with_for_update().execution_options(populate_existing=True)
    ).all()
    _check_open(offer, now)
    return [other for other in locked if other.id != offer.id]


def _lock_booking(session: Session, offer: Offer) -> Booking | None:
    """The booking that an offer stands in for; what was erased or is finished needs no place."""
    if offer.booking_id is None:
        return None
    booking = session.get_one(
        Booking, offer.booking_id, with_for_update=True, populate_existing=True
    )
    if booking.erased_at is not None:
        raise OfferGone
    if booking.state in {State.SERVING, State.DONE}:
        raise WrongState(state=STATE_LABELS[State(booking.state)])
    return booking


def _book(
    session: Session,
    offer: Offer,
    booking: Booking | None,
    kept: Kept,
    rules: BookingRules,
    zone: ZoneInfo,
    actor: Actor,
    now: datetime,
) -> Booking:
    named = booking or session.get_one(Waiting, offer.waiting_id)
    if named.erased_at is not None or named.name is None:
        raise OfferGone
    person = Person(
        name=named.name,
        key=named.person_key,
        id_number=named.id_number,
        is_for_other=named.is_for_other,
        priority=named.priority,
        language=named.language,
    )
    channel = Channel(named.channel)
    if actor.kind == "staff" and channel is Channel.ONLINE:
        channel = Channel.PHONE
    order = Order(person, offer.contact_id, channel)
    return book_held(session, kept=kept, order=order, rules=rules, zone=zone, actor=actor, now=now)


def _record(
    session: Session,
    offer: Offer,
    what: str,
    actor: Actor,
    now: datetime,
    **data: int | str | None,
) -> None:
    record(
        session,
        f"appointments.offer.{what}",
        subject=("offer", offer.id),
        actor=actor,
        now=now,
        **data,
    )
