"""A place for whoever lost theirs by a closure, before the waiting list and the public.

Each is offered one: a place that is returned goes to them in the transaction that returns it;
one that is free anyway, as a new day brings it, is found by the sweep.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

from portal.appointments.availability import Asker, open_to
from portal.appointments.closure_models import ClosedBooking
from portal.appointments.closure_rules import NOTICE, Fate
from portal.appointments.models import Booking, Slot
from portal.appointments.offers_models import Offer
from portal.appointments.offers_rules import OfferKind
from portal.appointments.queries import is_priority_lost
from portal.appointments.rules import LIVE, Channel, Pool
from portal.appointments.services.keeping import keep_for
from portal.appointments.waiting_rules import kept_until
from portal.core.actor import SYSTEM
from portal.tenancy.queries import get_settings, get_tenant

#: How long after a cancellation a place is owed.
OWED = timedelta(days=30)


def offer_to_owed(session: Session, *, slot_id: int, count: int, now: datetime) -> int:
    """Offer up to ``count`` places that are still taken to those who are owed one; how many were.

    Rows in the hand of another transaction are passed over: nobody is offered two.
    """
    slot = session.scalar(
        select(Slot).where(
            Slot.id == slot_id,
            Slot.starts_at > now + NOTICE,
            ~Slot.is_withdrawn,
            select(ClosedBooking.id).where(*_is_owed(now)).exists(),
        )
    )
    if slot is None:
        return 0
    needs_claim = slot.pool == Pool.PRIORITY and slot.public_from > now
    for offered in range(count):
        found = lock_next(session, now, service_id=slot.service_id, has_priority=needs_claim)
        if found is None or not keep_owed(session, *found, slot=slot, now=now):
            return offered
    return count


def list_owed_services(session: Session, now: datetime) -> list[int]:
    """The services of which somebody is owed a place."""
    return list(
        session.scalars(
            select(Booking.service_id)
            .join(ClosedBooking, ClosedBooking.booking_id == Booking.id)
            .where(*_is_owed(now))
            .distinct()
            .order_by(Booking.service_id)
        )
    )


def lock_next(
    session: Session, now: datetime, *, service_id: int, has_priority: bool = False
) -> tuple[ClosedBooking, Booking] | None:
    """Who is owed a place of a service longest, and has not booked one since.

    For a place kept for priority, whose claim would not count is passed over.
    """
    again = aliased(Booking)
    has_booked = select(again.id).where(
        again.institution_id == Booking.institution_id,
        again.person_key == Booking.person_key,
        again.service_id == Booking.service_id,
        again.state.in_(LIVE),
    )
    fitting = (
        select(ClosedBooking, Booking)
        .join(Booking, Booking.id == ClosedBooking.booking_id)
        .where(
            *_is_owed(now),
            Booking.contact_id.is_not(None),
            Booking.erased_at.is_(None),
            Booking.service_id == service_id,
            *([Booking.priority != ""] if has_priority else []),
            or_(Booking.person_key.is_(None), ~has_booked.exists()),
        )
        .order_by(ClosedBooking.settled_at, ClosedBooking.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=ClosedBooking)
        .execution_options(populate_existing=True)
    )
    passed: list[int] = []
    while row := session.execute(fitting.where(ClosedBooking.id.not_in(passed))).first():
        if not has_priority or _may_claim(session, row[1]):
            return row[0], row[1]
        passed.append(row[0].id)
    return None


def _may_claim(session: Session, booking: Booking) -> bool:
    """Whether booking again would have the priority that was claimed; not after false claims (Q9).

    At the counter the person stands before the clerk.
    """
    is_seen = booking.channel == Channel.COUNTER
    return bool(booking.priority) and (is_seen or not is_priority_lost(session, booking.person_key))


def keep_owed(
    session: Session, row: ClosedBooking, booking: Booking, *, slot: Slot, now: datetime
) -> Offer | None:
    """Keep a place that is taken already for whoever is owed one; None when time is too short."""
    tenant = get_tenant(session)
    rules = get_settings(session, tenant, at=now).booking
    until = kept_until(slot.starts_at, rules, tenant.zone, now)
    if until is None or booking.contact_id is None:
        return None
    row.offered_at = now
    return keep_for(
        session,
        slot_id=slot.id,
        kind=OfferKind.CLOSURE,
        contact_id=booking.contact_id,
        booking_id=booking.id,
        expires_at=until,
        actor=SYSTEM,
        now=now,
    )


def list_free_for(session: Session, booking: Booking, now: datetime, *, limit: int) -> list[Slot]:
    """The next free slots of a booking's service that its person may have."""
    asker = Asker(Channel.ONLINE, has_priority=_may_claim(session, booking))
    return list(
        session.scalars(
            select(Slot)
            .where(
                Slot.service_id == booking.service_id,
                Slot.booked < Slot.capacity,
                open_to(asker, now + NOTICE),
            )
            .order_by(Slot.starts_at, Slot.id)
            .limit(limit)
        )
    )


def _is_owed(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """In the words of the index ``ix_closed_booking_owed``."""
    return (
        ClosedBooking.state == str(Fate.CANCELLED),
        ClosedBooking.offered_at.is_(None),
        ClosedBooking.settled_at > now - OWED,
    )
