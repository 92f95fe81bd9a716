"""The counter of each book and year."""

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.base import Base, Owned, owned


class SerialCounter(Owned, Base):
    """The last number that a book gave in a year; its row is locked until the number is kept."""

    __tablename__ = "serial_counter"
    __table_args__ = owned(
        UniqueConstraint("institution_id", "book", "year"),
        CheckConstraint("last > 0", name="last"),
    )

    #: Code of the book: "matter".
    book: Mapped[str] = mapped_column(String(20))
    year: Mapped[int]
    last: Mapped[int]
