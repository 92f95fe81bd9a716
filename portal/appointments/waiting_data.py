"""What the waiting list keeps of a person: shown to that person, kept right, erased in the end."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.appointments.rules import PRIORITY_LABELS, Priority
from portal.appointments.services.waiting import leave_list
from portal.appointments.waiting_models import Waiting
from portal.appointments.waiting_rules import STANDING, WAITING_LABELS, WaitingState
from portal.catalog.queries import list_service_names
from portal.core.errors import N_
from portal.identity.contacts import person_key
from portal.identity.events import (
    ContactChanged,
    Erasing,
    Masked,
    PersonalDataAsked,
    Retention,
    Section,
    Term,
    Value,
    contact_changed,
    personal_data_asked,
    personal_data_erasing,
    retention_ending,
)
from portal.web.masks import mask_id

#: Entries that one person's page shows.
SHOWN = 100
_NOTHING: dict[str, Any] = {"name": None, "id_number": None, "person_key": None, "priority": ""}


@personal_data_asked.connect
def show_entries(question: PersonalDataAsked) -> list[Section]:
    """The entries of a contact that still say whose they are, the latest first."""
    entries = question.session.scalars(
        select(Waiting)
        .where(Waiting.contact_id == question.contact_id, Waiting.erased_at.is_(None))
        .order_by(Waiting.id.desc())
        .limit(SHOWN)
    ).all()
    if not entries:
        return []
    names = list_service_names(question.session, sorted({e.service_id for e in entries}))
    return [
        Section(
            N_("Waiting list"),
            [_row(entry, names[entry.service_id]) for entry in entries],
            subjects=[("waiting", entry.id) for entry in entries],
        )
    ]


def _row(entry: Waiting, service: dict[str, str]) -> list[tuple[str, Value]]:
    row: list[tuple[str, Value]] = [
        (N_("Service"), service),
        (N_("First day"), entry.first_day),
        (N_("Last day"), entry.last_day),
        (N_("State"), Term(WAITING_LABELS[WaitingState(entry.state)])),
        (N_("Person"), entry.name or ""),
    ]
    if entry.id_number:
        row.append((N_("ID number"), Masked(entry.id_number, mask_id(entry.id_number))))
    if entry.priority:
        row.append((N_("Priority"), Term(PRIORITY_LABELS[Priority(entry.priority)])))
    return row


def _standing(session: Session, contact_id: int) -> list[Waiting]:
    standing = select(Waiting).where(Waiting.contact_id == contact_id, Waiting.state.in_(STANDING))
    return list(session.scalars(standing.order_by(Waiting.id)))


@contact_changed.connect
def keep_waiting_keys(event: ContactChanged) -> None:
    """Know who waits by the new contact, so that nobody waits twice."""
    for entry in _standing(event.session, event.contact_id):
        entry.person_key = person_key(
            id_number=entry.id_number, contact=event.value, name=entry.name or ""
        )
    event.session.flush()


@personal_data_erasing.connect
def erase_entries(event: Erasing) -> None:
    """Have the contact leave every list, then erase whom the entries were for."""
    session = event.session
    for entry in _standing(session, event.contact_id):
        leave_list(session, entry=entry, actor=event.actor, now=event.now)
    session.execute(
        update(Waiting)
        .where(Waiting.contact_id == event.contact_id, Waiting.erased_at.is_(None))
        .values(erased_at=event.now, **_NOTHING)
        .execution_options(synchronize_session=False)
    )


@retention_ending.connect
def end_entries(event: Retention) -> None:
    """Erase who waited, once it has been kept long enough."""
    event.session.execute(
        update(Waiting)
        .where(Waiting.ended_at < event.before, Waiting.erased_at.is_(None))
        .values(erased_at=event.now, **_NOTHING)
        .execution_options(synchronize_session=False)
    )
