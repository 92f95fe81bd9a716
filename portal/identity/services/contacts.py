"""Proving a contact by a one-time code, and the session that it opens."""

import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import bindparam, case, delete, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from portal.core.actor import Actor
from portal.core.crypto import blind_index
from portal.core.errors import N_, DomainError, TooMany
from portal.core.ledger import record
from portal.core.tenant import current_institution_id
from portal.core.throttle import allow
from portal.core.upsert import insert_into, once_per_database
from portal.identity.contact_models import CitizenSession, Contact, OneTimeCode
from portal.identity.contacts import Address, contact_key, figures
from portal.identity.events import CodeIssued, ContactChanged, code_issued, contact_changed

#: For what codes of this room are sent; one for booking does not open "my data". Whoever asks
#: adds what nobody else has, so that no other browser ends a code or uses up its attempts.
SESSION, CHANGE = "session", "change"
CODE_MINUTES = 10
CODE_ATTEMPTS = 5
#: Codes that may be asked for in an hour for one contact, for it from one network, and from one
#: network in all: somebody else leaves the person a few.
PER_CONTACT = 6
PER_CONTACT_HERE = 4
PER_NETWORK = 60
#: Codes that one contact may be sent in a day: each costs money and disturbs somebody.
PER_CONTACT_DAY = 20
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SHARED_LIFE = timedelta(minutes=30)
OWN_LIFE = timedelta(hours=12)


class ContactTaken(DomainError):
    """The new contact is already known here, with things of its own."""

    default = N_("This contact is already known here. Verify with it to see what is kept.")


def issue_code(
    session: Session,
    *,
    kind: str,
    value: str,
    language: str,
    purpose: str,
    network: str,
    now: datetime,
    template: str = "messages/code",
    params: Mapping[str, str] = MappingProxyType({}),
) -> OneTimeCode:
    """Send a new code to a contact; earlier ones of the same purpose are dead from now on.

    ``template`` is the message that carries it, and ``params`` what else that one says.
    The answer is the same whether the contact is known here or not. Raises TooMany when the
    contact or the network has asked too often.
    """
    key = contact_key(Address(kind, value))
    for bucket, limit, window in (
        (f"code:{key}:{network}", PER_CONTACT_HERE, HOUR),
        (f"code:{key}", PER_CONTACT, HOUR),
        (f"code-day:{key}", PER_CONTACT_DAY, DAY),
        (f"code-from:{network}", PER_NETWORK, HOUR),
    ):
        if not allow(session, bucket, limit=limit, window=window, now=now):
            raise TooMany(retry_after=3600)
    session.execute(
        update(OneTimeCode)
        .where(
            OneTimeCode.contact_key == key,
            OneTimeCode.purpose == purpose,
            OneTimeCode.ended_at.is_(None),
        )
        .values(ended_at=now)
        .execution_options(synchronize_session=False)
    )
    code = f"{secrets.randbelow(1_000_000):06d}"
    row = OneTimeCode(
        contact_key=key,
        purpose=purpose,
        code_hash=_hash(key, purpose, code),
        expires_at=now + timedelta(minutes=CODE_MINUTES),
    )
    session.add(row)
    session.flush()
    code_issued.send(
        CodeIssued(
            session, row.id, kind, value, language, code, CODE_MINUTES, now, template, params
        )
    )
    return row


def confirm_code(
    session: Session,
    *,
    kind: str,
    value: str,
    purpose: str,
    code: str,
    language: str,
    now: datetime,
) -> Contact | None:
    """The contact that a right code proves; None for a wrong, used or old one.

    A wrong code is a result: the attempt counts, and the request must commit.
    """
    address = Address(kind, value)
    if not _take_code(session, contact_key(address), purpose, code, now):
        return None
    row = {
        "institution_id": current_institution_id(),
        "kind": address.kind,
        "value": address.value,
        "key": contact_key(address),
        "language": language,
        "created_at": now,
        "verified_at": now,
    }
    return session.scalars(_proving(session), row).one()


@once_per_database
def _proving(session: Session) -> ReturningInsert[Contact]:
    row = insert_into(session, Contact)
    return (
        row.on_conflict_do_update(
            index_elements=["institution_id", "key"],
            set_={"language": row.excluded.language, "verified_at": row.excluded.verified_at},
        )
        .returning(Contact)
        .execution_options(populate_existing=True)
    )


def change_contact(
    session: Session,
    *,
    contact_id: int,
    address: Address,
    purpose: str,
    code: str,
    actor: Actor,
    now: datetime,
) -> Contact | None:
    """Put a newly proved address in place of the old one; None for a wrong code, which counts.

    ``purpose`` is what its code was sent for. Every session of the contact ends. Raises
    ContactTaken when the address is known already.
    """
    key = contact_key(address)
    if not _take_code(session, key, purpose, code, now):
        return None
    contact = session.get_one(Contact, contact_id)
    if key != contact.key and session.scalar(select(Contact.id).where(Contact.key == key)):
        raise ContactTaken(field="code")
    contact.kind, contact.value, contact.key = address.kind, address.value, key
    contact.verified_at = now
    session.flush()
    end_all_sessions(session, contact_id)
    record(
        session, "identity.contact.changed", subject=("contact", contact_id), actor=actor, now=now
    )
    contact_changed.send(ContactChanged(session, contact_id, address.value, now))
    return contact


_NOW = bindparam("now", type_=OneTimeCode.expires_at.type)
_TRYING = (
    update(OneTimeCode)
    .where(
        OneTimeCode.contact_key == bindparam("contact"),
        OneTimeCode.purpose == bindparam("for"),
        OneTimeCode.ended_at.is_(None),
        OneTimeCode.expires_at > _NOW,
        OneTimeCode.attempts < CODE_ATTEMPTS,
    )
    .values(
        attempts=OneTimeCode.attempts + 1,
        ended_at=case((OneTimeCode.code_hash == bindparam("tried"), _NOW), else_=None),
    )
    .returning(OneTimeCode.code_hash)
    .execution_options(synchronize_session=False)
)


def _take_code(session: Session, key: str, purpose: str, code: str, now: datetime) -> bool:
    """Whether the code is right; a right one is used up.

    One statement counts the attempt, so that parallel guesses share the same five, and two
    that confirm at once find the code used.
    """
    tried = _hash(key, purpose, figures(code))
    asked = {"contact": key, "for": purpose, "tried": tried, "now": now}
    expected = session.scalar(_TRYING, asked)
    return expected is not None and hmac.compare_digest(expected, tried)


def note_contact(session: Session, *, address: Address, language: str, now: datetime) -> Contact:
    """The row of a contact, made when it is new; whether it is proved is another matter.

    ``language`` is that of a new one: whoever writes a known contact down changes nothing of it.
    """
    key = contact_key(address)
    contact = session.scalar(select(Contact).where(Contact.key == key))
    if contact is None:
        contact = Contact(
            kind=address.kind, value=address.value, key=key, language=language, created_at=now
        )
        session.add(contact)
        session.flush()
    return contact


def open_session(
    session: Session, contact: Contact, *, is_shared_device: bool, now: datetime
) -> str:
    """Open a session for a proved contact; returns the token that the browser keeps."""
    token = secrets.token_urlsafe(24)
    life = SHARED_LIFE if is_shared_device else OWN_LIFE
    session.add(
        CitizenSession(
            token_hash=hash_token(token),
            contact_id=contact.id,
            is_shared_device=is_shared_device,
            expires_at=now + life,
        )
    )
    return token


def end_session(session: Session, token: str, *, now: datetime) -> None:
    """End a session; the browser's cookie opens nothing from now on."""
    session.execute(
        update(CitizenSession)
        .where(CitizenSession.token_hash == hash_token(token), CitizenSession.expires_at > now)
        .values(expires_at=now)
        .execution_options(synchronize_session=False)
    )


def end_all_sessions(session: Session, contact_id: int) -> None:
    """End every session of a contact, on whichever device."""
    session.execute(
        delete(CitizenSession)
        .where(CitizenSession.contact_id == contact_id)
        .execution_options(synchronize_session=False)
    )


def hash_token(token: str) -> str:
    """A session's token as it is stored."""
    return blind_index("citizen-session", token)


def _hash(key: str, purpose: str, code: str) -> str:
    return blind_index("code", f"{key}:{purpose}:{code}")
