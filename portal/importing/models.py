"""Which matter a row of another register became; kept with it, so that none comes twice."""

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.base import Base, Owned, owned, refers
from portal.core.errors import DomainError
from portal.importing.rows import LONGEST_KEY


class TakenInAlready(DomainError):
    """Another process took the same row in meanwhile."""

    status = 409


class ImportedRequest(Owned, Base):
    """A request that was taken in, by its number in the register that it comes from."""

    __tablename__ = "imported_request"
    __table_args__ = owned(
        refers("matter_id", "matter"),
        UniqueConstraint("institution_id", "key", info={"violation": TakenInAlready}),
        UniqueConstraint("institution_id", "matter_id"),
    )

    key: Mapped[str] = mapped_column(String(LONGEST_KEY))
    matter_id: Mapped[int]
