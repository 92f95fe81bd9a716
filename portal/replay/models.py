"""How far a replay has come; kept with what it did, so that neither is ahead of the other."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.base import Base, Owned, owned


class Replay(Owned, Base):
    """The replay of a file; the mark, too, of an institution that was made for one."""

    __tablename__ = "replay"
    __table_args__ = owned(
        UniqueConstraint("institution_id"),
        CheckConstraint("rows_done >= 0 AND looked_at >= 0", name="positions"),
    )

    #: SHA-256 of what the file says; another file is not gone on with.
    file_hash: Mapped[str] = mapped_column(String(64))
    #: Places of a clinic a day.
    capacity: Mapped[int]
    #: Rows of the file that were booked or refused.
    rows_done: Mapped[int] = mapped_column(default=0)
    #: Rows looked at a second time, for who did not come.
    looked_at: Mapped[int] = mapped_column(default=0)
    #: How often each outcome came about.
    tally: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    started_at: Mapped[datetime]
