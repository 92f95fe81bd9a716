"""Postings: which things contain which two characters."""

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.base import Base, Owned, owned


class Posting(Owned, Base):
    """A gram of a thing's folded text."""

    __tablename__ = "posting"
    __table_args__ = owned(
        Index("ix_posting_gram", "institution_id", "gram", "kind", "ref_id"),
        Index("ix_posting_ref", "institution_id", "kind", "ref_id"),
    )

    kind: Mapped[str] = mapped_column(String(20))
    gram: Mapped[str] = mapped_column(String(2))
    ref_id: Mapped[int]
