"""What people say against an entry of their attendance (異議), and what was decided."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.base import Base, Owned, owned, refers
from portal.core.crypto import EncryptedText
from portal.core.errors import N_, DomainError

_OPEN = text("decided_at IS NULL")


class ContestedAlready(DomainError):
    """Each entry is contested once."""

    status = 409
    default = N_("You have contested this entry already.")


class AttendanceContest(Owned, Base):
    """Somebody contests what came of a shift; decided once, and kept beside the facts."""

    __tablename__ = "attendance_contest"
    __table_args__ = owned(
        refers("shift_id", "shift"),
        refers("staff_id", "staff"),
        refers("decided_by_id", "staff"),
        UniqueConstraint("institution_id", "shift_id", info={"violation": ContestedAlready}),
        CheckConstraint(
            "(decided_at IS NULL) = (is_upheld IS NULL)"
            " AND (decided_at IS NULL) = (decided_by_id IS NULL)",
            name="decided",
        ),
        CheckConstraint("decided_by_id <> staff_id", name="decider"),
        CheckConstraint("decided_at >= made_at", name="decided_at"),
        Index(None, "institution_id", "staff_id"),
        # What is forgotten some day.
        Index(None, "institution_id", "made_at"),
        Index(
            "ix_attendance_contest_open",
            "institution_id",
            "made_at",
            postgresql_where=_OPEN,
            sqlite_where=_OPEN,
        ),
    )

    shift_id: Mapped[int]
    staff_id: Mapped[int]
    made_at: Mapped[datetime]
    #: What the person says; read by that person and by whoever decides.
    words: Mapped[str | None] = mapped_column(EncryptedText("attendance_contest.words"))
    decided_by_id: Mapped[int | None]
    decided_at: Mapped[datetime | None]
    #: What was said in deciding.
    answer: Mapped[str | None] = mapped_column(EncryptedText("attendance_contest.answer"))
    #: Whether the entry is excused by that.
    is_upheld: Mapped[bool | None]
