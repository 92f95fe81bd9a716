"""Keeping services and their one-time notices (一次性告知)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.catalog.events import OffersEvent, offers_changed
from portal.catalog.indexing import index_service
from portal.catalog.models import RefusalGround, Service, ServiceDocument, ServiceStep
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.ledger import record
from portal.core.localized import Localized
from portal.core.versions import advance
from portal.identity.queries.staff import get_open_unit

#: The lists of a notice, by the word in their addresses.
LISTS: dict[str, type[Any]] = {
    "document": ServiceDocument,
    "step": ServiceStep,
    "ground": RefusalGround,
}


@dataclass(frozen=True)
class ServiceDetails:
    """Everything that is written about a service itself."""

    unit_id: int
    code: str
    name: Localized
    summary: Localized
    promised_days: int
    basis: Localized
    asks_id_number: bool
    #: Its place in lists; the smallest comes first.
    position: int
    asks_qualification: bool = False


def create_service(
    session: Session, *, details: ServiceDetails, actor: Actor, now: datetime
) -> Service:
    """Add a service; raises CodeTaken and UnitClosed."""
    get_open_unit(session, details.unit_id)
    service = Service()
    _write(service, details)
    session.add(service)
    session.flush()
    _note(session, service, "created", actor, now)
    return service


def change_service(
    session: Session,
    *,
    service: Service,
    version: int,
    details: ServiceDetails,
    actor: Actor,
    now: datetime,
) -> None:
    """Change a service; raises CodeTaken, UnitClosed for a new unit, and Stale."""
    advance(session, service, version)
    if service.unit_id != details.unit_id:
        get_open_unit(session, details.unit_id)
    _write(service, details)
    session.flush()
    _note(session, service, "changed", actor, now)


def set_service_active(
    session: Session,
    *,
    service: Service,
    version: int,
    is_active: bool,
    actor: Actor,
    now: datetime,
) -> None:
    """Withdraw a service or offer it again; bookings that stand keep their promise.

    Raises Stale.
    """
    advance(session, service, version)
    service.is_active = is_active
    session.flush()
    _note(session, service, "offered" if is_active else "withdrawn", actor, now)
    offers_changed.send(OffersEvent(session, (service.id,), now))


def get_line(session: Session, service: Service, kind: str, line_id: int) -> Any:
    """A line of one of the service's lists; raises NotFound."""
    model = LISTS.get(kind)
    line = session.get(model, line_id) if model is not None else None
    if line is None or line.service_id != service.id:
        raise NotFound
    return line


def add_line(
    session: Session,
    *,
    service: Service,
    kind: str,
    values: dict[str, Any],
    actor: Actor,
    now: datetime,
) -> None:
    """Add a paper, step or ground at the end of its list; raises NotFound for another kind."""
    model = LISTS.get(kind)
    if model is None:
        raise NotFound
    last = session.scalar(select(func.max(model.position)).where(model.service_id == service.id))
    session.add(model(service_id=service.id, position=(last or 0) + 1, **values))
    session.flush()
    _note(session, service, f"{kind}_added", actor, now)


def change_line(
    session: Session,
    *,
    service: Service,
    kind: str,
    line: Any,
    version: int,
    values: dict[str, Any],
    actor: Actor,
    now: datetime,
) -> None:
    """Change a paper, step or ground; ``version`` is the service's. Raises Stale."""
    advance(session, service, version)
    for name, value in values.items():
        setattr(line, name, value)
    session.flush()
    _note(session, service, f"{kind}_changed", actor, now)


def remove_line(
    session: Session, *, service: Service, kind: str, line: Any, actor: Actor, now: datetime
) -> None:
    """Remove a paper, step or ground."""
    session.delete(line)
    session.flush()
    _note(session, service, f"{kind}_removed", actor, now)


def move_line(
    session: Session,
    *,
    service: Service,
    kind: str,
    line: Any,
    by: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Move a paper, step or ground up (-1) or down (1); at the end of its list it stays."""
    model = LISTS[kind]
    lines = list(
        session.scalars(
            select(model)
            .where(model.service_id == service.id)
            .order_by(model.position, model.id)
            .with_for_update()
        )
    )
    here = lines.index(line)
    there = here + by
    if not 0 <= there < len(lines):
        return
    lines[here], lines[there] = lines[there], lines[here]
    for position, moved in enumerate(lines, start=1):
        moved.position = position
    session.flush()
    _note(session, service, f"{kind}_moved", actor, now)


def _write(service: Service, details: ServiceDetails) -> None:
    service.unit_id, service.code = details.unit_id, details.code
    service.name, service.summary, service.basis = details.name, details.summary, details.basis
    service.promised_days = details.promised_days
    service.asks_id_number, service.position = details.asks_id_number, details.position
    service.asks_qualification = details.asks_qualification


def _note(session: Session, service: Service, what: str, actor: Actor, now: datetime) -> None:
    """Write the ledger and bring the search in step."""
    code = f"catalog.service.{what}"
    record(session, code, subject=("service", service.id), actor=actor, now=now)
    index_service(session, service)
