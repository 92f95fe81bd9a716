"""Whether a promise to a person was kept, frozen once with the rules that held."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.base import Base, Owned, owned, refers
from portal.core.errors import TryAgain


class MatterVerdict(Owned, Base):
    """The verdict on one limit of a round (及時與否); append-only.

    A reopened matter begins a round of its own, and gets verdicts of its own (I-16).
    """

    __tablename__ = "matter_verdict"
    __table_args__ = owned(
        refers("matter_id", "matter"),
        UniqueConstraint(
            "institution_id", "matter_id", "round", "of_limit", info={"violation": TryAgain}
        ),
        CheckConstraint("of_limit IN ('contact', 'promise')", name="of_limit"),
        # The verdict is what the two moments say, and nothing else.
        CheckConstraint("is_kept = (met_at IS NOT NULL AND met_at <= due_at)", name="is_kept"),
    )

    matter_id: Mapped[int]
    round: Mapped[int]
    of_limit: Mapped[str] = mapped_column(String(10))
    due_at: Mapped[datetime]
    #: None: it ended unmet, after it was due.
    met_at: Mapped[datetime | None]
    is_kept: Mapped[bool]
    #: The settings and the calendar that held when this was written.
    settings_version: Mapped[int]
    calendar_version: Mapped[int]
    frozen_at: Mapped[datetime]
