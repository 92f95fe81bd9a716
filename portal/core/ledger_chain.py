"""Seals ledger entries into blocks that are chained by hash, and tells where the chain ends."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from portal.core.ledger import LedgerBlock, LedgerEntry, LedgerSeal
from portal.core.tenant import current_institution_id

BATCH = 1000
#: What the first block of an institution is chained to.
GENESIS = "0" * 64
#: A transaction may commit a lower id later; after this long none does any more.
LATEST_COMMIT = timedelta(days=1)


class Head(NamedTuple):
    """The number and hash of an institution's last block; (0, GENESIS) before the first."""

    number: int
    hash: str


def canonical(value: Any) -> bytes:
    """The one JSON spelling of a value, so that equal content has an equal hash."""
    return json.dumps(
        value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False
    ).encode()


def spell_time(at: datetime) -> str:
    """The one spelling of a moment."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def hash_entry(entry: Any) -> str:
    """SHA-256 of an entry (the mapped object or a row with its columns) and its institution."""
    content = [
        entry.institution_id,
        entry.id,
        spell_time(entry.at),
        entry.code,
        entry.actor_kind,
        entry.actor_id,
        entry.subject_kind,
        entry.subject_id,
        entry.data,
        entry.salt,
    ]
    return hashlib.sha256(canonical(content)).hexdigest()


def hash_block(
    institution_id: int, number: int, previous: str, sealed_at: datetime, entries: list[str]
) -> str:
    """SHA-256 over a block's own words and the hashes of its entries in their places."""
    content = [institution_id, number, previous, spell_time(sealed_at), entries]
    return hashlib.sha256(canonical(content)).hexdigest()


_HEAD = select(LedgerBlock.number, LedgerBlock.hash).order_by(LedgerBlock.number.desc()).limit(1)


def chain_head(session: Session) -> Head:
    """Where the chain of the scope's institution ends."""
    row = session.execute(_HEAD).first()
    return Head(row.number, row.hash) if row else Head(0, GENESIS)


def seal_entries(session: Session, now: datetime, *, batch: int = BATCH) -> int:
    """Seal entries that have no seal yet into the next block; gives how many.

    Two workers at once take the same number: one of them loses it and tries the unit again.
    """
    entries = session.scalars(
        select(LedgerEntry)
        .outerjoin(LedgerSeal, LedgerSeal.entry_id == LedgerEntry.id)
        .where(LedgerSeal.id.is_(None), LedgerEntry.id > _settled(session, now))
        .order_by(LedgerEntry.id)
        .limit(batch)
    ).all()
    if not entries:
        return 0
    head = chain_head(session)
    hashes = [hash_entry(entry) for entry in entries]
    institution_id, number = current_institution_id(), head.number + 1
    block = LedgerBlock(
        number=number,
        entries=len(entries),
        last_entry_id=entries[-1].id,
        previous_hash=head.hash,
        hash=hash_block(institution_id, number, head.hash, now, hashes),
        sealed_at=now,
    )
    session.add(block)
    session.flush()
    session.execute(
        insert(LedgerSeal),
        [
            {"entry_id": entry.id, "block_id": block.id, "position": place, "entry_hash": digest}
            for place, (entry, digest) in enumerate(zip(entries, hashes, strict=True), start=1)
        ],
    )
    return len(entries)


def _settled(session: Session, now: datetime) -> int:
    """Highest entry id below which all is sealed for good; spares reading the whole history."""
    settled = session.scalar(
        select(func.max(LedgerBlock.last_entry_id)).where(
            LedgerBlock.sealed_at < now - LATEST_COMMIT
        )
    )
    return settled or 0
