"""Places kept for a named person until a moment, and what they answered."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.base import Base, Owned, owned, refers
from portal.core.errors import TryAgain

_OPEN = text("state = 'open'")


class Offer(Owned, Base):
    """A place of a slot kept for somebody; the hold named by its token keeps it."""

    __tablename__ = "offer"
    __table_args__ = owned(
        refers("slot_id", "slot"),
        refers("contact_id", "contact"),
        refers("booking_id", "booking"),
        refers("waiting_id", "waiting"),
        refers("taken_booking_id", "booking"),
        CheckConstraint("kind IN ('waiting', 'breach', 'closure')", name="kind"),
        CheckConstraint("state IN ('open', 'taken', 'declined', 'expired')", name="state"),
        CheckConstraint("(waiting_id IS NULL) <> (booking_id IS NULL)", name="for_whom"),
        CheckConstraint("(state = 'taken') = (taken_booking_id IS NOT NULL)", name="taken"),
        UniqueConstraint("institution_id", "token", info={"violation": TryAgain}),
        # Nobody on the waiting list is offered two places at a time.
        Index(
            "uq_offer_waiting",
            "institution_id",
            "waiting_id",
            unique=True,
            postgresql_where=_OPEN,
            sqlite_where=_OPEN,
            info={"violation": TryAgain},
        ),
        Index("ix_offer_open", "institution_id", "state", "expires_at"),
        Index("ix_offer_waiting", "institution_id", "waiting_id"),
        Index("ix_offer_booking", "institution_id", "booking_id"),
        Index("ix_offer_contact", "institution_id", "contact_id", "expires_at"),
    )

    kind: Mapped[str] = mapped_column(String(10))
    slot_id: Mapped[int]
    contact_id: Mapped[int]
    #: For whom: the booking that it stands in for, or the entry of the waiting list.
    booking_id: Mapped[int | None]
    waiting_id: Mapped[int | None]
    #: Random; the hold of the place carries it as its holder.
    token: Mapped[str] = mapped_column(String(43))
    state: Mapped[str] = mapped_column(String(10), default="open")
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    #: What came of it: a new booking, or the one that was moved.
    taken_booking_id: Mapped[int | None]
