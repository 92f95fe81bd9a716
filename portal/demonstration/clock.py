"""The clock of the demonstration, which may be set forward; production refuses."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.core.base import Base
from portal.core.clock import Clock
from portal.core.config import Config, ConfigError
from portal.core.session import db
from portal.tenancy.queries import list_tenants

#: Seconds for which a process believes the offset that it has read.
BELIEVED = 1.0


class DemoClock(Base):
    """By how many seconds the demonstration is ahead; global, one row.

    The row is also the mark by which production knows a database of the demonstration.
    """

    __tablename__ = "demo_clock"

    id: Mapped[int] = mapped_column(primary_key=True)
    offset: Mapped[int] = mapped_column(default=0)


def advance(session: Session, by: timedelta) -> timedelta:
    """Set the clock forward; returns how far it is ahead now."""
    row = session.get(DemoClock, 1)
    if row is None:
        row = DemoClock(id=1, offset=0)
        session.add(row)
    row.offset += int(by.total_seconds())
    session.flush()
    return timedelta(seconds=row.offset)


@dataclass
class FollowingClock(Clock):
    """A clock that is ahead by what stands in the demonstration's database."""

    read_at: float = -BELIEVED

    def now(self) -> datetime:
        """The present of the demonstration; reads the offset again after a second."""
        if time.monotonic() - self.read_at >= BELIEVED:
            self.read_at = time.monotonic()
            with db.engine.connect().execution_options(read_only=True) as connection:
                offset = connection.scalar(select(DemoClock.offset)) or 0
            self.offset = timedelta(seconds=offset)
        return super().now()


def check_database(config: Config) -> None:
    """Keep real people and the demonstration apart, whichever way the settings were mistaken.

    Raises ConfigError: in production for a database of the demonstration, whose passwords
    everybody knows, and in the demonstration for any other that holds an institution, since it
    shows every message to everybody.
    """
    with db.engine.connect().execution_options(read_only=True) as connection:
        is_marked = connection.scalar(select(DemoClock.id)) is not None
    if config.is_production and is_marked:
        raise ConfigError(
            "The database holds the demonstration, whose passwords are known to everybody"
        )
    if config.is_demonstration and not is_marked and list_tenants():
        raise ConfigError(
            "The database holds institutions that are not of the demonstration, which would show "
            "their messages and codes to everybody: give the demonstration a database of its own"
        )


def clock_for(config: Config) -> Clock:
    """The clock of an installation: only the demonstration's can be set."""
    return FollowingClock() if config.is_demonstration else Clock()
