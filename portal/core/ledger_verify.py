"""Reads a whole chain again and names the first place where it no longer tells the truth."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.crypto import current_keys
from portal.core.ledger import LedgerBlock, LedgerEntry, LedgerSeal
from portal.core.ledger_anchor import Anchor, standing
from portal.core.ledger_chain import GENESIS, Head, hash_block, hash_entry
from portal.core.tenant import current_institution_id

#: How many blocks are read at a time.
CHUNK = 200
#: Entries older than this without a seal mean that the sweep does not run.
SEALED_WITHIN = timedelta(hours=1)
_ENTRY = tuple(getattr(LedgerEntry, column.key) for column in LedgerEntry.__mapper__.column_attrs)


class Fault(StrEnum):
    """What is wrong, worded for the person at the console."""

    ALTERED_ENTRY = "an entry was altered after it was sealed"
    MISSING_ENTRY = "a sealed entry is missing"
    MISSING_BLOCK = "a block is missing"
    ALTERED_BLOCK = "a block or its seals were altered"
    BROKEN_CHAIN = "a block does not follow from the one before it"
    TRUNCATED = "the chain ends before a block that was anchored"
    REWRITTEN = "a block is not the one that was anchored"
    BAD_SIGNATURE = "an anchor does not carry this installation's signature"


@dataclass(frozen=True)
class Finding:
    """The first broken place."""

    fault: Fault
    block: int
    entry_id: int | None = None
    #: The place in the block, known even where the entry is not.
    position: int | None = None

    def __str__(self) -> str:
        places = {"entry": self.entry_id, "block": self.block, "place": self.position}
        where = ", ".join(f"{name} {at}" for name, at in places.items() if at is not None)
        return f"{where}: {self.fault}"


@dataclass(frozen=True)
class Verdict:
    """What a verification found; sound when there is no finding."""

    head: Head
    entries: int
    anchors: int
    #: Entries that wait for their seal longer than they should; a warning.
    unsealed: int = 0
    #: Anchors that a restore set aside; a warning.
    set_aside: int = 0
    finding: Finding | None = None


def verify(
    session: Session, anchors: Sequence[Anchor], now: datetime, *, printed: Sequence[Head] = ()
) -> Verdict:
    """Check every entry, block and link of the scope's institution, then the anchors.

    ``printed`` are heads read off paper, with as many figures of the hash as were printed.
    """
    binding = standing(anchors)
    wanted = {anchor.number for anchor in binding} | {number for number, _ in printed}
    hashes = {0: GENESIS}
    head, entries = Head(0, GENESIS), 0
    finding: Finding | None = None
    for block, seals in _blocks(session):
        finding = _inspect(block, seals, head)
        if finding is not None:
            break
        head, entries = Head(block.number, block.hash), entries + block.entries
        if block.number in wanted:
            hashes[block.number] = block.hash
    if finding is None and entries != session.scalar(select(func.count(LedgerSeal.id))):
        finding = Finding(Fault.MISSING_BLOCK, head.number + 1)
    finding = finding or _check_anchors(anchors, binding, hashes) or _check(printed, hashes)
    return Verdict(
        head,
        entries,
        len(anchors),
        unsealed=_count_unsealed(session, now),
        set_aside=len(anchors) - len(binding),
        finding=finding,
    )


def _blocks(session: Session) -> Iterator[tuple[LedgerBlock, list[Any]]]:
    """All blocks in order, each with its seals in order and the entries they seal."""
    after = 0
    while blocks := session.scalars(
        select(LedgerBlock)
        .where(LedgerBlock.number > after)
        .order_by(LedgerBlock.number)
        .limit(CHUNK)
        .execution_options(populate_existing=True)
    ).all():
        after = blocks[-1].number
        seals = session.execute(
            select(*_ENTRY, LedgerSeal.block_id, LedgerSeal.entry_id)
            .add_columns(LedgerSeal.position, LedgerSeal.entry_hash)
            .select_from(LedgerSeal)
            .outerjoin(LedgerEntry, LedgerEntry.id == LedgerSeal.entry_id)
            .where(LedgerSeal.block_id.in_([block.id for block in blocks]))
            .order_by(LedgerSeal.block_id, LedgerSeal.position)
        )
        by_block = {key: list(rows) for key, rows in groupby(seals, lambda row: row.block_id)}
        for block in blocks:
            yield block, by_block.get(block.id, [])


def _inspect(block: Any, seals: list[Any], head: Head) -> Finding | None:
    """The first thing wrong with one block that should follow ``head``."""
    number = head.number + 1
    if block.number != number:
        return Finding(Fault.MISSING_BLOCK, number)
    if block.previous_hash != head.hash:
        return Finding(Fault.BROKEN_CHAIN, number)
    finding = _inspect_seals(number, seals, block.entries)
    if finding is not None:
        return finding
    hashes = [seal.entry_hash for seal in seals]
    own = hash_block(current_institution_id(), number, head.hash, block.sealed_at, hashes)
    return None if own == block.hash else Finding(Fault.ALTERED_BLOCK, number)


def _inspect_seals(number: int, seals: list[Any], entries: int) -> Finding | None:
    """The first entry that is gone or no longer what was sealed."""
    for position, seal in enumerate(seals, start=1):
        if seal.position != position:
            return Finding(Fault.MISSING_ENTRY, number, position=position)
        if seal.id is None:
            return Finding(Fault.MISSING_ENTRY, number, seal.entry_id, position)
        if hash_entry(seal) != seal.entry_hash:
            return Finding(Fault.ALTERED_ENTRY, number, seal.entry_id, position)
    if len(seals) < entries:
        return Finding(Fault.MISSING_ENTRY, number, position=len(seals) + 1)
    return None


def _check_anchors(
    anchors: Sequence[Anchor], binding: Sequence[Anchor], hashes: dict[int, str]
) -> Finding | None:
    """Signatures of all anchors, then the blocks of those that bind."""
    keys = current_keys()
    for anchor in anchors:
        is_own = anchor.institution_id == current_institution_id()
        if not is_own or not anchor.is_genuine(keys):
            return Finding(Fault.BAD_SIGNATURE, anchor.number)
    return _check([Head(anchor.number, anchor.hash) for anchor in binding], hashes)


def _check(heads: Sequence[Head], hashes: dict[int, str]) -> Finding | None:
    """Compare heads known outside with the chain; a shortened hash must be its beginning."""
    for head in heads:
        if head.number not in hashes:
            return Finding(Fault.TRUNCATED, head.number)
        if not hashes[head.number].startswith(head.hash):
            return Finding(Fault.REWRITTEN, head.number)
    return None


def _count_unsealed(session: Session, now: datetime) -> int:
    statement = (
        select(func.count(LedgerEntry.id))
        .outerjoin(LedgerSeal, LedgerSeal.entry_id == LedgerEntry.id)
        .where(LedgerSeal.id.is_(None), LedgerEntry.at < now - SEALED_WITHIN)
    )
    return session.scalar(statement) or 0
