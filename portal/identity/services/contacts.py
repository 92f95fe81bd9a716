"""Proving a contact by a one-time code, and the session that it opens."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import case, literal, update
from sqlalchemy.orm import Session

from portal.core.crypto import blind_index
from portal.core.errors import TooMany
from portal.core.tenant import current_institution_id
from portal.core.throttle import allow
from portal.core.upsert import insert_into
from portal.identity.contact_models import CitizenSession, Contact, OneTimeCode
from portal.identity.contacts import Address, contact_key
from portal.identity.events import CodeIssued, code_issued

CODE_MINUTES = 10
CODE_ATTEMPTS = 5
#: Codes that one contact, and one network, may ask for in an hour.
PER_CONTACT = 6
PER_NETWORK = 60
HOUR = timedelta(hours=1)
SHARED_LIFE = timedelta(minutes=30)
OWN_LIFE = timedelta(hours=12)


def issue_code(
    session: Session,
    *,
    kind: str,
    value: str,
    language: str,
    purpose: str,
    network: str,
    now: datetime,
) -> OneTimeCode:
    """Send a new code to a contact; earlier ones of the same purpose are dead from now on.

    The answer is the same whether the contact is known here or not. Raises TooMany when the
    contact or the network has asked too often.
    """
    key = contact_key(Address(kind, value))
    for bucket, limit in ((f"code:{key}", PER_CONTACT), (f"code-from:{network}", PER_NETWORK)):
        if not allow(session, bucket, limit=limit, window=HOUR, now=now):
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
    code_issued.send(CodeIssued(session, row.id, kind, value, language, code, CODE_MINUTES, now))
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

    A wrong code is a result: the attempt counts, and the request must commit. One statement
    counts the attempt and uses the code up, so that parallel guesses share the same five.
    """
    address = Address(kind, value)
    key = contact_key(address)
    typed = "".join(figure for figure in code if figure.isdigit())
    right = OneTimeCode.code_hash == _hash(key, purpose, typed)
    used_at = session.execute(
        update(OneTimeCode)
        .where(
            OneTimeCode.contact_key == key,
            OneTimeCode.purpose == purpose,
            OneTimeCode.ended_at.is_(None),
            OneTimeCode.expires_at > now,
            OneTimeCode.attempts < CODE_ATTEMPTS,
        )
        .values(
            attempts=OneTimeCode.attempts + 1,
            ended_at=case((right, literal(now, OneTimeCode.ended_at.type))),
        )
        .returning(OneTimeCode.ended_at)
        .execution_options(synchronize_session=False)
    ).first()
    if used_at is None or used_at.ended_at is None:
        return None
    return note_contact(session, address=address, language=language, now=now, is_proved=True)


def note_contact(
    session: Session, *, address: Address, language: str, now: datetime, is_proved: bool = False
) -> Contact:
    """The row of a contact, made when it is new, in one statement.

    Whether it is proved is another matter: that stays as it was unless it is proved now.
    """
    proved = {"verified_at": now} if is_proved else {}
    return session.scalars(
        insert_into(session, Contact)
        .values(
            institution_id=current_institution_id(),
            kind=address.kind,
            value=address.value,
            key=contact_key(address),
            language=language,
            created_at=now,
            **proved,
        )
        .on_conflict_do_update(
            index_elements=["institution_id", "key"], set_={"language": language, **proved}
        )
        .returning(Contact),
        execution_options={"populate_existing": True},
    ).one()


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
    session.flush()
    return token


def end_session(session: Session, token: str, *, now: datetime) -> None:
    """End a session; the browser's cookie opens nothing from now on."""
    session.execute(
        update(CitizenSession)
        .where(CitizenSession.token_hash == hash_token(token), CitizenSession.expires_at > now)
        .values(expires_at=now)
        .execution_options(synchronize_session=False)
    )


def hash_token(token: str) -> str:
    """A session's token as it is stored."""
    return blind_index("citizen-session", token)


def _hash(key: str, purpose: str, code: str) -> str:
    return blind_index("code", f"{key}:{purpose}:{code}")
