"""Working time: until when something is promised, and how long it took; pure."""

from datetime import date, datetime, timedelta

from portal.calendar.opening import HORIZON_DAYS, NeverOpen, Schedule


def received_at(schedule: Schedule, at: datetime) -> datetime:
    """When something counts as received: at once while open, else at the next opening."""
    return schedule.next_opening(at)


def end_after_days(schedule: Schedule, at: datetime, days: int) -> datetime:
    """The closing time of the ``days``-th working date after the day of receipt.

    The day of receipt is not counted; a date works when anything is open on it. With 0 days the
    promise ends when the day of receipt closes. Raises NeverOpen.
    """
    received = received_at(schedule, at)
    day = received.astimezone(schedule.zone).date()
    counted = 0
    for _ in range(HORIZON_DAYS):
        if counted == days and (closing := _closing(schedule, day, received)) is not None:
            return closing
        day += timedelta(days=1)
        if schedule.stretches(day) and counted < days:
            counted += 1
    raise NeverOpen()


def _closing(schedule: Schedule, day: date, received: datetime) -> datetime | None:
    ends = [end for _start, end in schedule.stretches(day) if end > received]
    return max(ends) if ends else None


def end_after_minutes(schedule: Schedule, at: datetime, minutes: int) -> datetime:
    """When ``minutes`` open minutes have passed since receipt; raises NeverOpen.

    A stretch that is used up exactly ends the promise at its closing, not at the next opening.
    """
    left = timedelta(minutes=minutes)
    day = at.astimezone(schedule.zone).date() - timedelta(days=1)
    for offset in range(HORIZON_DAYS):
        for start, end in schedule.stretches(day + timedelta(days=offset)):
            begin = max(start, at)
            if begin >= end:
                continue
            if end - begin >= left:
                return begin + left
            left -= end - begin
    raise NeverOpen()


def open_minutes_between(schedule: Schedule, start: datetime, end: datetime) -> float:
    """How many open minutes lie between two moments; 0 when the second is not later."""
    total = timedelta()
    day = start.astimezone(schedule.zone).date() - timedelta(days=1)
    last = end.astimezone(schedule.zone).date()
    while day <= last:
        for opening, closing in schedule.stretches(day):
            total += max(timedelta(), min(closing, end) - max(opening, start))
        day += timedelta(days=1)
    return total.total_seconds() / 60
