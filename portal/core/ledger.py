"""The ledger: every command leaves one line that nobody can change, free of personal text."""

import hashlib
import hmac
import re
import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.core.actor import Actor
from portal.core.base import Base, Owned, owned, refers
from portal.core.errors import TryAgain

HASH_WIDTH = 64
#: Ids, codes, dates and hashes look like this; a name or a sentence does not.
PLAIN = re.compile(r"[\x21-\x7e]{0,80}")
CODE = re.compile(r"[a-z_]+(\.[a-z_]+){1,3}")

Value = int | str | bool | None


class LedgerEntry(Owned, Base):
    """What was done to what, by whom, when; written once."""

    __tablename__ = "ledger_entry"
    __table_args__ = owned(
        CheckConstraint("actor_kind IN ('staff', 'citizen', 'system')", name="actor_kind"),
        Index(None, "institution_id", "subject_kind", "subject_id"),
    )

    at: Mapped[datetime]
    #: feature.noun.verb; worded when shown.
    code: Mapped[str] = mapped_column(String(64))
    actor_kind: Mapped[str] = mapped_column(String(8))
    actor_id: Mapped[int | None]
    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int]
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: Random, so that the entry's hash tells nothing about an entry one might guess.
    salt: Mapped[str] = mapped_column(String(32), default=lambda: secrets.token_hex(16))


class LedgerBlock(Owned, Base):
    """A run of sealed entries, chained to the block before it by its hash."""

    __tablename__ = "ledger_block"
    __table_args__ = owned(
        UniqueConstraint("institution_id", "number", info={"violation": TryAgain}),
        CheckConstraint("number > 0 AND entries > 0", name="counts"),
    )

    #: 1, 2, 3 … in each institution, without a gap.
    number: Mapped[int]
    #: How many entries it seals, and the highest id among them.
    entries: Mapped[int]
    last_entry_id: Mapped[int]
    previous_hash: Mapped[str] = mapped_column(String(HASH_WIDTH))
    hash: Mapped[str] = mapped_column(String(HASH_WIDTH))
    sealed_at: Mapped[datetime]


class LedgerSeal(Owned, Base):
    """The place of one entry in its block, with the hash it had when it was sealed."""

    __tablename__ = "ledger_seal"
    __table_args__ = owned(
        refers("entry_id", "ledger_entry"),
        refers("block_id", "ledger_block"),
        UniqueConstraint("institution_id", "entry_id", info={"violation": TryAgain}),
        UniqueConstraint("institution_id", "block_id", "position"),
    )

    entry_id: Mapped[int]
    block_id: Mapped[int]
    #: 1, 2, 3 … in each block.
    position: Mapped[int]
    entry_hash: Mapped[str] = mapped_column(String(HASH_WIDTH))


def record(
    session: Session,
    code: str,
    *,
    subject: tuple[str, int],
    actor: Actor,
    now: datetime,
    **data: Value,
) -> None:
    """Add one line to the ledger in the transaction of the command itself.

    Raises ValueError for a malformed code or a text that could be personal: the ledger takes
    ids, codes and ``salted`` hashes, because its lines outlive what may have to be erased.
    """
    if not CODE.fullmatch(code):
        raise ValueError(f"not a ledger code: {code!r}")
    for name, value in data.items():
        if isinstance(value, str):
            if not PLAIN.fullmatch(value):
                raise ValueError(f"{code}: {name} is text, the ledger takes ids and codes only")
        elif value is not None and not isinstance(value, int):
            raise ValueError(f"{code}: {name} is neither a whole number nor a code")
    kind, subject_id = subject
    session.add(
        LedgerEntry(
            at=now,
            code=code,
            actor_kind=actor.kind,
            actor_id=actor.id,
            subject_kind=kind,
            subject_id=subject_id,
            data=data,
        )
    )


def new_salt() -> str:
    """A salt to be kept in the row that holds the personal value, and erased with it."""
    return secrets.token_hex(16)


def salted(value: str, salt: str) -> str:
    """The hash of a personal value that proves it while its salt exists and nothing afterwards."""
    return hmac.digest(salt.encode(), value.encode(), hashlib.sha256).hex()
