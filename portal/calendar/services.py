"""Setting up and changing opening hours."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.calendar.events import HoursEvent, hours_changed
from portal.calendar.models import ExceptionRow, HolidayRow, PatternRow, ScheduleRow
from portal.calendar.opening import Day
from portal.calendar.queries import write_day
from portal.core.actor import Actor
from portal.core.errors import N_, DomainError
from portal.core.ledger import record
from portal.core.localized import Localized


class PastHours(DomainError):
    """What was open in the past is a fact."""

    default = N_("Hours of the past cannot be changed. Choose today or a later day.")


def create_schedule(
    session: Session,
    *,
    code: str,
    name: Localized,
    is_default: bool,
    is_always_open: bool,
    actor: Actor,
    now: datetime,
) -> ScheduleRow:
    """Add named opening hours."""
    row = ScheduleRow(code=code, name=name, is_default=is_default, is_always_open=is_always_open)
    session.add(row)
    session.flush()
    _tell(session, "created", row.id, actor, now)
    return row


def set_week(
    session: Session,
    *,
    schedule: ScheduleRow,
    valid_from: date,
    week: Sequence[Day],
    holiday: Day,
    makeup: Day | None,
    today: date | None,
    actor: Actor,
    now: datetime,
) -> PatternRow:
    """Have a week's hours hold from a day on; ``today`` None only when an institution is made.

    Raises PastHours, and DateTaken when hours from that day stand already.
    """
    if today is not None and valid_from < today:
        raise PastHours(field="valid_from")
    row = PatternRow(
        schedule_id=schedule.id,
        valid_from=valid_from,
        week=[write_day(day) for day in week],
        holiday=write_day(holiday),
        makeup=write_day(makeup) if makeup is not None else None,
    )
    session.add(row)
    session.flush()
    _tell(session, "hours_set", schedule.id, actor, now, valid_from=valid_from.isoformat())
    return row


def drop_week(
    session: Session, *, pattern: PatternRow, today: date, actor: Actor, now: datetime
) -> None:
    """Withdraw hours that have not begun to hold; raises PastHours."""
    if pattern.valid_from <= today:
        raise PastHours
    session.delete(pattern)
    session.flush()
    _tell(session, "hours_dropped", pattern.schedule_id, actor, now)


def set_exception(
    session: Session,
    *,
    schedule: ScheduleRow,
    day: date,
    hours: Day,
    reason: Localized,
    today: date,
    actor: Actor,
    now: datetime,
) -> ExceptionRow:
    """Other hours on one date, or none at all; raises PastHours and DateTaken."""
    if day < today:
        raise PastHours(field="day")
    row = ExceptionRow(schedule_id=schedule.id, day=day, hours=write_day(hours), reason=reason)
    session.add(row)
    session.flush()
    _tell(session, "exception_set", schedule.id, actor, now, day=day.isoformat())
    return row


def drop_exception(
    session: Session, *, exception: ExceptionRow, today: date, actor: Actor, now: datetime
) -> None:
    """Go back to the usual hours of a date; raises PastHours."""
    if exception.day < today:
        raise PastHours
    session.delete(exception)
    session.flush()
    _tell(session, "exception_dropped", exception.schedule_id, actor, now)


def set_holiday(
    session: Session,
    *,
    day: date,
    kind: str,
    name: Localized,
    today: date,
    actor: Actor,
    now: datetime,
) -> HolidayRow:
    """Say what a day is, against or before the region's list; raises PastHours, DateTaken."""
    if day < today:
        raise PastHours(field="day")
    row = HolidayRow(day=day, kind=kind, name=name)
    session.add(row)
    session.flush()
    _tell(session, "holiday_set", None, actor, now, day=day.isoformat(), kind=kind)
    return row


def drop_holiday(
    session: Session, *, holiday: HolidayRow, today: date, actor: Actor, now: datetime
) -> None:
    """Go back to the region's list for a day; raises PastHours."""
    if holiday.day < today:
        raise PastHours
    session.delete(holiday)
    session.flush()
    _tell(session, "holiday_dropped", None, actor, now, day=holiday.day.isoformat())


def _tell(
    session: Session,
    what: str,
    schedule_id: int | None,
    actor: Actor,
    now: datetime,
    **data: int | str | bool | None,
) -> None:
    """Write the ledger and tell whoever publishes by these hours."""
    record(
        session,
        f"calendar.schedule.{what}",
        subject=("schedule", schedule_id or 0),
        actor=actor,
        now=now,
        **data,
    )
    hours_changed.send(HoursEvent(session, schedule_id, now))
