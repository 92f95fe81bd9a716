"""Joining and leaving the waiting list, and the ends that come by themselves."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.events import WaitingEvent, waiting_joined
from portal.appointments.rules import Channel
from portal.appointments.services.bookings import Order, Person, check_standing
from portal.appointments.services.offers import (
    check_none_since,
    give_up_offers,
    let_offers_run_out,
)
from portal.appointments.waiting_models import Waiting
from portal.appointments.waiting_rules import (
    STANDING,
    NotWaiting,
    TooManyWaiting,
    WaitingState,
    WrongDays,
)
from portal.core.actor import SYSTEM, Actor
from portal.core.ledger import record
from portal.tenancy.queries import get_tenant
from portal.tenancy.settings import BookingRules

#: Entries that one run of the sweep ends.
BATCH = 500


def join_list(
    session: Session,
    *,
    service_id: int,
    person: Person,
    contact_id: int,
    channel: Channel,
    first_day: date,
    last_day: date,
    rules: BookingRules,
    zone: ZoneInfo,
    actor: Actor,
    now: datetime,
) -> Waiting:
    """Wait for a returned place of a service on the days from ``first_day`` to ``last_day``.

    One entry for each person and service, and for each contact as many as it may book. Raises
    WrongDays, OnlineClosed, AlreadyWaiting and TooManyWaiting.
    """
    check_standing(session, Order(person, contact_id, channel), rules, zone, now)
    today = now.astimezone(zone).date()
    if not today <= first_day <= last_day <= today + timedelta(days=rules.horizon_days):
        raise WrongDays(field="last_day")
    entry = Waiting(
        service_id=service_id,
        contact_id=contact_id,
        contact_seat=_seat(session, contact_id, rules),
        first_day=first_day,
        last_day=last_day,
        channel=channel,
        person_key=person.key,
        name=person.name,
        id_number=person.id_number,
        is_for_other=person.is_for_other,
        priority=person.priority,
        language=person.language,
        created_at=now,
    )
    session.add(entry)
    session.flush()
    _record(session, entry, "joined", actor, now)
    waiting_joined.send(WaitingEvent(session, entry.id, now))
    return entry


def _seat(session: Session, contact_id: int, rules: BookingRules) -> int:
    """The lowest free of the contact's entries; the constraint settles a race."""
    taken = set(
        session.scalars(
            select(Waiting.contact_seat).where(
                Waiting.contact_id == contact_id, Waiting.state.in_(STANDING)
            )
        )
    )
    for seat in range(1, rules.live_per_contact + 1):
        if seat not in taken:
            return seat
    raise TooManyWaiting(limit=rules.live_per_contact)


def leave_list(session: Session, *, entry: Waiting, actor: Actor, now: datetime) -> None:
    """Leave the list; a place that is kept at the moment goes on. Raises NotWaiting."""
    give_up_offers(session, waiting_id=entry.id, actor=actor, now=now)
    session.refresh(entry, with_for_update=True)
    check_none_since(session, waiting_id=entry.id, known=set())
    if entry.state not in STANDING:
        raise NotWaiting
    _end(session, entry, WaitingState.LEFT, actor, now)


def note_booked(session: Session, *, waiting_id: int, now: datetime) -> None:
    """Whoever has booked waits no longer; what is still kept for them runs out at once.

    The sweep passes that place on, so that nobody who books waits for another slot's lock.
    """
    # Offers before entries, the order everybody keeps.
    known = let_offers_run_out(session, waiting_id=waiting_id, now=now)
    entry = session.get_one(Waiting, waiting_id, with_for_update=True, populate_existing=True)
    check_none_since(session, waiting_id=waiting_id, known=known)
    if entry.state in STANDING:
        _end(session, entry, WaitingState.BOOKED, SYSTEM, now)


def end_past_entries(session: Session, now: datetime) -> None:
    """Sweep: end the entries whose last day has passed."""
    today = now.astimezone(get_tenant(session).zone).date()
    past = session.scalars(
        select(Waiting)
        .where(Waiting.state.in_(STANDING), Waiting.last_day < today)
        .order_by(Waiting.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for entry in past:
        _end(session, entry, WaitingState.OVER, SYSTEM, now)


def _end(
    session: Session, entry: Waiting, state: WaitingState, actor: Actor, now: datetime
) -> None:
    entry.state, entry.ended_at = state, now
    session.flush()
    _record(session, entry, str(state), actor, now)


def _record(session: Session, entry: Waiting, what: str, actor: Actor, now: datetime) -> None:
    record(
        session,
        f"appointments.waiting.{what}",
        subject=("waiting", entry.id),
        actor=actor,
        now=now,
        service=entry.service_id,
    )
