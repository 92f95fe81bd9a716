"""Missed appointments, what the person says of them and what became of it."""

from datetime import datetime

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.base import Base, Owned, owned, refers
from portal.core.crypto import EncryptedText
from portal.core.errors import TryAgain

_STANDING = text("undone_at IS NULL")
_OPEN = text("objected_at IS NOT NULL AND decided_at IS NULL AND undone_at IS NULL")


class NoShow(Owned, Base):
    """That somebody did not come, until it is taken back; its row stays even then."""

    __tablename__ = "no_show"
    __table_args__ = owned(
        refers("booking_id", "booking"),
        refers("post_id", "post"),
        refers("contact_id", "contact"),
        Index(
            "uq_no_show_standing",
            "institution_id",
            "booking_id",
            unique=True,
            postgresql_where=_STANDING,
            sqlite_where=_STANDING,
            info={"violation": TryAgain},
        ),
        Index("ix_no_show_contact", "institution_id", "contact_id", "starts_at"),
        Index("ix_no_show_person", "institution_id", "person_key", "starts_at"),
        Index(
            "ix_no_show_open",
            "institution_id",
            "objected_at",
            postgresql_where=_OPEN,
            sqlite_where=_OPEN,
        ),
    )

    booking_id: Mapped[int]
    #: Where nobody came; its head decides.
    post_id: Mapped[int]
    contact_id: Mapped[int | None]
    #: Blind index of the person, kept unreadable for as long as it counts.
    person_key: Mapped[str | None] = mapped_column(String(64))
    #: When the appointment would have begun.
    starts_at: Mapped[datetime]
    noted_at: Mapped[datetime]
    #: Staff id of who noted it.
    noted_by: Mapped[int | None]
    #: What the person says against it.
    objection: Mapped[str | None] = mapped_column(EncryptedText("no_show.objection"))
    objected_at: Mapped[datetime | None]
    #: Why it was taken back, or why it stands; the person reads it.
    answer: Mapped[str | None] = mapped_column(EncryptedText("no_show.answer"))
    #: When it was answered that it stands …
    decided_at: Mapped[datetime | None]
    #: … or taken back.
    undone_at: Mapped[datetime | None]
    #: Staff id of who did either.
    decided_by: Mapped[int | None]
