"""The links by which staff have a post's days in their own calendar."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.base import Base, Owned, owned, refers
from portal.core.errors import TryAgain

_LIVE = text("ended_at IS NULL")
#: Links that one person may have at the same time: a few devices, a few posts.
FEEDS_EACH = 10


class CalendarFeed(Owned, Base):
    """A link that a member of staff gave to a calendar program; nobody can read it here."""

    __tablename__ = "calendar_feed"
    __table_args__ = owned(
        refers("staff_id", "staff"),
        refers("post_id", "post"),
        UniqueConstraint("institution_id", "token_hash"),
        CheckConstraint(f"seat BETWEEN 1 AND {FEEDS_EACH}", name="seat"),
        Index(
            "uq_calendar_feed_staff_seat",
            "institution_id",
            "staff_id",
            "seat",
            unique=True,
            postgresql_where=_LIVE,
            sqlite_where=_LIVE,
            info={"violation": TryAgain},
        ),
    )

    staff_id: Mapped[int]
    post_id: Mapped[int]
    #: Blind index of what the link ends in.
    token_hash: Mapped[str] = mapped_column(String(64))
    #: Which of the person's live links it is.
    seat: Mapped[int]
    #: What the person read when it was made; the calendar speaks it too.
    language: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
