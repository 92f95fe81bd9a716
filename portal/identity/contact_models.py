"""Citizens' verified contacts, their sessions and codes, and who looked at personal data."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.base import Base, Owned, owned, refers
from portal.core.crypto import EncryptedText
from portal.core.errors import TryAgain


class Contact(Owned, Base):
    """A mobile number or e-mail address by which a citizen is known here; no account needed."""

    __tablename__ = "contact"
    __table_args__ = owned(
        UniqueConstraint("institution_id", "key", info={"violation": TryAgain}),
        CheckConstraint("kind IN ('email', 'phone')", name="kind"),
    )

    kind: Mapped[str] = mapped_column(String(5))
    value: Mapped[str | None] = mapped_column(EncryptedText("contact.value"))
    #: Blind index of kind and value; a random text once erased.
    key: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime]
    #: When it was last proved by a code; none for one the window only wrote down.
    verified_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]


class CitizenSession(Owned, Base):
    """A browser in which a contact was proved."""

    __tablename__ = "citizen_session"
    __table_args__ = owned(
        refers("contact_id", "contact"),
        UniqueConstraint("institution_id", "token_hash"),
        Index("ix_citizen_session_expires", "institution_id", "expires_at"),
    )

    token_hash: Mapped[str] = mapped_column(String(64))
    contact_id: Mapped[int]
    is_shared_device: Mapped[bool] = mapped_column(default=False)
    expires_at: Mapped[datetime]


class OneTimeCode(Owned, Base):
    """A code that was sent to a contact; only its keyed hash is kept."""

    __tablename__ = "one_time_code"
    __table_args__ = owned(
        Index("ix_one_time_code_contact", "institution_id", "contact_key", "purpose")
    )

    contact_key: Mapped[str] = mapped_column(String(64))
    purpose: Mapped[str] = mapped_column(String(20))
    code_hash: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    #: When it was used, or replaced by a newer one.
    ended_at: Mapped[datetime | None]


class AccessLog(Owned, Base):
    """Who saw which personal data, and for what purpose (I-15); never changed."""

    __tablename__ = "access_log"
    __table_args__ = owned(
        Index("ix_access_log_subject", "institution_id", "subject_kind", "subject_id")
    )

    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(String(8))
    actor_id: Mapped[int | None]
    subject_kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int]
    #: Which details, as names of columns.
    details: Mapped[str] = mapped_column(String(120))
    #: Code of the purpose that was given.
    purpose: Mapped[str] = mapped_column(String(40))
    request: Mapped[str] = mapped_column(String(20), default="")
