"""Personal data: who looked, what is kept, correcting and erasing it, and when it ends."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.core.actor import SYSTEM, Actor
from portal.core.errors import NotFound
from portal.core.ledger import record
from portal.core.sweeps import Sweep
from portal.identity.contact_models import AccessLog, CitizenSession, Contact, OneTimeCode
from portal.identity.events import (
    Erasing,
    PersonalDataAsked,
    Retention,
    Section,
    personal_data_asked,
    personal_data_erasing,
    retention_ending,
)
from portal.tenancy.queries import get_settings, get_tenant


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


def list_access(session: Session, *, subject: tuple[str, int], limit: int = 50) -> list[AccessLog]:
    """Who looked at a thing, the newest first."""
    return list(
        session.scalars(
            select(AccessLog)
            .where(AccessLog.subject_kind == subject[0], AccessLog.subject_id == subject[1])
            .order_by(AccessLog.id.desc())
            .limit(limit)
        )
    )


def collect_data(session: Session, *, contact_id: int) -> list[Section]:
    """Everything the features keep of a person, section by section."""
    question = PersonalDataAsked(session, contact_id)
    return [
        section for _handler, sections in personal_data_asked.send(question) for section in sections
    ]


def erase_person(session: Session, *, contact_id: int, actor: Actor, now: datetime) -> None:
    """Erase a contact and all that the features keep of it; history keeps its bare facts.

    Raises NotFound, and whatever a feature refuses with.
    """
    contact = session.get(Contact, contact_id)
    if contact is None:
        raise NotFound
    personal_data_erasing.send(Erasing(session, contact_id, actor, now))
    session.execute(
        delete(CitizenSession)
        .where(CitizenSession.contact_id == contact_id)
        .execution_options(synchronize_session=False)
    )
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
    stale = session.scalars(
        select(Contact.id)
        .where(Contact.erased_at.is_(None), Contact.created_at < before)
        .where(Contact.verified_at.is_(None) | (Contact.verified_at < before))
        .limit(500)
    ).all()
    for contact_id in stale:
        if not collect_data(session, contact_id=contact_id):
            erase_person(session, contact_id=contact_id, actor=SYSTEM, now=now)


SWEEP = Sweep("identity.retention", timedelta(hours=6), end_retention)
