"""Setting up and changing opening hours."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.calendar.events import HoursEvent, hours_changed
from portal.calendar.models import ExceptionRow, HolidayRow, PatternRow, ScheduleRow
from portal.calendar.notice import ShortNotice, first_day_to_change, is_short_notice
from portal.calendar.opening import Day
from portal.calendar.queries import write_day
from portal.core.actor import Actor
from portal.core.errors import N_, DomainError
from portal.core.ledger import record
from portal.core.localized import Localized
from portal.tenancy.services import count_calendar_change


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
    record(
        session,
        "calendar.schedule.created",
        subject=("schedule", row.id),
        actor=actor,
        now=now,
    )
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
    notice_days: int = 0,
) -> PatternRow:
    """Have a week's hours hold from a day on; ``today`` None only when an institution is made.

    Half days of weekends and holidays are part of them, so they are published ``notice_days``
    ahead (H-10); a schedule without hours has published none, and may begin at once. Raises
    PastHours, ShortNotice, and DateTaken when hours from that day stand already.
    """
    if today is not None and valid_from < today:
        raise PastHours(field="valid_from")
    if today is not None and _has_hours(session, schedule.id):
        _check_notice(valid_from, today, notice_days)
    row = PatternRow(
        schedule_id=schedule.id,
        valid_from=valid_from,
        week=[write_day(day) for day in week],
        holiday=write_day(holiday),
        makeup=write_day(makeup) if makeup is not None else None,
    )
    session.add(row)
    session.flush()
    days = valid_from, _last_day(session, schedule.id, valid_from)
    begin = valid_from.isoformat()
    _tell(session, "hours_set", schedule.id, days, actor, now, valid_from=begin)
    return row


def drop_week(
    session: Session,
    *,
    pattern: PatternRow,
    today: date,
    actor: Actor,
    now: datetime,
    notice_days: int = 0,
) -> None:
    """Withdraw hours that have not begun to hold; raises PastHours and ShortNotice (H-10)."""
    if pattern.valid_from <= today:
        raise PastHours
    _check_notice(pattern.valid_from, today, notice_days)
    session.delete(pattern)
    session.flush()
    days = pattern.valid_from, _last_day(session, pattern.schedule_id, pattern.valid_from)
    _tell(session, "hours_dropped", pattern.schedule_id, days, actor, now)


def _has_hours(session: Session, schedule_id: int) -> bool:
    standing = select(PatternRow.id).where(PatternRow.schedule_id == schedule_id).limit(1)
    return session.scalar(standing) is not None


def _check_notice(day: date, today: date, notice_days: int) -> None:
    if is_short_notice(day, today, notice_days):
        first = first_day_to_change(today, notice_days)
        raise ShortNotice(field="valid_from", days=notice_days, first=first.isoformat())


def _last_day(session: Session, schedule_id: int, valid_from: date) -> date | None:
    """The last day on which hours from a day hold; None: until further notice."""
    following = session.scalar(
        select(func.min(PatternRow.valid_from)).where(
            PatternRow.schedule_id == schedule_id, PatternRow.valid_from > valid_from
        )
    )
    return following - timedelta(days=1) if following else None


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
    days, what = (day, day), "exception_set"
    _tell(session, what, schedule.id, days, actor, now, reason=reason, day=day.isoformat())
    return row


def drop_exception(
    session: Session, *, exception: ExceptionRow, today: date, actor: Actor, now: datetime
) -> None:
    """Go back to the usual hours of a date; raises PastHours."""
    if exception.day < today:
        raise PastHours
    session.delete(exception)
    session.flush()
    days = exception.day, exception.day
    _tell(session, "exception_dropped", exception.schedule_id, days, actor, now)


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
    iso = day.isoformat()
    _tell(session, "holiday_set", None, (day, day), actor, now, reason=name, day=iso, kind=kind)
    return row


def drop_holiday(
    session: Session, *, holiday: HolidayRow, today: date, actor: Actor, now: datetime
) -> None:
    """Go back to the region's list for a day; raises PastHours."""
    if holiday.day < today:
        raise PastHours
    session.delete(holiday)
    session.flush()
    days, iso = (holiday.day, holiday.day), holiday.day.isoformat()
    _tell(session, "holiday_dropped", None, days, actor, now, day=iso)


def _tell(
    session: Session,
    what: str,
    schedule_id: int | None,
    days: tuple[date, date | None],
    actor: Actor,
    now: datetime,
    *,
    reason: Localized | None = None,
    **data: int | str | bool | None,
) -> None:
    """Write the ledger and tell whoever publishes and promises by these hours."""
    count_calendar_change(session)
    record(
        session,
        f"calendar.schedule.{what}",
        subject=("schedule", schedule_id or 0),
        actor=actor,
        now=now,
        **data,
    )
    hours_changed.send(HoursEvent(session, schedule_id, *days, actor, now, reason or {}))
