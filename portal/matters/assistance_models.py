"""Requests for help in a matter (協助, P-4.2.1)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.base import Base, Owned, owned, refers
from portal.core.errors import TryAgain
from portal.matters.assistance_rules import HelpState

_OPEN = text("ended_at IS NULL")
_STATES = ", ".join(repr(str(state)) for state in HelpState)


class Assistance(Owned, Base):
    """What the holder of a matter asks of another unit; what was said stands in its course."""

    __tablename__ = "assistance"
    __table_args__ = owned(
        refers("matter_id", "matter"),
        refers("asked_by_id", "staff"),
        refers("asked_id", "staff"),
        refers("helper_id", "staff"),
        refers("decider_id", "staff"),
        refers("asked_event_id", "matter_event"),
        refers("last_event_id", "matter_event"),
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        CheckConstraint("(state IN ('done', 'ended')) = (ended_at IS NOT NULL)", name="ended"),
        Index(
            "uq_assistance_open",
            "institution_id",
            "matter_id",
            "helper_id",
            unique=True,
            postgresql_where=_OPEN,
            sqlite_where=_OPEN,
            info={"violation": TryAgain},
        ),
        Index("ix_assistance_matter", "institution_id", "matter_id"),
        Index("ix_assistance_asked", "institution_id", "asked_id"),
        Index("ix_assistance_helper", "institution_id", "helper_id", "due_at"),
        Index("ix_assistance_decider", "institution_id", "decider_id", "due_at"),
    )

    matter_id: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default=HelpState.ASKED)
    version: Mapped[int] = mapped_column(default=0)
    #: Who asked, who was asked, and who does it by now.
    asked_by_id: Mapped[int]
    asked_id: Mapped[int]
    helper_id: Mapped[int]
    #: Who decides after an escalation; None: whoever leads everything.
    decider_id: Mapped[int | None]
    asked_at: Mapped[datetime]
    #: Until when whoever is next answers.
    due_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    #: The steps of the matter's course at which it was asked, and at which something was said last.
    asked_event_id: Mapped[int]
    last_event_id: Mapped[int]
