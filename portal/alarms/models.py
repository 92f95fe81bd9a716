"""Watched limits, and the alarms that they raised."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.base import Base, Owned, owned, refers
from portal.core.errors import TryAgain

_WATCHED = text("next_at IS NOT NULL")
_OPEN = text("ended_at IS NULL")


class Watch(Owned, Base):
    """A limit that is watched until it is ended: one for each code of a subject's round."""

    __tablename__ = "watch"
    __table_args__ = owned(
        refers("schedule_id", "schedule"),
        UniqueConstraint(
            "institution_id",
            "subject_kind",
            "subject_id",
            "round",
            "code",
            info={"violation": TryAgain},
        ),
        # What runs has a next moment, always: no limit falls silent before it is ended.
        CheckConstraint(
            "(next_at IS NULL) = (paused_at IS NOT NULL OR ended_at IS NOT NULL)", name="next_at"
        ),
        CheckConstraint("level >= 0 AND term > 0 AND token > 0", name="counts"),
        Index(
            "ix_watch_next",
            "institution_id",
            "next_at",
            postgresql_where=_WATCHED,
            sqlite_where=_WATCHED,
        ),
    )

    subject_kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int]
    round: Mapped[int]
    #: AL-02 and so on.
    code: Mapped[str] = mapped_column(String(10))
    #: The rungs as they were when it was armed.
    ladder: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    #: Whose hours count as working time; none: the institution's own.
    schedule_id: Mapped[int | None]
    starts_at: Mapped[datetime]
    due_at: Mapped[datetime]
    #: When to look next; none while it is paused and once it has ended.
    next_at: Mapped[datetime | None]
    #: The level reached, from 1; 0: none yet.
    level: Mapped[int] = mapped_column(default=0)
    #: When a level was last raised.
    raised_at: Mapped[datetime | None]
    #: Which due moment this is, from 1: a new one begins the ladder anew.
    term: Mapped[int] = mapped_column(default=1)
    #: Raised by every arming, move, pause and end; who raises a level must hold the present one.
    token: Mapped[int] = mapped_column(default=1)
    paused_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    #: How often in a row raising failed, and the kind of the last failure, never its words.
    failures: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str] = mapped_column(String(60), default="")


class Alarm(Owned, Base):
    """That somebody was told of a limit: one for each level, day and recipient."""

    __tablename__ = "alarm"
    __table_args__ = owned(
        refers("watch_id", "watch"),
        refers("recipient_id", "staff"),
        refers("message_id", "message"),
        UniqueConstraint(
            "institution_id",
            "watch_id",
            "term",
            "level",
            "local_date",
            "recipient_id",
            name="uq_alarm_raised",
        ),
        CheckConstraint("kind IN ('warn', 'chase', 'escalate')", name="kind"),
        CheckConstraint("fallback IN ('', 'next_level', 'oversight', 'failed')", name="fallback"),
        # A newer one of the same limit takes the place of the older one.
        Index(
            "uq_alarm_open",
            "institution_id",
            "recipient_id",
            "watch_id",
            unique=True,
            postgresql_where=_OPEN,
            sqlite_where=_OPEN,
        ),
        Index(
            "ix_alarm_open_due",
            "institution_id",
            "recipient_id",
            "due_at",
            postgresql_where=_OPEN,
            sqlite_where=_OPEN,
        ),
        Index(
            "ix_alarm_open_of_watch",
            "institution_id",
            "watch_id",
            postgresql_where=_OPEN,
            sqlite_where=_OPEN,
        ),
    )

    watch_id: Mapped[int]
    term: Mapped[int]
    level: Mapped[int]
    #: The day on which it was raised; the last level comes again on each working day.
    local_date: Mapped[date]
    recipient_id: Mapped[int]
    #: The due moment of its limit, by which a page puts them in order.
    due_at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(8))
    #: Why it reached somebody whom the level does not name.
    fallback: Mapped[str] = mapped_column(String(10), default="")
    raised_at: Mapped[datetime]
    #: Seen by its recipient, which ends nothing.
    acknowledged_at: Mapped[datetime | None]
    #: A newer one took its place, or the limit ended.
    ended_at: Mapped[datetime | None]
    #: The message that went out with it; none: it stands on the page only.
    message_id: Mapped[int | None]
    #: The kind of what kept it from being told; it stands on the page all the same.
    failure: Mapped[str] = mapped_column(String(60), default="")
