"""Shifts that are offered to a colleague: to take over (替班), or for one of theirs (換班)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.base import Base, Owned, owned, refers
from portal.core.errors import N_, DomainError
from portal.duty.offer_rules import OfferState

_STATES = ", ".join(repr(str(state)) for state in OfferState)
_OPEN = text("ended_at IS NULL")


class OfferedAlready(DomainError):
    """One colleague is asked at a time."""

    status = 409
    default = N_("This shift is offered already. Withdraw that offer first.")


class ShiftOffer(Owned, Base):
    """A published shift that somebody offers to one colleague, who says yes or no."""

    __tablename__ = "shift_offer"
    __table_args__ = owned(
        refers("shift_id", "shift"),
        refers("back_shift_id", "shift"),
        refers("from_staff_id", "staff"),
        refers("to_staff_id", "staff"),
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        CheckConstraint("from_staff_id <> to_staff_id", name="two"),
        CheckConstraint("shift_id <> back_shift_id", name="back"),
        CheckConstraint("(back_shift_id IS NULL) = (back_version IS NULL)", name="back_version"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_at"),
        Index(
            "uq_shift_offer_open",
            "institution_id",
            "shift_id",
            unique=True,
            postgresql_where=_OPEN,
            sqlite_where=_OPEN,
            info={"violation": OfferedAlready},
        ),
        Index(None, "institution_id", "from_staff_id", "made_at"),
        Index(None, "institution_id", "to_staff_id", "made_at"),
    )

    shift_id: Mapped[int]
    #: As the shift stood when it was offered; whatever changed since makes the offer void.
    shift_version: Mapped[int]
    #: What is taken in return; None: the colleague takes the shift over.
    back_shift_id: Mapped[int | None]
    back_version: Mapped[int | None]
    from_staff_id: Mapped[int]
    to_staff_id: Mapped[int]
    made_at: Mapped[datetime]
    #: Silence ends it then.
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(9), default=OfferState.OPEN)
    version: Mapped[int] = mapped_column(default=0)
