"""Posts and services with their one-time notice (一次性告知)."""

from datetime import date
from decimal import Decimal

from sqlalchemy import JSON, CheckConstraint, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.base import Base, Owned, owned, refers
from portal.core.errors import N_, DomainError, TryAgain
from portal.core.localized import Localized


class CodeTaken(DomainError):
    """Another post or service of the institution has this code."""

    default = N_("This code is already used. Choose another.")

    def __init__(self) -> None:
        super().__init__(field="code")


class Post(Owned, Base):
    """A window, desk or room where people are served (崗位)."""

    __tablename__ = "post"
    __table_args__ = owned(
        refers("unit_id", "unit"),
        refers("schedule_id", "schedule"),
        UniqueConstraint("institution_id", "code", info={"violation": CodeTaken}),
    )

    unit_id: Mapped[int]
    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[Localized] = mapped_column(JSON)
    #: What its number plate says; short.
    plate: Mapped[str] = mapped_column(String(6))
    #: Where it is: building and floor.
    place: Mapped[Localized] = mapped_column(JSON, default=dict)
    #: How to walk there from the entrance.
    way: Mapped[Localized] = mapped_column(JSON, default=dict)
    #: Its opening hours; none: those of the institution.
    schedule_id: Mapped[int | None]
    position: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=0)


class PostStaff(Owned, Base):
    """Who serves at a post: as A, as B who stands in, or as C where both are missing (AB頂崗)."""

    __tablename__ = "post_staff"
    __table_args__ = owned(
        refers("post_id", "post"),
        refers("staff_id", "staff"),
        UniqueConstraint("institution_id", "post_id", "staff_id", info={"violation": TryAgain}),
        CheckConstraint("position IN ('A', 'B', 'C')", name="position"),
    )

    post_id: Mapped[int]
    staff_id: Mapped[int]
    position: Mapped[str] = mapped_column(String(1), default="A")


class Service(Owned, Base):
    """Something an institution does for people (辦理事項)."""

    __tablename__ = "service"
    __table_args__ = owned(
        refers("unit_id", "unit"),
        UniqueConstraint("institution_id", "code", info={"violation": CodeTaken}),
        CheckConstraint("promised_days >= 0", name="promised_days"),
    )

    unit_id: Mapped[int]
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[Localized] = mapped_column(JSON)
    summary: Mapped[Localized] = mapped_column(JSON, default=dict)
    #: Promised working days until it is done; 0: at once.
    promised_days: Mapped[int] = mapped_column(default=0)
    #: Rule or law the service rests on.
    basis: Mapped[Localized] = mapped_column(JSON, default=dict)
    #: Whether a booking asks for the person's ID number.
    asks_id_number: Mapped[bool] = mapped_column(default=False)
    #: Whether only who is qualified for it may keep a post that offers it.
    asks_qualification: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=0)


class ServiceDocument(Owned, Base):
    """A paper that a service asks for."""

    __tablename__ = "service_document"
    __table_args__ = owned(
        refers("service_id", "service"),
        CheckConstraint("originals >= 0 AND copies >= 0", name="counts"),
    )

    service_id: Mapped[int]
    position: Mapped[int]
    name: Mapped[Localized] = mapped_column(JSON)
    originals: Mapped[int] = mapped_column(default=1)
    copies: Mapped[int] = mapped_column(default=0)
    #: How and where to get it.
    how: Mapped[Localized] = mapped_column(JSON, default=dict)


class ServiceStep(Owned, Base):
    """A step of how a service is done."""

    __tablename__ = "service_step"
    __table_args__ = owned(refers("service_id", "service"))

    service_id: Mapped[int]
    position: Mapped[int]
    text: Mapped[Localized] = mapped_column(JSON)


class RefusalGround(Owned, Base):
    """A ground on which the service may be refused, with its rule."""

    __tablename__ = "refusal_ground"
    __table_args__ = owned(refers("service_id", "service"))

    service_id: Mapped[int]
    position: Mapped[int]
    text: Mapped[Localized] = mapped_column(JSON)
    basis: Mapped[Localized] = mapped_column(JSON, default=dict)


class Fee(Owned, Base):
    """What a service costs from a day on; the one in force is the latest begun (I-18)."""

    __tablename__ = "fee"
    __table_args__ = owned(
        refers("service_id", "service"),
        UniqueConstraint(
            "institution_id", "service_id", "valid_from", info={"violation": TryAgain}
        ),
        CheckConstraint("amount >= 0", name="amount"),
    )

    service_id: Mapped[int]
    amount: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    basis: Mapped[Localized] = mapped_column(JSON, default=dict)
    valid_from: Mapped[date]


class Offering(Owned, Base):
    """A service at a post: how long a slot is and how many people it takes."""

    __tablename__ = "offering"
    __table_args__ = owned(
        refers("service_id", "service"),
        refers("post_id", "post"),
        UniqueConstraint("institution_id", "service_id", "post_id", info={"violation": TryAgain}),
        CheckConstraint("slot_minutes BETWEEN 5 AND 480", name="slot_minutes"),
        CheckConstraint("capacity BETWEEN 1 AND 1000", name="capacity"),
    )

    service_id: Mapped[int]
    post_id: Mapped[int]
    slot_minutes: Mapped[int] = mapped_column(default=30)
    capacity: Mapped[int] = mapped_column(default=1)
    is_active: Mapped[bool] = mapped_column(default=True)
