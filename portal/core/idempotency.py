"""One form, one act: a double click or a retry is sent where the first one went."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import String, UniqueConstraint, bindparam, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.sql.dml import ReturningInsert

from portal.core.base import Base, Owned, owned
from portal.core.crypto import EncryptedText
from portal.core.errors import N_, DomainError, TryAgain
from portal.core.sweeps import Sweep
from portal.core.tenant import current_institution_id
from portal.core.upsert import insert_into, once_per_database

KEPT = timedelta(days=2)


class IdempotencyKey(Owned, Base):
    """A form that was acted upon, and where its sender was sent."""

    __tablename__ = "idempotency_key"
    __table_args__ = owned(UniqueConstraint("institution_id", "key"))

    #: Hash of what the form carried; a hostile form may carry anything.
    key: Mapped[str] = mapped_column(String(64))
    #: Hash of what it was used for, and by whom; the same key for anything else is refused.
    purpose: Mapped[str] = mapped_column(String(64))
    #: Such an address may open a booking to whoever reads it.
    location: Mapped[str | None] = mapped_column(EncryptedText("idempotency_key.location"))
    created_at: Mapped[datetime]


@once_per_database
def _taking(session: Session) -> ReturningInsert[int]:
    return (
        insert_into(session, IdempotencyKey)
        .on_conflict_do_nothing(index_elements=["institution_id", "key"])
        .returning(IdempotencyKey.id)
    )


_FINISHING = (
    update(IdempotencyKey)
    .where(IdempotencyKey.key == bindparam("taken"))
    .values(location=bindparam("goal", type_=IdempotencyKey.location.type))
    .execution_options(synchronize_session=False)
)


def begin(session: Session, key: str, *, purpose: str, now: datetime) -> str | None:
    """Take a key: None for the first, the first one's location for a repeat.

    ``purpose`` says what is done and by whom. On PostgreSQL a repeat at the same time waits here
    for the first to commit or roll back. Raises DomainError when the key was used for something
    else, TryAgain when the first one's row vanished meanwhile.
    """
    key_hash, purpose_hash = _hash(key), _hash(purpose)
    row = {
        "institution_id": current_institution_id(),
        "key": key_hash,
        "purpose": purpose_hash,
        "created_at": now,
    }
    first = session.scalar(_taking(session), row)
    if first is not None:
        return None
    taken = session.execute(
        select(IdempotencyKey.purpose, IdempotencyKey.location).where(
            IdempotencyKey.key == key_hash
        )
    ).one_or_none()
    if taken is None:
        raise TryAgain
    if taken.purpose != purpose_hash:
        raise DomainError(N_("Go back, reload the page and send it again. Nothing was changed."))
    return taken.location or ""


def finish(session: Session, key: str, *, location: str) -> None:
    """Write down where the first one is sent."""
    session.execute(_FINISHING, {"taken": _hash(key), "goal": location})


def forget(session: Session, key: str) -> None:
    """Free a key whose form was refused and may be sent again, corrected."""
    session.execute(
        delete(IdempotencyKey)
        .where(IdempotencyKey.key == _hash(key))
        .execution_options(synchronize_session=False)
    )


def _hash(words: str) -> str:
    return hashlib.sha256(words.encode(errors="backslashreplace")).hexdigest()


def _forget_old(session: Session, now: datetime) -> None:
    session.execute(
        delete(IdempotencyKey)
        .where(IdempotencyKey.created_at < now - KEPT)
        .execution_options(synchronize_session=False)
    )


SWEEP = Sweep("core.idempotency", timedelta(hours=1), _forget_old)
