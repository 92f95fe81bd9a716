"""The transactional outbox: what must reach the world, written with the reason for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    Index,
    String,
    UniqueConstraint,
    and_,
    case,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.core.actor import SYSTEM
from portal.core.base import Base, Owned, owned
from portal.core.errors import NotFound
from portal.core.ledger import record
from portal.core.tenant import current_institution_id
from portal.core.upsert import Upsert, insert_into, once_per_database

T = TypeVar("T")
R = TypeVar("R")
#: Tries before an entry is parked and shown instead of being tried again.
MAX_ATTEMPTS = 8
#: How long a worker may keep an entry without a sign of life; no ``send`` may take longer.
LEASE = timedelta(minutes=2)
#: How many entries a worker takes into its hand at once.
BATCH = 10
#: The pause after the first failure; each further one is four times as long, up to the longest:
#: quick enough for a one-time code, patient enough for a gateway that is down all night.
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=6)
CUT_OFF = "the worker was cut off while delivering"


class OutboxEntry(Owned, Base):
    """One thing to do in the world, at least once; its key lets the receiver see a repeat."""

    __tablename__ = "outbox"
    __table_args__ = owned(
        UniqueConstraint("institution_id", "key"),
        CheckConstraint("state IN ('ready', 'done', 'parked')", name="state"),
        Index("ix_outbox_due", "institution_id", "state", "due"),
    )

    key: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(6), default="ready")
    #: Not before this moment; every try moves it on, so that a bad entry queues behind good ones.
    due: Mapped[datetime]
    #: Until when its worker may keep it; a dead worker's entry is free again afterwards. Together
    #: with ``worker`` it is the proof that an entry is still in the same hand.
    lease_until: Mapped[datetime | None]
    worker: Mapped[str] = mapped_column(String(60), default="")
    #: Tries that were begun, whether or not their worker lived to see the end.
    attempts: Mapped[int] = mapped_column(default=0)
    #: Kind of the last failure, never its words: they may quote a person's address.
    last_error: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Delivery(Generic[T, R]):
    """How entries of one kind are delivered.

    ``load`` reads what is needed into plain values, ``send`` touches the world with no
    transaction open and hands the key on, ``record`` writes the outcome in the transaction that
    finishes the entry.
    """

    kind: str
    load: Callable[[Session, dict[str, Any]], T]
    send: Callable[[T, str], R]
    record: Callable[[Session, dict[str, Any], R, datetime], None]
    #: Take a single entry at a time, where a repeat costs money or trust.
    one_by_one: bool = False


@dataclass(frozen=True)
class Claimed:
    """An entry in a worker's hand."""

    id: int
    key: str
    kind: str
    payload: dict[str, Any]
    attempts: int
    worker: str
    lease_until: datetime


def put(
    session: Session,
    kind: str,
    payload: dict[str, Any],
    *,
    key: str,
    due: datetime,
    now: datetime | None = None,
) -> None:
    """Write an entry in the running transaction; a key that stands already stays as it is.

    ``now`` may be left out when the entry is due at once.
    """
    row = {
        "institution_id": current_institution_id(),
        "key": key,
        "kind": kind,
        "payload": payload,
        "state": "ready",
        "due": due,
        "worker": "",
        "attempts": 0,
        "last_error": "",
        "created_at": now or due,
    }
    session.execute(_putting(session), row)


@once_per_database
def _putting(session: Session) -> Upsert:
    return insert_into(session, OutboxEntry).on_conflict_do_nothing(
        index_elements=["institution_id", "key"]
    )


def list_due_kinds(session: Session, *, now: datetime) -> list[str]:
    """The kinds that have something to do: a look that takes no lock, unlike a claim."""
    return list(session.scalars(select(OutboxEntry.kind).where(_is_free(now)).distinct()))


def claim(
    session: Session, *, kind: str, worker: str, now: datetime, limit: int = BATCH
) -> list[Claimed]:
    """Take due entries of a kind, and those whose worker died, in one statement.

    An entry that cut off its worker at every try is parked here: nobody else could do it.
    """
    waiting = (
        select(OutboxEntry.id)
        .where(OutboxEntry.kind == kind, _is_free(now))
        .order_by(OutboxEntry.due, OutboxEntry.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due_now")
    )
    is_spent = OutboxEntry.attempts >= MAX_ATTEMPTS
    lease_until = now + LEASE
    rows = session.execute(
        update(OutboxEntry)
        .where(OutboxEntry.id.in_(select(waiting.c.id)))
        .values(
            worker=worker,
            lease_until=lease_until,
            state=case((is_spent, "parked"), else_="ready"),
            last_error=case((is_spent, CUT_OFF), else_=OutboxEntry.last_error),
        )
        .returning(
            OutboxEntry.id,
            OutboxEntry.key,
            OutboxEntry.kind,
            OutboxEntry.payload,
            OutboxEntry.attempts,
            OutboxEntry.due,
        )
        .execution_options(synchronize_session=False)
    )
    return [
        Claimed(row.id, row.key, row.kind, row.payload, row.attempts, worker, lease_until)
        # In the order of the queue, which RETURNING does not keep.
        for row in sorted(rows, key=lambda row: (row.due, row.id))
        if row.attempts < MAX_ATTEMPTS
    ]


def start(session: Session, entry: Claimed, *, now: datetime) -> Claimed | None:
    """Count a try and renew the lease just before it; None when the entry left the hand.

    The count stands before the try, so that an entry which kills its worker runs out of tries.
    """
    attempts, lease_until = entry.attempts + 1, now + LEASE
    is_mine = _change(
        session,
        entry,
        attempts=attempts,
        lease_until=lease_until,
        due=now + _pause_after(attempts),
    )
    return replace(entry, attempts=attempts, lease_until=lease_until) if is_mine else None


def finish(session: Session, entry: Claimed, *, now: datetime) -> bool:
    """Mark an entry done; False when it left the hand and somebody else answers for it."""
    return _change(session, entry, state="done", done_at=now, lease_until=None, last_error="")


def put_back(session: Session, entry: Claimed, *, error: str, now: datetime) -> None:
    """Note a failed try: again later, longer each time, and parked after MAX_ATTEMPTS."""
    _change(
        session,
        entry,
        state="parked" if entry.attempts >= MAX_ATTEMPTS else "ready",
        due=now + _pause_after(entry.attempts),
        lease_until=None,
        last_error=error[:300],
    )


def release(session: Session, entries: list[Claimed]) -> None:
    """Let go of entries that were not begun, for the next worker to take at once."""
    for entry in sorted(entries, key=lambda entry: entry.id):
        _change(session, entry, lease_until=None)


def list_parked(session: Session, *, limit: int = 100) -> list[OutboxEntry]:
    """Entries that were given up, the oldest first, for somebody to look at."""
    return list(
        session.scalars(
            select(OutboxEntry)
            .where(OutboxEntry.state == "parked")
            .order_by(OutboxEntry.id)
            .limit(limit)
        )
    )


def list_parked_keys(session: Session, keys: Sequence[str]) -> set[str]:
    """Which of these entries were given up."""
    parked = select(OutboxEntry.key).where(OutboxEntry.state == "parked", OutboxEntry.key.in_(keys))
    return set(session.scalars(parked))


def retry_parked(session: Session, entry_id: int, *, now: datetime) -> None:
    """Have a parked entry tried again from the start; raises NotFound."""
    found = session.scalar(
        update(OutboxEntry)
        .where(OutboxEntry.id == entry_id, OutboxEntry.state == "parked")
        .values(state="ready", due=now, attempts=0, worker="", lease_until=None)
        .returning(OutboxEntry.id)
    )
    if found is None:
        raise NotFound
    record(session, "core.outbox.retried", subject=("outbox", found), actor=SYSTEM, now=now)


def _is_free(now: datetime) -> ColumnElement[bool]:
    """Due, and in nobody's hand or in a dead one's."""
    return and_(
        OutboxEntry.state == "ready",
        OutboxEntry.due <= now,
        or_(OutboxEntry.lease_until.is_(None), OutboxEntry.lease_until <= now),
    )


def _pause_after(attempts: int) -> timedelta:
    pause: timedelta = FIRST_PAUSE * 4 ** (attempts - 1)
    return min(LONGEST_PAUSE, pause)


def _change(session: Session, entry: Claimed, **values: object) -> bool:
    """Change an entry only while it is in the hand that claimed it."""
    changed = session.scalar(
        update(OutboxEntry)
        .where(
            OutboxEntry.id == entry.id,
            OutboxEntry.state == "ready",
            OutboxEntry.worker == entry.worker,
            OutboxEntry.lease_until == entry.lease_until,
        )
        .values(**values)
        .returning(OutboxEntry.id)
        .execution_options(synchronize_session=False)
    )
    return changed is not None
