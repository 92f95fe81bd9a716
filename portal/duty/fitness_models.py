"""What whoever keeps a post has to have: the signed duty statement, and qualifications."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.base import Base, Owned, owned, refers
from portal.core.errors import N_, DomainError, TryAgain
from portal.core.localized import Localized

_STANDING = text("ended_at IS NULL")


class SignedAlready(DomainError):
    """The second tap of the same."""

    status = 409
    default = N_("This is signed already.")


class DutyStatement(Owned, Base):
    """What whoever keeps a post answers for (崗位責任聲明); a change is a new version."""

    __tablename__ = "duty_statement"
    __table_args__ = owned(
        refers("post_id", "post"),
        refers("set_by_id", "staff"),
        UniqueConstraint("institution_id", "post_id", "number", info={"violation": TryAgain}),
        CheckConstraint("number >= 1", name="number"),
    )

    post_id: Mapped[int]
    #: Counted for each post from 1 on; the newest holds.
    number: Mapped[int]
    text: Mapped[Localized] = mapped_column(JSON)
    #: None: written when the institution was founded.
    set_by_id: Mapped[int | None]
    set_at: Mapped[datetime]


class DutySignature(Owned, Base):
    """That somebody has read a version of a statement and answers for it; never taken back."""

    __tablename__ = "duty_signature"
    __table_args__ = owned(
        refers("statement_id", "duty_statement"),
        refers("staff_id", "staff"),
        UniqueConstraint(
            "institution_id", "statement_id", "staff_id", info={"violation": SignedAlready}
        ),
    )

    statement_id: Mapped[int]
    staff_id: Mapped[int]
    signed_at: Mapped[datetime]


class Qualification(Owned, Base):
    """That somebody is qualified for a service up to and with a day; a change is a new row."""

    __tablename__ = "qualification"
    __table_args__ = owned(
        refers("service_id", "service"),
        refers("staff_id", "staff"),
        refers("given_by_id", "staff"),
        refers("ended_by_id", "staff"),
        CheckConstraint("ended_at >= given_at", name="ended_at"),
        CheckConstraint("ended_by_id IS NULL OR ended_at IS NOT NULL", name="ended_by"),
        Index(
            "uq_qualification_standing",
            "institution_id",
            "staff_id",
            "service_id",
            unique=True,
            postgresql_where=_STANDING,
            sqlite_where=_STANDING,
            info={"violation": TryAgain},
        ),
    )

    service_id: Mapped[int]
    staff_id: Mapped[int]
    #: The last day on which it holds.
    valid_until: Mapped[date]
    given_by_id: Mapped[int | None]
    given_at: Mapped[datetime]
    #: When it was withdrawn, or another one took its place.
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None]
