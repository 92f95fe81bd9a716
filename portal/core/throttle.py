"""Counting attempts in windows of time, exactly, across threads, processes and machines."""

import hashlib
from datetime import UTC, datetime, timedelta

from sqlalchemy import String, delete
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
    start = EPOCH + (now - EPOCH) // window * window
    words = f"{current_institution_id()}|{window.total_seconds()}|{bucket}"
    count: int = session.execute(
        insert_into(session, Throttle)
        .values(
            bucket=hashlib.sha256(words.encode(errors="backslashreplace")).hexdigest(),
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


def _forget_old(session: Session, now: datetime) -> None:
    session.execute(delete(Throttle).where(Throttle.ends_at < now))


SWEEP = Sweep("core.throttle", timedelta(hours=1), _forget_old)
