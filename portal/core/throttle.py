"""Counting attempts in windows of time, exactly, across threads, processes and machines."""

import hashlib
from datetime import UTC, datetime, timedelta

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.core.base import Base
from portal.core.sweeps import Sweep
from portal.core.tenant import current_institution_id
from portal.core.upsert import insert_into

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Throttle(Base):
    """Attempts of one bucket in one window; global, and without personal data."""

    __tablename__ = "throttle"

    #: Hash of what is counted, where, and in windows of which length.
    bucket: Mapped[str] = mapped_column(String(64), primary_key=True)
    window_start: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int]
    ends_at: Mapped[datetime]


def allow(session: Session, bucket: str, *, limit: int, window: timedelta, now: datetime) -> bool:
    """Count an attempt and say whether it is within ``limit`` for the window; one statement.

    Windows stand fixed on the clock; institutions count apart. The count is part of the running
    transaction: a caller that refuses must still commit, which is why a wrong password or code
    is a result and not an error. On PostgreSQL the row stays locked until then, so that attempts
    at the same bucket wait for each other and none slips through beside the count.
    """
    start = _start(window, now)
    count: int = session.execute(
        insert_into(session, Throttle)
        .values(
            bucket=_hash(bucket, window),
            window_start=start,
            count=1,
            ends_at=start + window,
        )
        .on_conflict_do_update(
            index_elements=["bucket", "window_start"], set_={"count": Throttle.count + 1}
        )
        .returning(Throttle.count)
    ).scalar_one()
    return count <= limit


def is_used_up(
    session: Session, bucket: str, *, limit: int, window: timedelta, now: datetime
) -> bool:
    """Whether the next attempt will be refused; counts nothing, so that work can be spared."""
    count = session.scalar(
        select(Throttle.count).where(
            Throttle.bucket == _hash(bucket, window), Throttle.window_start == _start(window, now)
        )
    )
    return (count or 0) >= limit


def opens_again(window: timedelta, now: datetime) -> datetime:
    """When the window of an attempt made now is over, and attempts count anew."""
    return _start(window, now) + window


def _start(window: timedelta, now: datetime) -> datetime:
    return EPOCH + (now - EPOCH) // window * window


def _hash(bucket: str, window: timedelta) -> str:
    words = f"{current_institution_id()}|{window.total_seconds()}|{bucket}"
    return hashlib.sha256(words.encode(errors="backslashreplace")).hexdigest()


def _forget_old(session: Session, now: datetime) -> None:
    session.execute(delete(Throttle).where(Throttle.ends_at < now))


SWEEP = Sweep("core.throttle", timedelta(hours=1), _forget_old)
