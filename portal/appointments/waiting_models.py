"""The waiting list: who would come on a day of a range if a place were returned."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.appointments.waiting_rules import STANDING, AlreadyWaiting
from portal.core.base import Base, Owned, owned, refers
from portal.core.crypto import EncryptedText
from portal.core.errors import TryAgain

_STANDING = text(f"state IN ({', '.join(repr(str(state)) for state in STANDING)})")


class Waiting(Owned, Base):
    """Somebody's entry in the waiting list (候補) of a service."""

    __tablename__ = "waiting"
    __table_args__ = owned(
        refers("service_id", "service"),
        refers("contact_id", "contact"),
        CheckConstraint("first_day <= last_day", name="days"),
        CheckConstraint("state IN ('waiting', 'offered', 'booked', 'left', 'over')", name="state"),
        Index(
            "uq_waiting_person",
            "institution_id",
            "person_key",
            "service_id",
            unique=True,
            postgresql_where=_STANDING,
            sqlite_where=_STANDING,
            info={"violation": AlreadyWaiting},
        ),
        Index(
            "uq_waiting_contact_seat",
            "institution_id",
            "contact_id",
            "contact_seat",
            unique=True,
            postgresql_where=_STANDING,
            sqlite_where=_STANDING,
            info={"violation": TryAgain},
        ),
        # The list in its order: entries come first that were first made.
        Index("ix_waiting_order", "institution_id", "service_id", "state", "id"),
        Index("ix_waiting_last_day", "institution_id", "state", "last_day"),
        Index("ix_waiting_contact", "institution_id", "contact_id"),
    )

    service_id: Mapped[int]
    contact_id: Mapped[int]
    #: Which of the contact's standing entries this is.
    contact_seat: Mapped[int]
    #: The days on which the person can come, both included.
    first_day: Mapped[date]
    last_day: Mapped[date]
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    channel: Mapped[str] = mapped_column(String(10))
    #: Blind index of who it is for.
    person_key: Mapped[str | None] = mapped_column(String(64))
    name: Mapped[str | None] = mapped_column(EncryptedText("waiting.name"))
    id_number: Mapped[str | None] = mapped_column(EncryptedText("waiting.id_number"))
    is_for_other: Mapped[bool] = mapped_column(default=False)
    priority: Mapped[str] = mapped_column(String(10), default="")
    language: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
