"""Promised times that the office broke, what the citizens said to it and what they were answered.

A breach and its settlement are written once: the database refuses to change or remove them.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.appointments.breach_rules import AlreadySent
from portal.core.base import Base, Owned, owned, refers
from portal.core.crypto import EncryptedText
from portal.core.errors import TryAgain

_UNANSWERED = text("answered_at IS NULL")


class Breach(Owned, Base):
    """A person was here in time and was not served in time (W-YY-3); append-only."""

    __tablename__ = "breach"
    __table_args__ = owned(
        refers("booking_id", "booking"),
        refers("slot_id", "slot"),
        refers("service_id", "service"),
        refers("post_id", "post"),
        # One for each promise: a booking that was moved may be broken again.
        UniqueConstraint("institution_id", "booking_id", "slot_id", info={"violation": TryAgain}),
        Index("ix_breach_post_day", "institution_id", "post_id", "local_date"),
    )

    booking_id: Mapped[int]
    #: The promise as it was, whatever becomes of the booking.
    slot_id: Mapped[int]
    service_id: Mapped[int]
    post_id: Mapped[int]
    local_date: Mapped[date]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    arrived_at: Mapped[datetime]
    #: When serving began after all, if it had when this was written.
    started_at: Mapped[datetime | None]
    #: The limits that held for this promise.
    arrival_minutes: Mapped[int]
    start_minutes: Mapped[int]
    recorded_at: Mapped[datetime]

    @property
    def latest_start(self) -> datetime:
        """The last moment at which serving would have begun in time."""
        return self.ends_at + timedelta(minutes=self.start_minutes)


class BreachSettlement(Owned, Base):
    """The citizen took another time by own device instead; append-only."""

    __tablename__ = "breach_settlement"
    __table_args__ = owned(
        refers("breach_id", "breach"),
        refers("booking_id", "booking"),
        UniqueConstraint("institution_id", "breach_id", info={"violation": TryAgain}),
    )

    breach_id: Mapped[int]
    #: The booking that stands now, moved or new.
    booking_id: Mapped[int]
    settled_at: Mapped[datetime]


class BreachComplaint(Owned, Base):
    """The citizen's complaint (投訴) about a breach, to the oversight role alone (Q14)."""

    __tablename__ = "breach_complaint"
    __table_args__ = owned(
        refers("breach_id", "breach"),
        UniqueConstraint("institution_id", "breach_id", info={"violation": AlreadySent}),
        CheckConstraint("(answered_at IS NULL) = (answerer_id IS NULL)", name="answerer"),
        Index(
            "ix_breach_complaint_unanswered",
            "institution_id",
            "breach_id",
            postgresql_where=_UNANSWERED,
            sqlite_where=_UNANSWERED,
        ),
    )

    breach_id: Mapped[int]
    words: Mapped[str | None] = mapped_column(EncryptedText("breach_complaint.words"))
    sent_at: Mapped[datetime]
    answer: Mapped[str | None] = mapped_column(EncryptedText("breach_complaint.answer"))
    answered_at: Mapped[datetime | None]
    #: Staff id of who answered.
    answerer_id: Mapped[int | None]
    erased_at: Mapped[datetime | None]
