"""Keeping fees, and where a service is offered."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.events import OffersEvent, offers_changed
from portal.catalog.models import Fee, Offering, Service
from portal.core.actor import Actor
from portal.core.errors import N_, DomainError
from portal.core.ledger import record
from portal.core.localized import Localized
from portal.core.versions import advance

#: How far ahead a fee may be fixed.
REACH = timedelta(days=3 * 366)


class PastFee(DomainError):
    """What was charged is a fact (I-18)."""

    default = N_("A fee of the past cannot be changed. Choose today or a later day.")


def add_fee(
    session: Session,
    *,
    service: Service,
    amount: Decimal,
    basis: Localized,
    valid_from: date,
    today: date,
    actor: Actor,
    now: datetime,
) -> None:
    """Have a fee hold from a day on; one of the same day ahead is replaced.

    Raises PastFee, and DomainError for a day too far ahead.
    """
    if valid_from < today:
        raise PastFee(field="valid_from")
    if valid_from > today + REACH:
        raise DomainError(N_("Choose a day within the next three years."), field="valid_from")
    fee = session.scalar(
        select(Fee).where(Fee.service_id == service.id, Fee.valid_from == valid_from)
    )
    if fee is not None and valid_from <= today:
        raise PastFee(
            N_("A fee from today stands already. Choose a later day."), field="valid_from"
        )
    if fee is None:
        fee = Fee(service_id=service.id, valid_from=valid_from)
    fee.amount, fee.basis = amount, basis
    session.add(fee)
    session.flush()
    _note(session, service, "fee_set", actor, now, valid_from.isoformat())


def withdraw_fee(
    session: Session, *, service: Service, fee: Fee, today: date, actor: Actor, now: datetime
) -> None:
    """Withdraw a fee that has not begun to hold; raises PastFee."""
    if fee.valid_from <= today:
        raise PastFee
    session.delete(fee)
    session.flush()
    _note(session, service, "fee_withdrawn", actor, now, fee.valid_from.isoformat())


def _note(
    session: Session, service: Service, what: str, actor: Actor, now: datetime, day: str
) -> None:
    subject = ("service", service.id)
    record(session, f"catalog.service.{what}", subject=subject, actor=actor, now=now, day=day)


def offer_service(
    session: Session,
    *,
    service: Service,
    post_id: int,
    slot_minutes: int,
    capacity: int,
    is_active: bool,
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> None:
    """Offer a service at a post, change how it is cut, or offer it there no longer.

    ``version`` is the service's when a standing offer is changed. Raises Stale.
    """
    if version is not None:
        advance(session, service, version)
    row = session.scalar(
        select(Offering).where(Offering.service_id == service.id, Offering.post_id == post_id)
    )
    if row is None:
        row = Offering(service_id=service.id, post_id=post_id)
    row.slot_minutes, row.capacity, row.is_active = slot_minutes, capacity, is_active
    session.add(row)
    session.flush()
    record(
        session,
        "catalog.service.offered_at",
        subject=("service", service.id),
        actor=actor,
        now=now,
        post=post_id,
        minutes=slot_minutes,
        capacity=capacity,
        active=is_active,
    )
    offers_changed.send(OffersEvent(session, (service.id,), now))
