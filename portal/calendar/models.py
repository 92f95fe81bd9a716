"""Schedules with their patterns and exceptions, and an institution's own holidays."""

from datetime import date

from sqlalchemy import JSON, CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.base import Base, Owned, owned, refers
from portal.core.errors import N_, DomainError
from portal.core.localized import Localized


class DateTaken(DomainError):
    """There is already an entry for this date."""

    default = N_("There is already an entry for this date. Change or remove that one.")


class ScheduleCodeTaken(DomainError):
    """Other opening hours of the institution have this code."""

    default = N_("This code is already used. Choose another.")

    def __init__(self) -> None:
        super().__init__(field="code")


class ScheduleRow(Owned, Base):
    """Named opening hours that posts share."""

    __tablename__ = "schedule"
    __table_args__ = owned(
        UniqueConstraint("institution_id", "code", info={"violation": ScheduleCodeTaken}),
        Index(
            "uq_schedule_default",
            "institution_id",
            unique=True,
            postgresql_where=text("is_default"),
            sqlite_where=text("is_default"),
        ),
    )

    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[Localized] = mapped_column(JSON)
    #: The institution's own hours, for posts that name no others.
    is_default: Mapped[bool] = mapped_column(default=False)
    is_always_open: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=0)


class PatternRow(Owned, Base):
    """A week's hours from a day on; earlier ones stay as history."""

    __tablename__ = "schedule_pattern"
    __table_args__ = owned(
        refers("schedule_id", "schedule"),
        UniqueConstraint(
            "institution_id", "schedule_id", "valid_from", info={"violation": DateTaken}
        ),
    )

    schedule_id: Mapped[int]
    valid_from: Mapped[date]
    #: Seven days from Monday, each a list of [start, end] in minutes from midnight.
    week: Mapped[list[list[list[int]]]] = mapped_column(JSON)
    #: Hours on public holidays, in the same form as a day.
    holiday: Mapped[list[list[int]]] = mapped_column(JSON, default=list)
    #: Hours on make-up workdays; none: a full weekday.
    makeup: Mapped[list[list[int]] | None] = mapped_column(JSON(none_as_null=True))


class ExceptionRow(Owned, Base):
    """Other hours of a schedule on one date; no hours: closed."""

    __tablename__ = "schedule_exception"
    __table_args__ = owned(
        refers("schedule_id", "schedule"),
        UniqueConstraint("institution_id", "schedule_id", "day", info={"violation": DateTaken}),
    )

    schedule_id: Mapped[int]
    day: Mapped[date]
    hours: Mapped[list[list[int]]] = mapped_column(JSON)
    reason: Mapped[Localized] = mapped_column(JSON, default=dict)


class HolidayRow(Owned, Base):
    """The institution's word on a day, which wins over its region's list."""

    __tablename__ = "holiday_override"
    __table_args__ = owned(
        UniqueConstraint("institution_id", "day", info={"violation": DateTaken}),
        CheckConstraint("kind IN ('holiday', 'makeup', 'weekday', 'weekend')", name="kind"),
    )

    day: Mapped[date]
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[Localized] = mapped_column(JSON, default=dict)
