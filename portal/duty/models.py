"""Who is at which post (在崗), who stepped away (暫離), and who may be at two (兼崗)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.base import Base, Owned, owned, refers
from portal.core.crypto import EncryptedText
from portal.core.errors import TryAgain
from portal.duty.rules import AwayReason

_REASONS = ", ".join(repr(str(reason)) for reason in AwayReason)


def _open(name: str, column: str) -> Index:
    """Where the presences that stand are found."""
    where = text("signed_out_at IS NULL")
    return Index(name, "institution_id", column, postgresql_where=where, sqlite_where=where)


def _one_open(name: str, column: str, condition: str) -> Index:
    """One row of the open ones; who loses the race runs again, and is told what stands."""
    where = text(condition)
    return Index(
        name,
        "institution_id",
        column,
        unique=True,
        postgresql_where=where,
        sqlite_where=where,
        info={"violation": TryAgain},
    )


class Presence(Owned, Base):
    """Somebody at a post, from signing in to signing out; or standing in there (頂崗)."""

    __tablename__ = "presence"
    __table_args__ = owned(
        refers("post_id", "post"),
        refers("staff_id", "staff"),
        refers("concurrency_id", "concurrency"),
        CheckConstraint("NOT (is_cover AND concurrency_id IS NOT NULL)", name="kind"),
        CheckConstraint("left_at >= signed_in_at AND left_at <= signed_out_at", name="left_at"),
        CheckConstraint("signed_out_at IS NULL OR left_at IS NOT NULL", name="signed_out_at"),
        # Who covers is there or has ended it; nobody steps away from standing in.
        CheckConstraint(
            "NOT is_cover OR (left_at IS NULL) = (signed_out_at IS NULL)", name="cover"
        ),
        _one_open(
            "uq_presence_own",
            "staff_id",
            "signed_out_at IS NULL AND NOT is_cover AND concurrency_id IS NULL",
        ),
        _one_open("uq_presence_covering", "staff_id", "signed_out_at IS NULL AND is_cover"),
        _one_open(
            "uq_presence_second",
            "staff_id",
            "signed_out_at IS NULL AND concurrency_id IS NOT NULL",
        ),
        _one_open("uq_presence_at_post", "post_id", "signed_out_at IS NULL AND NOT is_cover"),
        _one_open("uq_presence_covered", "post_id", "signed_out_at IS NULL AND is_cover"),
        _open("ix_presence_open_at", "post_id"),
        _open("ix_presence_open_of", "staff_id"),
        # When a post was last left, and who was there.
        Index("ix_presence_left", "institution_id", "post_id", "left_at"),
        # Who was at a post in a month, and when somebody was there last.
        Index("ix_presence_came", "institution_id", "post_id", "signed_in_at"),
        Index("ix_presence_of", "institution_id", "staff_id", "post_id", "signed_in_at"),
    )

    post_id: Mapped[int]
    staff_id: Mapped[int]
    signed_in_at: Mapped[datetime]
    #: Since when the person is not there, away or signed out; none: is there.
    left_at: Mapped[datetime | None]
    signed_out_at: Mapped[datetime | None]
    #: Nobody signed out: when it should have ended, and was ended some time later.
    due_out_at: Mapped[datetime | None]
    #: Standing in for whoever is away, who goes on answering for what is in hand.
    is_cover: Mapped[bool] = mapped_column(default=False)
    #: The approval under which somebody is here who is signed in elsewhere, too.
    concurrency_id: Mapped[int | None]


class Absence(Owned, Base):
    """A short while away from a post."""

    __tablename__ = "absence"
    __table_args__ = owned(
        refers("presence_id", "presence"),
        CheckConstraint(f"reason IN ({_REASONS})", name="reason"),
        CheckConstraint("expected_at > left_at AND back_at >= left_at", name="moments"),
        _one_open("uq_absence_open", "presence_id", "back_at IS NULL"),
        # Who was away in a month.
        Index("ix_absence_left", "institution_id", "left_at"),
        Index(None, "institution_id", "presence_id"),
    )

    presence_id: Mapped[int]
    reason: Mapped[str] = mapped_column(String(10))
    left_at: Mapped[datetime]
    expected_at: Mapped[datetime]
    #: None for good, where the person signed out without coming back.
    back_at: Mapped[datetime | None]


class Concurrency(Owned, Base):
    """That somebody asks to be at a second post until a moment, and what was decided (兼崗)."""

    __tablename__ = "concurrency"
    __table_args__ = owned(
        refers("staff_id", "staff"),
        refers("post_id", "post"),
        refers("decided_by_id", "staff"),
        CheckConstraint("until_at > asked_at", name="until_at"),
        CheckConstraint(
            # Refused by nobody: it lapsed before anybody decided.
            "(decided_at IS NULL) = (is_granted IS NULL)"
            " AND (decided_by_id IS NULL OR decided_at IS NOT NULL)"
            " AND (decided_by_id IS NOT NULL OR is_granted IS NULL OR NOT is_granted)",
            name="decided",
        ),
        CheckConstraint("decided_by_id <> staff_id", name="decider"),
        _one_open("uq_concurrency_asked", "staff_id", "decided_at IS NULL"),
        Index("ix_concurrency_staff", "institution_id", "staff_id", "until_at"),
    )

    staff_id: Mapped[int]
    post_id: Mapped[int]
    asked_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(EncryptedText("concurrency.reason"))
    until_at: Mapped[datetime]
    decided_by_id: Mapped[int | None]
    decided_at: Mapped[datetime | None]
    is_granted: Mapped[bool | None]
