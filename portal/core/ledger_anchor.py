"""Keeps the head of each chain outside the database, signed with a key that is not in it."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.config import Config
from portal.core.keys import KeyRing
from portal.core.ledger import LedgerBlock
from portal.core.ledger_chain import Head, canonical, chain_head, spell_time
from portal.core.tenant import current_institution_id

PRINTED_WIDTH = 16


@dataclass(frozen=True)
class Anchor:
    """A signed statement that the chain of an institution had this head at this time."""

    institution_id: int
    number: int
    hash: str
    at: str
    #: Set by a restore: older anchors bind up to this block only, the rest is a known loss.
    binds_up_to: int | None = None
    signature: str = ""

    def message(self) -> bytes:
        """What is signed."""
        content = asdict(self)
        del content["signature"]
        return canonical(content)

    def is_genuine(self, keys: KeyRing) -> bool:
        """Whether the installation's own key signed exactly this."""
        return keys.is_signed(self.message(), self.signature)


def sign_head(
    keys: KeyRing, head: Head, *, now: datetime, binds_up_to: int | None = None
) -> Anchor:
    """An anchor of the scope's institution."""
    anchor = Anchor(current_institution_id(), *head, spell_time(now), binds_up_to)
    return replace(anchor, signature=keys.sign(anchor.message()))


def anchor_text(head: Head) -> str:
    """The head as it is printed on the day list: block number and the hash's first figures."""
    figures = head.hash[:PRINTED_WIDTH]
    return " ".join([str(head.number), *(figures[at : at + 4] for at in range(0, 16, 4))])


def read_printed(text: str) -> Head:
    """The block number and hash figures of a printed anchor; raises ValueError."""
    number, *groups = text.split()
    figures = "".join(groups).lower()
    if len(figures) != PRINTED_WIDTH or not all(sign in "0123456789abcdef" for sign in figures):
        raise ValueError("a printed anchor is a number and sixteen figures")
    return Head(int(number), figures)


def anchors_folder(config: Config) -> Path:
    """Where the anchors of this installation are kept."""
    return config.var / "anchors"


def anchor_file(folder: Path, institution_id: int) -> Path:
    """Where the anchors of one institution are kept, one JSON line each."""
    return folder / f"{institution_id}.jsonl"


def read_anchors(folder: Path, institution_id: int) -> list[Anchor]:
    """All anchors of one institution, oldest first; a garbled line comes back unsigned."""
    file = anchor_file(folder, institution_id)
    if not file.exists():
        return []
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    return [_parse(line) or Anchor(institution_id, 0, "", "") for line in lines]


def _parse(line: str) -> Anchor | None:
    try:
        anchor = Anchor(**json.loads(line))
    except (ValueError, TypeError):
        return None
    numbers = (anchor.number, anchor.binds_up_to or 0)
    texts = (anchor.hash, anchor.signature)
    is_typed = all(type(n) is int for n in numbers) and all(type(t) is str for t in texts)
    return anchor if is_typed else None


def append_anchor(folder: Path, anchor: Anchor) -> None:
    """Add one line in one write, on disk before this returns."""
    folder.mkdir(parents=True, exist_ok=True)
    file = anchor_file(folder, anchor.institution_id)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    try:
        os.write(handle, canonical(asdict(anchor)) + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)


def anchor_head(session: Session, folder: Path, keys: KeyRing, now: datetime) -> Anchor | None:
    """Anchor the head of the scope's institution unless it is anchored; gives the new anchor."""
    head = chain_head(session)
    known = read_anchors(folder, current_institution_id())
    if head.number == 0 or (known and (known[-1].number, known[-1].hash) == head):
        return None
    anchor = sign_head(keys, head, now=now)
    append_anchor(folder, anchor)
    return anchor


def standing(anchors: Sequence[Anchor]) -> list[Anchor]:
    """The anchors that still bind: a restore set aside those its copy knew nothing of."""
    kept: list[Anchor] = []
    for anchor in anchors:
        if anchor.binds_up_to is not None:
            kept = [older for older in kept if older.number <= anchor.binds_up_to]
        kept.append(anchor)
    return kept


def accept_restore(
    session: Session, folder: Path, keys: KeyRing, now: datetime
) -> tuple[Head, int]:
    """After a restore, state in the anchors that what they knew beyond this copy is lost.

    Gives the restored head and how many anchors had to be set aside.
    """
    anchors = standing(read_anchors(folder, current_institution_id()))
    numbers = {anchor.number for anchor in anchors}
    hashes: dict[int, str] = {
        number: digest
        for number, digest in session.execute(select(LedgerBlock.number, LedgerBlock.hash))
        if number in numbers
    }
    agreed = max((a.number for a in anchors if hashes.get(a.number) == a.hash), default=0)
    lost = sum(1 for anchor in anchors if anchor.number > agreed)
    head = chain_head(session)
    if lost:
        append_anchor(folder, sign_head(keys, head, now=now, binds_up_to=agreed))
    return head, lost
