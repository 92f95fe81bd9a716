"""Personal data: who looked, what is kept, correcting and erasing it, and when it ends."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from portal.core.actor import SYSTEM, Actor
from portal.core.errors import N_, DomainError
from portal.core.ledger import record
from portal.core.sweeps import Sweep
from portal.identity.contact_models import AccessLog, CitizenSession, Contact, OneTimeCode
from portal.identity.events import (
    Erasing,
    PersonalDataAsked,
    Retention,
    Section,
    Value,
    personal_data_asked,
    personal_data_erasing,
    retention_ending,
)
from portal.identity.purposes import Purpose
from portal.identity.queries.contacts import get_contact
from portal.identity.services.contacts import end_all_sessions
from portal.tenancy.queries import get_settings, get_tenant

#: Contacts that the sweep looks through at once.
BATCH = 500


def log_access(
    session: Session,
    *,
    subject: tuple[str, int],
    details: str,
    purpose: str,
    request: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Write down that somebody saw personal data, and why (I-15)."""
    session.add(
        AccessLog(
            at=now,
            actor_kind=actor.kind,
            actor_id=actor.id,
            subject_kind=subject[0],
            subject_id=subject[1],
            details=details,
            purpose=purpose,
            request=request,
        )
    )
    session.flush()


def reveal(
    session: Session,
    *,
    subject: tuple[str, int],
    details: str,
    purpose: str,
    request: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Record in the running transaction that masked data are shown in full (I-15).

    The page that shows them is the answer to the same POST. Raises a domain error on the field
    ``purpose`` when none of ours was given.
    """
    if purpose not in set(Purpose):
        raise DomainError(N_("Say what you need it for."), field="purpose")
    log_access(
        session,
        subject=subject,
        details=details,
        purpose=purpose,
        request=request,
        actor=actor,
        now=now,
    )


def collect_data(session: Session, *, contact_id: int) -> list[Section]:
    """Everything the features keep of a person, section by section, in their order.

    A row that is about a thing of another section begins with its name.
    """
    question = PersonalDataAsked(session, contact_id)
    found = [
        section for _handler, sections in personal_data_asked.send(question) for section in sections
    ]
    names = {subject: name for section in found for subject, name in section.names.items()}
    ordered = sorted(found, key=lambda section: (section.order, section.title))
    return [replace(section, rows=_named(section, names)) for section in ordered]


def _named(section: Section, names: Mapping[tuple[str, int], str]) -> list[list[tuple[str, Value]]]:
    if not section.about:
        return section.rows
    return [
        [(N_("About"), names[subject]), *row] if subject in names else row
        for subject, row in zip(section.about, section.rows, strict=True)
    ]


def erase_person(session: Session, *, contact_id: int, actor: Actor, now: datetime) -> None:
    """Erase a contact and all that the features keep of it; history keeps its bare facts.

    Raises NotFound, and whatever a feature refuses with.
    """
    contact = get_contact(session, contact_id)
    personal_data_erasing.send(Erasing(session, contact_id, actor, now))
    end_all_sessions(session, contact_id)
    contact.value, contact.key = None, f"erased-{secrets.token_hex(16)}"
    contact.erased_at = now
    session.flush()
    record(
        session, "identity.contact.erased", subject=("contact", contact_id), actor=actor, now=now
    )


def end_retention(session: Session, now: datetime) -> None:
    """Sweep: erase what has been kept long enough, and forget dead codes and sessions."""
    settings = get_settings(session, get_tenant(session), at=now)
    before = now - timedelta(days=settings.privacy.retention_days)
    retention_ending.send(Retention(session, before, now))
    for table in (OneTimeCode, CitizenSession):
        session.execute(
            delete(table)
            .where(table.expires_at < now - timedelta(days=1))
            .execution_options(synchronize_session=False)
        )
    for contact_id in _list_stale(session, before):
        if not collect_data(session, contact_id=contact_id):
            erase_person(session, contact_id=contact_id, actor=SYSTEM, now=now)


def _list_stale(session: Session, before: datetime) -> Iterator[int]:
    """Contacts that nobody has proved since, a batch at a time in order of id."""
    last = 0
    while True:
        batch = session.scalars(
            select(Contact.id)
            .where(Contact.id > last, Contact.erased_at.is_(None), Contact.created_at < before)
            .where(or_(Contact.verified_at.is_(None), Contact.verified_at < before))
            .order_by(Contact.id)
            .limit(BATCH)
        ).all()
        yield from batch
        if len(batch) < BATCH:
            return
        last = batch[-1]


SWEEP = Sweep("identity.retention", timedelta(hours=6), end_retention)
