"""Closed times, and what becomes of each booking that one of them hits."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.base import Base, Owned, owned, refers
from portal.core.errors import TryAgain
from portal.core.localized import Localized

_PLANNED = text("state = 'planned'")
_ASKED = text("answer = 'open'")
_OWED = text("state = 'cancelled' AND offered_at IS NULL")
_STANDING = text("kind = 'hours_of_post' AND lifted_at IS NULL")


class Closure(Owned, Base):
    """One act of closing, kept with its reason; how far it is, its bookings tell."""

    __tablename__ = "closure"
    __table_args__ = owned(
        refers("post_id", "post"),
        CheckConstraint("kind IN ('hours', 'post', 'hours_of_post')", name="kind"),
        CheckConstraint(
            "kind <> 'hours_of_post' OR (post_id IS NOT NULL AND from_at < until_at)",
            name="stretch",
        ),
        Index(
            "ix_closure_standing",
            "institution_id",
            "until_at",
            postgresql_where=_STANDING,
            sqlite_where=_STANDING,
        ),
    )

    #: "hours": opening hours changed; "post": a post closed or keeps other hours;
    #: "hours_of_post": a post is closed for a stretch of time, until it is lifted.
    kind: Mapped[str] = mapped_column(String(14))
    post_id: Mapped[int | None]
    #: The closed time, half-open; for changed hours the days that the change touches.
    from_at: Mapped[datetime]
    #: None: until further notice.
    until_at: Mapped[datetime | None]
    #: Why, in the words that people are told.
    reason: Mapped[Localized] = mapped_column(JSON, default=dict)
    #: Staff id of who decided it; none when a profile was applied.
    staff_id: Mapped[int | None]
    created_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    #: Closed since nobody keeps the post by the roster; opens again by itself with the next keeper.
    is_from_roster: Mapped[bool] = mapped_column(default=False)


class ClosedBooking(Owned, Base):
    """A booking that a closure hits: planned, then settled once, then perhaps answered."""

    __tablename__ = "closed_booking"
    __table_args__ = owned(
        refers("closure_id", "closure"),
        refers("booking_id", "booking"),
        refers("old_slot_id", "slot"),
        refers("message_id", "message"),
        UniqueConstraint("institution_id", "closure_id", "booking_id"),
        CheckConstraint("state IN ('planned', 'moved', 'cancelled', 'left', 'kept')", name="state"),
        CheckConstraint(
            "answer IN ('', 'open', 'accepted', 'changed', 'declined', 'replaced')", name="answer"
        ),
        Index("ix_closed_booking_booking", "institution_id", "booking_id"),
        Index(
            "ix_closed_booking_owed",
            "institution_id",
            "settled_at",
            postgresql_where=_OWED,
            sqlite_where=_OWED,
        ),
        Index(
            "uq_closed_booking_planned",
            "institution_id",
            "booking_id",
            unique=True,
            postgresql_where=_PLANNED,
            sqlite_where=_PLANNED,
            info={"violation": TryAgain},
        ),
        Index(
            "uq_closed_booking_asked",
            "institution_id",
            "booking_id",
            unique=True,
            postgresql_where=_ASKED,
            sqlite_where=_ASKED,
            info={"violation": TryAgain},
        ),
    )

    closure_id: Mapped[int]
    booking_id: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default="planned")
    #: The time that was promised, and the one given instead.
    old_slot_id: Mapped[int]
    old_starts_at: Mapped[datetime]
    new_starts_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    #: What the person says to the new time; "" when nothing is asked.
    answer: Mapped[str] = mapped_column(String(10), default="")
    answered_at: Mapped[datetime | None]
    #: The message that told it.
    message_id: Mapped[int | None]
    #: When a place was offered to somebody who was cancelled; each is offered one.
    offered_at: Mapped[datetime | None]
    #: When somebody at the window told it in person.
    told_at: Mapped[datetime | None]
