"""Work that comes round by the clock: each slot of time once, whoever of the workers is first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise

import structlog
from sqlalchemy import String, UniqueConstraint, and_, delete, exists, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.core.background import Background, note_failure
from portal.core.base import Base
from portal.core.runtime import runtime
from portal.core.upsert import insert_into

log = structlog.get_logger("portal.sweeps")
#: How long a worker may keep a slot without a sign of life.
LEASE = timedelta(minutes=10)
#: How long done slots are kept to be looked at.
KEPT = timedelta(days=3)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: After which time without a round of a job something was out of order.
PAUSE = timedelta(minutes=10)


@dataclass(frozen=True)
class Sweep:
    """A job by the clock, run institution by institution, safe to run twice."""

    name: str
    every: timedelta
    run: Callable[[Session, datetime], None]

    def slot(self, now: datetime) -> datetime:
        """The beginning of the stretch of time that ``now`` lies in."""
        return EPOCH + (now - EPOCH) // self.every * self.every


class SweepSlot(Base):
    """A stretch of time of a job, and the worker that has it; global."""

    __tablename__ = "sweep_slot"
    __table_args__ = (UniqueConstraint("job", "slot"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job: Mapped[str] = mapped_column(String(60))
    slot: Mapped[datetime]
    worker: Mapped[str] = mapped_column(String(60))
    lease_until: Mapped[datetime]
    done_at: Mapped[datetime | None]
    #: What failed, by institution; empty when nothing did.
    failure: Mapped[str] = mapped_column(String(500), default="")


@dataclass(frozen=True)
class TakenSlot:
    """A slot in a worker's hand."""

    sweep: Sweep
    slot: datetime
    worker: str
    lease_until: datetime


def list_open(session: Session, sweeps: Sequence[Sweep], *, now: datetime) -> list[Sweep]:
    """The sweeps whose present slot is neither done nor in a living hand: a look without locks.

    Only present slots count, so that an outage is followed by one run and no burst.
    """
    if not sweeps:
        return []
    present = (
        and_(SweepSlot.job == sweep.name, SweepSlot.slot == sweep.slot(now)) for sweep in sweeps
    )
    closed = set(
        session.scalars(
            select(SweepSlot.job).where(
                or_(*present),
                or_(SweepSlot.done_at.is_not(None), SweepSlot.lease_until > now),
            )
        )
    )
    return [sweep for sweep in sweeps if sweep.name not in closed]


@dataclass(frozen=True)
class Outage:
    """A stretch of time in which a job did not come round."""

    began_at: datetime
    ended_at: datetime


def list_outages(session: Session, job: str, *, since: datetime, now: datetime) -> list[Outage]:
    """When a job that comes round every few minutes did not, as far as it matters since then.

    Until now, where it comes round again just now. There are none where it never did before, and
    none in the demonstration, whose clock is set forward.
    """
    done = and_(SweepSlot.job == job, SweepSlot.done_at.is_not(None))
    if runtime().config.is_demonstration or session.scalar(select(exists().where(done))) is False:
        return []
    rounds = session.scalars(
        select(SweepSlot.done_at)
        .where(done, SweepSlot.done_at > since - PAUSE)
        .order_by(SweepSlot.done_at)
    )
    # Of what was before that, nothing more is asked than that it lies further back.
    seen = [since - PAUSE, *(at for at in rounds if at is not None), now]
    return [Outage(*pair) for pair in pairwise(seen) if pair[1] - pair[0] > PAUSE]


def take_slot(session: Session, sweep: Sweep, *, worker: str, now: datetime) -> TakenSlot | None:
    """Take the present slot: nobody has it, or its worker died with it; None when it is gone."""
    taken = TakenSlot(sweep, sweep.slot(now), worker, now + LEASE)
    mine = {"worker": worker, "lease_until": taken.lease_until}
    statement = insert_into(session, SweepSlot).values(
        job=sweep.name, slot=taken.slot, failure="", **mine
    )
    first = session.scalar(
        statement.on_conflict_do_update(
            index_elements=["job", "slot"],
            set_=mine,
            where=and_(SweepSlot.done_at.is_(None), SweepSlot.lease_until <= now),
        ).returning(SweepSlot.id)
    )
    return taken if first is not None else None


def keep_slot(session: Session, taken: TakenSlot, *, now: datetime) -> TakenSlot | None:
    """Renew the lease of a slot; None when another worker has taken it over."""
    lease_until = now + LEASE
    is_mine = _change(session, taken, lease_until=lease_until)
    return replace(taken, lease_until=lease_until) if is_mine else None


def close_slot(session: Session, taken: TakenSlot, *, failure: str, now: datetime) -> None:
    """Write down that the slot is done, and what failed in it; forget old slots of the job."""
    _change(session, taken, done_at=now, failure=failure[:500])
    session.execute(
        delete(SweepSlot).where(
            SweepSlot.job == taken.sweep.name,
            SweepSlot.slot < min(taken.slot, now - KEPT),
            or_(SweepSlot.done_at.is_not(None), SweepSlot.lease_until < now),
        )
    )


def run_slot(
    background: Background,
    taken: TakenSlot,
    institutions: Sequence[int],
    *,
    tell_time: Callable[[], datetime],
) -> bool:
    """Run a taken slot in every institution, each a unit of its own; one that fails stops no other.

    False when the slot was lost on the way: another worker runs it by now.
    """
    sweep, failures = taken.sweep, []
    for institution in institutions:
        if tell_time() > taken.lease_until - LEASE / 2:
            kept = background.globally(partial(keep_slot, taken=taken, now=tell_time()))
            if kept is None:
                return False
            taken = kept
        try:
            background.within(institution, lambda session: sweep.run(session, tell_time()))
        except Exception as error:  # noqa: BLE001 whatever it is, the others have their turn
            failures.append(f"{institution}: {type(error).__name__}")
            note_failure(log, "sweep_failed", error, sweep=sweep.name, institution=institution)
    failure = "; ".join(failures)
    background.globally(partial(close_slot, taken=taken, failure=failure, now=tell_time()))
    return True


def _change(session: Session, taken: TakenSlot, **values: object) -> bool:
    """Change a slot only while it is in the hand that took it."""
    changed = session.scalar(
        update(SweepSlot)
        .where(
            SweepSlot.job == taken.sweep.name,
            SweepSlot.slot == taken.slot,
            SweepSlot.worker == taken.worker,
            SweepSlot.lease_until == taken.lease_until,
            SweepSlot.done_at.is_(None),
        )
        .values(**values)
        .returning(SweepSlot.id)
        .execution_options(synchronize_session=False)
    )
    return changed is not None
