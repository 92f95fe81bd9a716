"""Who is qualified for which service, until when (W-AB-2): written down, renewed, withdrawn."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.models import Service
from portal.core.actor import Actor
from portal.core.errors import N_, DomainError
from portal.core.ledger import record
from portal.duty.fitness_models import Qualification
from portal.duty.services.shifting import lock_person
from portal.tenancy.queries import get_tenant


class OverAlready(DomainError):
    """A qualification that ended before it was written down."""

    default = N_("Choose a day that is not over.")


class EndedAlready(DomainError):
    """It was withdrawn, or another one took its place."""

    status = 409
    default = N_("This does not hold any more already.")


def qualify(
    session: Session,
    *,
    service: Service,
    staff_id: int,
    valid_until: date,
    actor: Actor,
    now: datetime,
) -> Qualification:
    """Write down until when somebody is qualified for a service; what stood before ends.

    Raises NotFound for who has left, and OverAlready on "valid_until".
    """
    if valid_until < now.astimezone(get_tenant(session).zone).date():
        raise OverAlready(field="valid_until")
    lock_person(session, staff_id)
    standing = select(Qualification).where(
        Qualification.staff_id == staff_id,
        Qualification.service_id == service.id,
        Qualification.ended_at.is_(None),
    )
    for row in session.scalars(standing).all():
        _end(session, row, actor, now)
    qualification = Qualification(
        service_id=service.id,
        staff_id=staff_id,
        valid_until=valid_until,
        given_by_id=_staff_of(actor),
        given_at=now,
    )
    session.add(qualification)
    session.flush()
    _record(session, "given", qualification, actor, now)
    return qualification


def withdraw_qualification(
    session: Session, *, row: Qualification, actor: Actor, now: datetime
) -> None:
    """Let somebody be qualified no longer; shifts to come are shown as not right.

    Raises EndedAlready.
    """
    lock_person(session, row.staff_id)
    session.refresh(row, with_for_update=True)
    if row.ended_at is not None:
        raise EndedAlready
    _end(session, row, actor, now)
    _record(session, "withdrawn", row, actor, now)


def _end(session: Session, row: Qualification, actor: Actor, now: datetime) -> None:
    row.ended_by_id, row.ended_at = _staff_of(actor), now
    session.flush()


def _staff_of(actor: Actor) -> int | None:
    return actor.id if actor.kind == "staff" else None


def _record(session: Session, what: str, row: Qualification, actor: Actor, now: datetime) -> None:
    record(
        session,
        f"duty.qualification.{what}",
        subject=("qualification", row.id),
        actor=actor,
        now=now,
        service=row.service_id,
        staff=row.staff_id,
        until=row.valid_until.isoformat(),
    )
