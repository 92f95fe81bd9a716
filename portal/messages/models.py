"""Messages and what became of them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.base import Base, Owned, owned, refers
from portal.core.crypto import EncryptedText


class Message(Owned, Base):
    """One message to one address, with its delivery record."""

    __tablename__ = "message"
    __table_args__ = owned(
        refers("contact_id", "contact"),
        UniqueConstraint("institution_id", "key"),
        CheckConstraint("kind IN ('email', 'phone')", name="kind"),
        CheckConstraint("state IN ('queued', 'sent', 'refused', 'dropped')", name="state"),
        Index("ix_message_subject", "institution_id", "subject_kind", "subject_id"),
        Index("ix_message_contact", "institution_id", "contact_id"),
        Index("ix_message_created", "institution_id", "created_at"),
    )

    #: Given to the provider, so that it can recognise a repeat.
    key: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(5))
    #: Address as it was at the time.
    address: Mapped[str | None] = mapped_column(EncryptedText("message.address"))
    contact_id: Mapped[int | None]
    subject_kind: Mapped[str] = mapped_column(String(20), default="")
    subject_id: Mapped[int | None]
    #: Path of the template without its ending.
    template: Mapped[str] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(8))
    #: Values for the template, as JSON.
    params: Mapped[str | None] = mapped_column(EncryptedText("message.params"))
    #: "dropped": it was no longer true or of use when it should have gone out.
    state: Mapped[str] = mapped_column(String(10), default="queued")
    #: Why the provider refused it for good, in its own words.
    refusal: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]
    #: After this moment it is of no use and does not go out; none: always of use.
    expires_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
