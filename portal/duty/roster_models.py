"""The roster: patterns of shifts, the shifts themselves, and which weeks are published."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.base import Base, Owned, owned, refers
from portal.core.errors import N_, DomainError, TryAgain
from portal.core.localized import Localized


class PublishedMeanwhile(DomainError):
    """Somebody else published the same week at the same moment."""

    status = 409
    default = N_("This week is published already.")


class ShiftPattern(Owned, Base):
    """A shift that comes round in a cycle (班次): who keeps a post on which of its days."""

    __tablename__ = "shift_pattern"
    __table_args__ = owned(
        refers("post_id", "post"),
        refers("staff_a_id", "staff"),
        refers("staff_b_id", "staff"),
        Index(None, "institution_id", "post_id"),
        CheckConstraint("start_minute BETWEEN 0 AND 1439", name="start_minute"),
        CheckConstraint("end_minute > start_minute", name="minutes"),
        CheckConstraint("end_minute <= start_minute + 1440", name="length"),
        CheckConstraint("cycle_days BETWEEN 1 AND 35", name="cycle_days"),
        CheckConstraint("staff_a_id <> staff_b_id", name="two"),
    )

    post_id: Mapped[int]
    name: Mapped[Localized] = mapped_column(JSON)
    #: Minutes from local midnight; an end above 1440 lies on the next day.
    start_minute: Mapped[int]
    end_minute: Mapped[int]
    #: After how many days it comes round again, counted from ``anchor``, on which it begins.
    cycle_days: Mapped[int]
    anchor: Mapped[date]
    #: On which days of the cycle, 0 being the anchor's.
    days: Mapped[list[int]] = mapped_column(JSON)
    staff_a_id: Mapped[int]
    staff_b_id: Mapped[int | None]
    #: The first day on which it does not hold any more; None: it goes on.
    until_day: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=0)


class Shift(Owned, Base):
    """Somebody is to keep a post for a stretch (班); one that was dropped stays to be seen."""

    __tablename__ = "shift"
    __table_args__ = owned(
        refers("post_id", "post"),
        refers("staff_id", "staff"),
        refers("pattern_id", "shift_pattern"),
        refers("leave_id", "leave"),
        refers("taken_for_id", "leave"),
        UniqueConstraint(
            "institution_id", "pattern_id", "pattern_day", "part", info={"violation": TryAgain}
        ),
        Index(None, "institution_id", "starts_at"),
        Index(None, "institution_id", "staff_id", "starts_at"),
        Index(None, "institution_id", "leave_id"),
        CheckConstraint("part IN ('override', 'swap', 'A', 'B')", name="part"),
        CheckConstraint("state IN ('held', 'draft', 'published', 'dropped')", name="state"),
        CheckConstraint("starts_at < ends_at", name="order"),
        CheckConstraint("(pattern_id IS NULL) = (pattern_day IS NULL)", name="origin"),
    )

    post_id: Mapped[int]
    staff_id: Mapped[int]
    part: Mapped[str] = mapped_column(String(8))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    #: The pattern it came from and the day on which it begins there; None: a person put it there.
    pattern_id: Mapped[int | None]
    pattern_day: Mapped[date | None]
    #: The leave for which whoever covers keeps the post.
    leave_id: Mapped[int | None]
    #: The own leave for which whoever was put there by name was taken out.
    taken_for_id: Mapped[int | None]
    #: "held": for a leave that is not decided yet; "draft" until its week is published.
    state: Mapped[str] = mapped_column(String(9), default="draft")
    version: Mapped[int] = mapped_column(default=0)


class RosterWeek(Owned, Base):
    """A week of a unit's posts that was published; what changes from then on is shown."""

    __tablename__ = "roster_week"
    __table_args__ = owned(
        refers("unit_id", "unit"),
        refers("published_by_id", "staff"),
        UniqueConstraint(
            "institution_id", "monday", "unit_id", info={"violation": PublishedMeanwhile}
        ),
    )

    monday: Mapped[date]
    unit_id: Mapped[int]
    published_at: Mapped[datetime]
    published_by_id: Mapped[int]
    version: Mapped[int] = mapped_column(default=0)
