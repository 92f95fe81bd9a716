"""Handovers and the lines of their lists; none is ever deleted once the giver has signed it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.base import Base, Owned, owned, refers
from portal.core.crypto import EncryptedText
from portal.core.errors import TryAgain
from portal.handover.rules import OPEN, Kind, Reason, State

_OPEN_STATES = ", ".join(sorted(repr(str(state)) for state in OPEN))
_OPEN = text(f"state IN ({_OPEN_STATES})")
#: Somebody has still to do something about it.
_STANDING = text(f"state IN ({_OPEN_STATES}, 'ordered')")


def _one_of(column: str, codes: type[Kind | Reason | State]) -> str:
    return f"{column} IN ({', '.join(repr(str(code)) for code in codes)})"


class Handover(Owned, Base):
    """That a post and what is in somebody's hands goes to a colleague (交接班, C-4)."""

    __tablename__ = "handover"
    __table_args__ = owned(
        refers("post_id", "post"),
        refers("giver_id", "staff"),
        refers("receiver_id", "staff"),
        refers("made_by_id", "staff"),
        refers("ordered_by_id", "staff"),
        refers("returns_id", "handover"),
        UniqueConstraint("institution_id", "year", "number", info={"violation": TryAgain}),
        # The end of a shift is prepared once, whoever looks how often.
        UniqueConstraint(
            "institution_id", "post_id", "giver_id", "due_at", info={"violation": TryAgain}
        ),
        CheckConstraint(_one_of("state", State), name="state"),
        CheckConstraint(_one_of("reason", Reason), name="reason"),
        CheckConstraint("giver_id <> receiver_id", name="two"),
        CheckConstraint("ordered_by_id <> giver_id", name="orderer"),
        CheckConstraint(
            "receiver_id IS NOT NULL OR state IN ('listing', 'withdrawn')", name="receiver"
        ),
        CheckConstraint("(reason = 'emergency') = (ordered_by_id IS NOT NULL)", name="emergency"),
        CheckConstraint("(reason = 'return') = (returns_id IS NOT NULL)", name="returns"),
        CheckConstraint("state <> 'offered' OR giver_signed_at IS NOT NULL", name="offered"),
        # I-6: nothing moves but at the second of the second signature, or by a named order.
        CheckConstraint(
            "(state IN ('ordered', 'confirmed', 'returned')) = (moved_at IS NOT NULL)",
            name="moved",
        ),
        CheckConstraint(
            "moved_at IS NULL OR ordered_by_id IS NOT NULL OR moved_at = receiver_signed_at",
            name="moved_at",
        ),
        CheckConstraint(
            "state NOT IN ('confirmed', 'returned')"
            " OR (giver_signed_at IS NOT NULL AND receiver_signed_at IS NOT NULL)",
            name="signed",
        ),
        CheckConstraint("(ordered_by_id IS NULL) = (owed_until IS NULL)", name="owed"),
        Index(
            "uq_handover_open",
            "institution_id",
            "post_id",
            "giver_id",
            unique=True,
            postgresql_where=_OPEN,
            sqlite_where=_OPEN,
            info={"violation": TryAgain},
        ),
        *(
            Index(
                f"ix_handover_{party}",
                "institution_id",
                f"{party}_id",
                postgresql_where=_STANDING,
                sqlite_where=_STANDING,
            )
            for party in ("giver", "receiver")
        ),
        Index("ix_handover_made", "institution_id", "made_at"),
        Index("ix_handover_taken", "institution_id", "receiver_id", "moved_at"),
    )

    year: Mapped[int]
    number: Mapped[int]
    reference: Mapped[str] = mapped_column(String(20))
    post_id: Mapped[int]
    giver_id: Mapped[int]
    receiver_id: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    version: Mapped[int] = mapped_column(default=0)
    #: None: made before the end of a shift by the system.
    made_by_id: Mapped[int | None]
    made_at: Mapped[datetime]
    #: The end of the shift by which it is to be done; and until when the receiver has it.
    due_at: Mapped[datetime | None]
    until_at: Mapped[datetime | None]
    #: The handover whose things go back by this one.
    returns_id: Mapped[int | None]
    #: Who ordered it in an emergency, in which words, and until when the signatures are owed.
    ordered_by_id: Mapped[int | None]
    words: Mapped[str | None] = mapped_column(EncryptedText("handover.words"))
    owed_until: Mapped[datetime | None]
    giver_signed_at: Mapped[datetime | None]
    receiver_signed_at: Mapped[datetime | None]
    #: The second since which the receiver answers for everything on the list.
    moved_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class HandoverItem(Owned, Base):
    """A line of the list: a matter, an appointment, or what the giver has written down."""

    __tablename__ = "handover_item"
    __table_args__ = owned(
        refers("handover_id", "handover"),
        refers("matter_id", "matter"),
        refers("booking_id", "booking"),
        UniqueConstraint(
            "institution_id", "handover_id", "matter_id", info={"violation": TryAgain}
        ),
        UniqueConstraint(
            "institution_id", "handover_id", "booking_id", info={"violation": TryAgain}
        ),
        CheckConstraint(_one_of("kind", Kind), name="kind"),
        CheckConstraint("kind <> 'matter' OR matter_id IS NOT NULL", name="matter"),
        CheckConstraint("kind <> 'appointment' OR booking_id IS NOT NULL", name="appointment"),
        CheckConstraint("matter_id IS NULL OR booking_id IS NULL", name="one_subject"),
        CheckConstraint("ticked_at IS NULL OR refused_at IS NULL", name="ticked_at"),
        Index("ix_handover_item_list", "institution_id", "handover_id"),
        Index("ix_handover_item_added", "institution_id", "added_at"),
        Index("ix_handover_item_matter", "institution_id", "matter_id"),
        Index("ix_handover_item_booking", "institution_id", "booking_id"),
    )

    handover_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12))
    matter_id: Mapped[int | None]
    booking_id: Mapped[int | None]
    #: The promised time or the appointment's, and the state, as they were when it was listed.
    at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(12), default="")
    #: What the giver says of it, or what it is; and, of an appointment, whether papers are ready.
    words: Mapped[str | None] = mapped_column(EncryptedText("handover_item.words"))
    is_ready: Mapped[bool | None]
    added_at: Mapped[datetime]
    #: Came or changed after the giver had signed.
    is_new: Mapped[bool] = mapped_column(default=False)
    #: Ended, cancelled or elsewhere by now; it is ticked all the same.
    gone_at: Mapped[datetime | None]
    ticked_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]
    #: Why the receiver did not take it; stays to be read after it was mended.
    refusal: Mapped[str | None] = mapped_column(EncryptedText("handover_item.refusal"))
