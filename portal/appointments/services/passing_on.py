"""A returned place goes to whoever waits for that day, in order, before it goes to the public.

In the transaction that returns it, so that no place is lost and none is offered twice: the first
fitting entry that nobody else has in hand is locked, and its state says that it is offered.
"""

from datetime import date, datetime

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, func, select, true
from sqlalchemy.orm import Session, aliased

from portal.appointments.availability import Asker, open_to
from portal.appointments.models import Booking, PublishedDay, Slot
from portal.appointments.no_show_queries import find_standing
from portal.appointments.offers_models import Offer
from portal.appointments.offers_rules import OfferKind
from portal.appointments.queries import is_priority_lost
from portal.appointments.rules import LIVE, Channel, Pool
from portal.appointments.services.keeping import keep_for
from portal.appointments.waiting_models import Waiting
from portal.appointments.waiting_rules import WaitingState, kept_until
from portal.core.actor import SYSTEM
from portal.tenancy.queries import get_settings, get_tenant
from portal.tenancy.settings import BookingRules

#: Written out, so that SQLite sees that the index of live bookings fits.
_LIVE: BindParameter[list[str]] = bindparam(
    "live", [str(state) for state in LIVE], expanding=True, literal_execute=True
)


def offer_to_waiting(
    session: Session, *, slot_id: int, count: int, now: datetime, only_when_full: bool = False
) -> int:
    """Offer up to ``count`` places that are still taken to those who wait; how many were.

    ``only_when_full`` leaves out a day that has another free place: what a browser gives back
    there is nothing that anybody waits for.
    """
    slot = session.scalar(
        select(Slot).where(
            Slot.id == slot_id,
            Slot.starts_at > now,
            ~Slot.is_withdrawn,
            select(Waiting.id)
            .where(Waiting.service_id == Slot.service_id, Waiting.state == WaitingState.WAITING)
            .exists(),
        )
    )
    if slot is None or (only_when_full and _has_free_place(session, slot, now)):
        return 0
    tenant = get_tenant(session)
    rules = get_settings(session, tenant, at=now).booking
    until = kept_until(slot.starts_at, rules, tenant.zone, now)
    if until is None:
        return 0
    day = slot.starts_at.astimezone(tenant.zone).date()
    for offered in range(count):
        entry = _next_entry(session, slot, day, rules, now)
        if entry is None:
            return offered
        entry.state = WaitingState.OFFERED
        keep_for(
            session,
            slot_id=slot.id,
            kind=OfferKind.WAITING,
            contact_id=entry.contact_id,
            waiting_id=entry.id,
            expires_at=until,
            actor=SYSTEM,
            now=now,
        )
    return count


def _next_entry(
    session: Session, slot: Slot, day: date, rules: BookingRules, now: datetime
) -> Waiting | None:
    """Who comes first of those that can come on the day and may have the place.

    Who has been asked about the same moment before is not asked again. Entries in the hand of
    another transaction are passed over: whatever happens to them, they get no second offer.
    Whom missed appointments keep from booking online is passed over as long as they do, and so
    is, for a place kept for priority, whose claim would not count.
    """
    same_moment = (
        select(Offer.id)
        .join(Slot, Slot.id == Offer.slot_id)
        .where(Offer.waiting_id == Waiting.id, Slot.starts_at == slot.starts_at)
    )
    is_booked = select(Booking.id).where(
        Booking.person_key == Waiting.person_key,
        Booking.service_id == slot.service_id,
        Booking.local_date == day,
        Booking.state.in_(_LIVE),
    )
    ahead = select(func.count(Booking.id)).where(
        Booking.contact_id == Waiting.contact_id, Booking.state.in_(LIVE), Booking.ends_at > now
    )
    fitting = (
        select(Waiting)
        .where(
            Waiting.service_id == slot.service_id,
            Waiting.state == WaitingState.WAITING,
            Waiting.first_day <= day,
            Waiting.last_day >= day,
            _may_have(slot, now),
            ~same_moment.exists(),
            ~is_booked.exists(),
            ahead.scalar_subquery() < rules.live_per_contact,
        )
        .order_by(Waiting.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Waiting)
        .execution_options(populate_existing=True)
    )
    entry = session.scalar(fitting)
    while entry is not None and (
        _is_closed_for(session, entry, rules, now) or _has_lost_claim(session, entry, slot, now)
    ):
        fitting = fitting.where(Waiting.id > entry.id)
        entry = session.scalar(fitting)
    return entry


def _is_closed_for(session: Session, entry: Waiting, rules: BookingRules, now: datetime) -> bool:
    if entry.channel != Channel.ONLINE or not rules.no_show_limit:
        return False
    standing = find_standing(
        session,
        contact_id=entry.contact_id,
        person_key=entry.person_key,
        rules=rules,
        now=now,
    )
    return standing.closed_until is not None


def _has_lost_claim(session: Session, entry: Waiting, slot: Slot, now: datetime) -> bool:
    """Whether taking the place would be refused for false claims to priority before (Q9)."""
    needs_claim = slot.pool == Pool.PRIORITY and slot.public_from > now
    is_seen = entry.channel == Channel.COUNTER
    return needs_claim and not is_seen and is_priority_lost(session, entry.person_key)


def _may_have(slot: Slot, now: datetime) -> ColumnElement[bool]:
    """Kept places go to those for whom they are kept until they open to all."""
    if slot.public_from <= now:
        return true()
    if slot.pool == Pool.PRIORITY:
        return Waiting.priority != ""
    return Waiting.channel != Channel.ONLINE


def _has_free_place(session: Session, slot: Slot, now: datetime) -> bool:
    """Whether anybody can book another place of the service on the slot's day."""
    day, free = aliased(PublishedDay), aliased(Slot)
    found = (
        select(free.id)
        .join(
            day,
            and_(
                day.service_id == free.service_id,
                free.starts_at >= day.from_at,
                free.starts_at < day.until_at,
            ),
        )
        .where(
            free.service_id == slot.service_id,
            day.from_at <= slot.starts_at,
            day.until_at > slot.starts_at,
            free.booked < free.capacity,
            open_to(Asker(), now, free),
        )
    )
    return session.scalar(found.limit(1)) is not None
