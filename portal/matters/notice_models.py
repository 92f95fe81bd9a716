"""One-time notices as they were given, the papers that came, and demands outside of them.

All but the words of people is written once: the database refuses to change or remove it, so that
neither a later edit of the catalog nor anybody's hand changes what a person was told.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.base import Base, Owned, owned, refers
from portal.core.crypto import EncryptedText
from portal.core.errors import TryAgain
from portal.core.localized import Localized
from portal.matters.notice_rules import AlreadyAnswered, AlreadyRefused


class Notice(Owned, Base):
    """What a person was told at once about a service (一次性告知單, C-7); append-only."""

    __tablename__ = "notice"
    __table_args__ = owned(
        refers("matter_id", "matter"),
        refers("service_id", "service"),
        refers("given_by_id", "staff"),
        # One for each matter and service, however often it is asked for.
        UniqueConstraint("institution_id", "matter_id", "service_id", info={"violation": TryAgain}),
        UniqueConstraint("institution_id", "year", "number", info={"violation": TryAgain}),
        CheckConstraint("fee IS NULL OR fee >= 0", name="fee"),
    )

    matter_id: Mapped[int]
    service_id: Mapped[int]
    #: The serial number in a book of its own, and as it was written then.
    year: Mapped[int]
    number: Mapped[int]
    reference: Mapped[str] = mapped_column(String(24))
    #: The catalog as it was at that moment.
    name: Mapped[Localized] = mapped_column(JSON)
    summary: Mapped[Localized] = mapped_column(JSON)
    basis: Mapped[Localized] = mapped_column(JSON)
    promised_days: Mapped[int]
    fee: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    fee_basis: Mapped[Localized] = mapped_column(JSON)
    steps: Mapped[list[Localized]] = mapped_column(JSON)
    #: Grounds on which it is refused: each a "text" and its "basis".
    grounds: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    given_at: Mapped[datetime]
    given_by_id: Mapped[int]
    #: The number to call, as it was then.
    phone: Mapped[str] = mapped_column(String(40))


class NoticePaper(Owned, Base):
    """A paper that a notice asks for; append-only."""

    __tablename__ = "notice_paper"
    __table_args__ = owned(
        refers("notice_id", "notice"),
        UniqueConstraint("institution_id", "notice_id", "position"),
        CheckConstraint("originals >= 0 AND copies >= 0", name="counts"),
    )

    notice_id: Mapped[int]
    position: Mapped[int]
    name: Mapped[Localized] = mapped_column(JSON)
    originals: Mapped[int]
    copies: Mapped[int]
    how: Mapped[Localized] = mapped_column(JSON)


class PaperReceipt(Owned, Base):
    """That a paper came: what of it, when, and who took it in; append-only."""

    __tablename__ = "paper_receipt"
    __table_args__ = owned(
        refers("notice_id", "notice"),
        refers("paper_id", "notice_paper"),
        refers("taken_by_id", "staff"),
        CheckConstraint("originals >= 0 AND copies >= 0", name="counts"),
        CheckConstraint("originals + copies > 0", name="something"),
        Index("ix_paper_receipt_notice", "institution_id", "notice_id"),
    )

    notice_id: Mapped[int]
    paper_id: Mapped[int]
    originals: Mapped[int]
    copies: Mapped[int]
    taken_at: Mapped[datetime]
    taken_by_id: Mapped[int]


class NoticeCompletion(Owned, Base):
    """That all papers of a notice are here (手續完備, W-WM-2), once; append-only."""

    __tablename__ = "notice_completion"
    __table_args__ = owned(
        refers("notice_id", "notice"),
        UniqueConstraint("institution_id", "notice_id", info={"violation": TryAgain}),
    )

    notice_id: Mapped[int]
    complete_at: Mapped[datetime]


class NoticeRefusal(Owned, Base):
    """That what was applied for is refused, and the article it rests on."""

    __tablename__ = "notice_refusal"
    __table_args__ = owned(
        refers("notice_id", "notice"),
        refers("refused_by_id", "staff"),
        UniqueConstraint("institution_id", "notice_id", info={"violation": AlreadyRefused}),
    )

    notice_id: Mapped[int]
    #: Erased with what was said about the matter.
    article: Mapped[str | None] = mapped_column(EncryptedText("notice_refusal.article"))
    refused_at: Mapped[datetime]
    refused_by_id: Mapped[int]


class FaultSignal(Owned, Base):
    """A demand for a paper that is not on the notice (過錯線索, W-SW-3); append-only.

    What was demanded and why stands in the words of its event.
    """

    __tablename__ = "fault_signal"
    __table_args__ = owned(
        refers("notice_id", "notice"),
        refers("matter_id", "matter"),
        refers("event_id", "matter_event"),
        refers("demanded_by_id", "staff"),
        UniqueConstraint("institution_id", "event_id"),
        Index("ix_fault_signal_matter", "institution_id", "matter_id"),
    )

    notice_id: Mapped[int]
    matter_id: Mapped[int]
    event_id: Mapped[int]
    demanded_by_id: Mapped[int]
    demanded_at: Mapped[datetime]
    #: The papers were complete: the demand never reached the person.
    is_stopped: Mapped[bool]


class FaultAnswer(Owned, Base):
    """What somebody who oversees did about a signal, in words; once."""

    __tablename__ = "fault_answer"
    __table_args__ = owned(
        refers("signal_id", "fault_signal"),
        refers("answered_by_id", "staff"),
        UniqueConstraint("institution_id", "signal_id", info={"violation": AlreadyAnswered}),
    )

    signal_id: Mapped[int]
    words: Mapped[str | None] = mapped_column(EncryptedText("fault_answer.words"))
    answered_at: Mapped[datetime]
    answered_by_id: Mapped[int]
