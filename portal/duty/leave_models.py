"""Leave (請假): who is away from when to when, who covers, and who decided."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.base import Base, Owned, owned, refers
from portal.core.crypto import EncryptedText
from portal.duty.leave_rules import LeaveKind, LeaveState

_STATES = ", ".join(repr(str(state)) for state in LeaveState)
_KINDS = ", ".join(repr(str(kind)) for kind in LeaveKind)


class Leave(Owned, Base):
    """Somebody asks to be away, and whoever covers says yes before the head does."""

    __tablename__ = "leave"
    __table_args__ = owned(
        refers("staff_id", "staff"),
        refers("cover_staff_id", "staff"),
        refers("decided_by_id", "staff"),
        Index(None, "institution_id", "until_at"),
        Index(None, "institution_id", "staff_id", "until_at"),
        Index(None, "institution_id", "cover_staff_id", "until_at"),
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        CheckConstraint(f"kind IN ({_KINDS})", name="kind"),
        CheckConstraint("from_at < until_at", name="order"),
        CheckConstraint("staff_id <> cover_staff_id", name="cover"),
        CheckConstraint("cover_accepted_at IS NULL OR cover_staff_id IS NOT NULL", name="accepted"),
        CheckConstraint(
            "decided_by_id IS NOT NULL OR state NOT IN ('approved', 'refused')", name="decided"
        ),
    )

    staff_id: Mapped[int]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(10))
    #: Why, in the person's own words; read by that person and by whoever decides.
    reason: Mapped[str | None] = mapped_column(EncryptedText("leave.reason"))
    state: Mapped[str] = mapped_column(String(10), default=LeaveState.ASKED)
    #: Who is to cover; None: no post needs the person in that time.
    cover_staff_id: Mapped[int | None]
    cover_accepted_at: Mapped[datetime | None]
    asked_at: Mapped[datetime]
    decided_by_id: Mapped[int | None]
    decided_at: Mapped[datetime | None]
    #: What was said in deciding.
    words: Mapped[str | None] = mapped_column(EncryptedText("leave.words"))
    version: Mapped[int] = mapped_column(default=0)
