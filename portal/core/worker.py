"""The worker: delivers the outbox and runs the sweeps, institution by institution."""

import random
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from flask import Flask
from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.core import outbox, sweeps
from portal.core.background import Background, note_failure
from portal.core.base import Base
from portal.core.runtime import runtime
from portal.core.upsert import insert_into

log = structlog.get_logger("portal.worker")
#: Seconds between two looks at an empty outbox.
PAUSE = 1.0
#: Seconds of waiting after a failure; doubled up to the longest while the failure lasts.
FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0
#: How often a worker says that it lives, and how old the newest beat may be.
BEAT = timedelta(seconds=20)
ALIVE = timedelta(minutes=2)
#: After which time a silent worker is forgotten.
FORGOTTEN = timedelta(days=1)


class WorkerBeat(Base):
    """When a worker was last seen; global."""

    __tablename__ = "worker_beat"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    seen_at: Mapped[datetime]


class Worker:
    """One worker of possibly many; every piece of work is a unit of work of its own."""

    def __init__(
        self,
        app: Flask,
        *,
        deliveries: Sequence[outbox.Delivery[Any, Any]],
        sweeps: Sequence[sweeps.Sweep],
        name: str,
        list_institutions: Callable[[], list[int]],
    ) -> None:
        self._background = Background(app)
        self._deliveries = deliveries
        self._sweeps = sweeps
        self._name = name
        self._list_institutions = list_institutions
        self._stop = threading.Event()
        self._tell_time: Callable[[], datetime] = self._read_clock
        self._seen_at: datetime | None = None
        self._unknown_kinds: set[str] = set()

    def run_forever(self, stop: threading.Event) -> None:
        """Work until told to stop; a failing database is waited for, never a reason to die."""
        self._stop, wait = stop, FIRST_WAIT
        while not stop.is_set():
            try:
                busy = self.run_once()
            except Exception as error:  # noqa: BLE001 a worker outlives whatever comes
                note_failure(log, "worker_failed", error, worker=self._name)
                stop.wait(wait)
                wait = min(LONGEST_WAIT, wait * 2)
                continue
            wait = FIRST_WAIT
            if not busy:
                stop.wait(PAUSE * random.uniform(0.7, 1.3))  # noqa: S311 jitter, no secret

    def run_once(self, now: datetime | None = None) -> int:
        """Run what is due; returns how many entries were in hand.

        ``now`` stops the clock for a test. What fails in one institution is raised only when
        all others had their turn.
        """
        self._tell_time = self._read_clock if now is None else lambda: now
        self._beat()
        institutions = self._background.outside(self._list_institutions)
        failures: list[Exception] = []
        count = self._deliver_everywhere(institutions, failures)
        for sweep in self._list_open_sweeps():
            self._sweep(sweep, institutions)
            # A one-time code does not wait for the end of all sweeps.
            count += self._deliver_everywhere(institutions, failures)
        if failures:
            raise failures[0]
        return count

    def _read_clock(self) -> datetime:
        with self._background.app.app_context():
            return runtime().clock.now()

    def _beat(self) -> None:
        """Say that this worker lives, if it has not said so lately."""
        now = self._tell_time()
        if self._seen_at is None or abs(now - self._seen_at) >= BEAT:
            self._background.globally(lambda session: _note_beat(session, self._name, now))
            self._seen_at = now

    def _list_open_sweeps(self) -> list[sweeps.Sweep]:
        return self._background.globally(
            lambda session: sweeps.list_open(session, self._sweeps, now=self._tell_time()),
            is_read_only=True,
        )

    def _sweep(self, sweep: sweeps.Sweep, institutions: list[int]) -> None:
        if self._stop.is_set():
            return
        self._beat()
        now = self._tell_time()
        taken = self._background.globally(
            lambda session: sweeps.take_slot(session, sweep, worker=self._name, now=now)
        )
        if taken is not None:
            sweeps.run_slot(self._background, taken, institutions, tell_time=self._tell_time)

    def _deliver_everywhere(self, institutions: list[int], failures: list[Exception]) -> int:
        count = 0
        for institution in institutions:
            try:
                count += self._deliver_due(institution)
            except Exception as error:  # noqa: BLE001 whatever it is, the others have their turn
                failures.append(error)
                note_failure(log, "delivering_failed", error, institution=institution)
        return count

    def _deliver_due(self, institution: int) -> int:
        """Look without a lock first: an idle worker keeps no writer of SQLite waiting."""
        due = self._background.within(
            institution,
            lambda session: outbox.list_due_kinds(session, now=self._tell_time()),
            is_read_only=True,
        )
        self._note_unknown(due)
        return sum(
            self._deliver_batch(institution, delivery)
            for delivery in self._deliveries
            if delivery.kind in due
        )

    def _note_unknown(self, due: list[str]) -> None:
        """Say once of a kind that nothing here delivers it, lest it wait unnoticed."""
        known = {delivery.kind for delivery in self._deliveries}
        for kind in set(due) - known - self._unknown_kinds:
            self._unknown_kinds.add(kind)
            log.error("no_delivery_for_kind", kind=kind)

    def _deliver_batch(self, institution: int, delivery: outbox.Delivery[Any, Any]) -> int:
        if self._stop.is_set():
            return 0
        limit = 1 if delivery.one_by_one else outbox.BATCH
        entries = self._background.within(
            institution,
            lambda session: outbox.claim(
                session,
                kind=delivery.kind,
                worker=self._name,
                now=self._tell_time(),
                limit=limit,
            ),
        )
        for place, entry in enumerate(entries):
            if self._stop.is_set():
                rest = partial(outbox.release, entries=entries[place:])
                self._background.within(institution, rest)
                break
            self._beat()
            self._deliver(institution, delivery, entry)
        return len(entries)

    def _deliver(
        self, institution: int, delivery: outbox.Delivery[Any, Any], claimed: outbox.Claimed
    ) -> None:
        """Load, send with no transaction open, record; a failure puts the entry back."""
        background, tell_time = self._background, self._tell_time
        entry = background.within(
            institution, lambda session: outbox.start(session, claimed, now=tell_time())
        )
        if entry is None:
            return
        try:
            loaded = background.within(
                institution,
                lambda session: delivery.load(session, entry.payload),
                is_read_only=True,
            )
            outcome = background.outside(lambda: delivery.send(loaded, entry.key))
            background.within(
                institution, lambda session: _record(session, delivery, entry, outcome, tell_time())
            )
        except Exception as error:  # noqa: BLE001 any failure puts the entry back
            facts = {"kind": entry.kind, "entry": entry.id, "attempt": entry.attempts}
            note_failure(log, "delivery_failed", error, institution=institution, **facts)
            reason = _name_failure(error)
            background.within(
                institution,
                lambda session: outbox.put_back(session, entry, error=reason, now=tell_time()),
            )


def is_worker_alive(session: Session, now: datetime) -> bool:
    """Whether any worker was seen lately."""
    newest = session.scalar(select(WorkerBeat.seen_at).order_by(WorkerBeat.seen_at.desc()).limit(1))
    return newest is not None and newest > now - ALIVE


def _record(
    session: Session,
    delivery: outbox.Delivery[Any, Any],
    entry: outbox.Claimed,
    outcome: Any,
    now: datetime,
) -> None:
    """Finish the entry and write the outcome, in one transaction or not at all."""
    if outbox.finish(session, entry, now=now):
        delivery.record(session, entry.payload, outcome, now)


def _note_beat(session: Session, name: str, now: datetime) -> None:
    session.execute(delete(WorkerBeat).where(WorkerBeat.seen_at < now - FORGOTTEN))
    session.execute(
        insert_into(session, WorkerBeat)
        .values(name=name, seen_at=now)
        .on_conflict_do_update(index_elements=["name"], set_={"seen_at": now})
    )


def _name_failure(error: Exception) -> str:
    """The kind of a failure with its number if it has one; no words, they may quote a person."""
    for attribute in ("smtp_code", "code", "errno"):
        number = getattr(error, attribute, None)
        if isinstance(number, int):
            return f"{type(error).__name__} {number}"
    return type(error).__name__
