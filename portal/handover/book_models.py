"""At which post each matter was taken down, and that the head has looked at a closed book."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from portal.core.base import Base, Owned, owned, refers
from portal.core.errors import TryAgain
from portal.handover.book_rules import CheckedAlready


class DutyEntry(Owned, Base):
    """A matter stands in the duty books of one post, from one moment on (P-6.2).

    In which book that is follows from when the books of the post were closed: the books themselves
    are the presences of whoever kept the post, and are stored nowhere else.
    """

    __tablename__ = "duty_entry"
    __table_args__ = owned(
        refers("matter_id", "matter"),
        refers("post_id", "post"),
        UniqueConstraint("institution_id", "matter_id", info={"violation": TryAgain}),
        Index("ix_duty_entry_stands", "institution_id", "post_id", "at"),
        Index("ix_duty_entry_finished", "institution_id", "post_id", "finished_at"),
    )

    matter_id: Mapped[int]
    post_id: Mapped[int]
    #: When it came; or the closing of a book that was faster, so that no closed book changes.
    at: Mapped[datetime]
    #: When the person had heard what came of it, or it ended; none: not yet, or opened again.
    #: Says only where to look: how it stood at a moment follows from its course.
    finished_at: Mapped[datetime | None]


class DutyBookCheck(Owned, Base):
    """The head has looked at a closed book: once, by name."""

    __tablename__ = "duty_book_check"
    __table_args__ = owned(
        refers("presence_id", "presence"),
        refers("checked_by_id", "staff"),
        UniqueConstraint("institution_id", "presence_id", info={"violation": CheckedAlready}),
    )

    #: Whose presence the book is.
    presence_id: Mapped[int]
    checked_by_id: Mapped[int]
    checked_at: Mapped[datetime]
