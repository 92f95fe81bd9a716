"""Keeps the ledger sealed and its head anchored without anybody thinking of it."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.core.crypto import current_keys
from portal.core.ledger_anchor import anchor_head, anchors_folder
from portal.core.ledger_chain import seal_entries
from portal.core.runtime import runtime
from portal.core.sweeps import Sweep


def _seal(session: Session, now: datetime) -> None:
    seal_entries(session, now)


def _anchor(session: Session, now: datetime) -> None:
    """Blocks seen here are committed: sealing is another unit of work."""
    anchor_head(session, anchors_folder(runtime().config), current_keys(), now)


SWEEPS = (
    Sweep("ledger.seal", every=timedelta(minutes=1), run=_seal),
    Sweep("ledger.anchor", every=timedelta(hours=1), run=_anchor),
)
