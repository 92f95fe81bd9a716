"""What a profile says of opening hours."""

from collections.abc import Iterator
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.calendar.events import HoursEvent, hours_changed
from portal.calendar.hours_text import read_hours, write_hours
from portal.calendar.models import PatternRow, ScheduleRow
from portal.calendar.queries import read_day, write_day
from portal.core.actor import SYSTEM
from portal.core.errors import DomainError
from portal.core.localized import Localized
from portal.tenancy.queries import get_tenant
from portal.web.feature import ProfilePart

#: From when the hours of a profile hold: always, as far as the portal is concerned.
SINCE = date(1970, 1, 1)


class ScheduleItem(BaseModel):
    """``[[schedule]]``: hours as people write them, Monday first; empty means closed."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(pattern="^[a-z0-9-]{1,20}$")
    name: Localized
    is_default: bool = False
    is_always_open: bool = False
    week: list[str] = Field(default_factory=lambda: [""] * 7, min_length=7, max_length=7)
    holiday: str = ""
    #: Hours of make-up workdays; none: a full weekday.
    makeup: str | None = None

    @field_validator("week")
    @classmethod
    def _read_week(cls, week: list[str]) -> list[str]:
        return [_plain(text) for text in week]

    @field_validator("holiday")
    @classmethod
    def _read_holiday(cls, text: str) -> str:
        return _plain(text)


def _plain(text: str) -> str:
    try:
        return write_hours(read_hours(text))
    except DomainError as error:
        raise ValueError(error.message % error.params) from None


def read_schedules(session: Session) -> dict[str, BaseModel]:
    """The schedules that stand, with the hours that hold last."""
    found: dict[str, BaseModel] = {}
    for row in session.scalars(select(ScheduleRow).order_by(ScheduleRow.id)):
        pattern = _newest(session, row.id)
        found[row.code] = ScheduleItem.model_construct(
            code=row.code,
            name=row.name,
            is_default=row.is_default,
            is_always_open=row.is_always_open,
            week=[write_hours(read_day(day)) for day in pattern.week] if pattern else [""] * 7,
            holiday=write_hours(read_day(pattern.holiday)) if pattern else "",
            makeup=(
                write_hours(read_day(pattern.makeup))
                if pattern and pattern.makeup is not None
                else None
            ),
        )
    return found


def write_schedule(session: Session, item: ScheduleItem, now: datetime) -> None:
    """Create a schedule, or have changed hours hold from today on."""
    row = session.scalar(select(ScheduleRow).where(ScheduleRow.code == item.code))
    is_new = row is None
    if row is None:
        row = ScheduleRow(code=item.code, name=item.name)
        session.add(row)
    row.name, row.is_default = item.name, item.is_default
    row.is_always_open = item.is_always_open
    session.flush()
    since = SINCE if is_new else now.astimezone(get_tenant(session).zone).date()
    pattern = _newest(session, row.id)
    if pattern is None or pattern.valid_from < since:
        pattern = PatternRow(schedule_id=row.id, valid_from=since)
        session.add(pattern)
    pattern.week = [write_day(read_hours(text)) for text in item.week]
    pattern.holiday = write_day(read_hours(item.holiday))
    pattern.makeup = write_day(read_hours(item.makeup)) if item.makeup is not None else None
    session.flush()
    if not is_new:
        hours_changed.send(HoursEvent(session, row.id, since, None, SYSTEM, now))


def _newest(session: Session, schedule_id: int) -> PatternRow | None:
    return session.scalar(
        select(PatternRow)
        .where(PatternRow.schedule_id == schedule_id)
        .order_by(PatternRow.valid_from.desc())
        .limit(1)
    )


def check_schedules(
    schedules: list[ScheduleItem],
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Posts that name no hours keep the institution's own."""
    if sum(schedule.is_default for schedule in schedules) != 1:
        yield (), "one schedule, and only one, is_default"


PARTS = (
    ProfilePart("schedule", ScheduleItem, read_schedules, write_schedule, check=check_schedules),
)
