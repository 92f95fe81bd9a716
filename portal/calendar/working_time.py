"""Working time: until when something is promised, and how long it took; pure."""

from datetime import UTC, datetime, timedelta

from portal.calendar.opening import HORIZON_DAYS, NeverOpen, Schedule

#: How much of the past is looked at in one go when counting back.
WINDOW = timedelta(days=7)


def received_at(schedule: Schedule, at: datetime) -> datetime:
    """When something counts as received: at once while open, else at the next opening.

    Raises NeverOpen.
    """
    return schedule.next_opening(at)


def end_after_days(schedule: Schedule, at: datetime, days: int) -> datetime:
    """The closing time, in aware UTC, of the ``days``-th working date after the day of receipt.

    A date works when anything opens on it. The day of receipt is not counted: it is the date of
    the stretch in which something counts as received, for a night shift the date it began on.
    With 0 days the promise ends when that date closes. Raises NeverOpen, and ValueError when
    ``days`` is negative.
    """
    if days < 0:
        raise ValueError(days)
    end, left = at, days
    for _day, stretches in schedule.open_dates(at):
        closing = max(closing for _opening, closing in stretches)
        if closing <= at:
            continue
        # A short day may close before the night shift of the day before it does.
        end = max(end, closing)
        if left == 0:
            return end.astimezone(UTC)
        left -= 1
    raise NeverOpen


def end_after_minutes(schedule: Schedule, at: datetime, minutes: int) -> datetime:
    """When ``minutes`` open minutes have passed since receipt, in aware UTC.

    A stretch that is used up exactly ends the promise at its closing, not at the next opening.
    Raises NeverOpen, and ValueError when ``minutes`` is negative.
    """
    if minutes < 0:
        raise ValueError(minutes)
    reached, left = at, timedelta(minutes=minutes)
    for _day, stretches in schedule.open_dates(at):
        for opening, closing in stretches:
            begin = max(opening, reached)
            if begin >= closing:
                continue
            if closing - begin >= left:
                return (begin + left).astimezone(UTC)
            left -= closing - begin
            reached = closing
    raise NeverOpen


def begin_before_days(schedule: Schedule, at: datetime, days: int) -> datetime:
    """The opening, in aware UTC, of the ``days``-th working date before the local date of ``at``.

    Whoever is warned so many working days before has the whole of that day. Raises NeverOpen,
    and ValueError when ``days`` is not positive.
    """
    if days < 1:
        raise ValueError(days)
    day, closed, left = at.astimezone(schedule.zone).date(), 0, days
    while closed < HORIZON_DAYS:
        day -= timedelta(days=1)
        stretches = schedule.stretches(day)
        closed = 0 if stretches else closed + 1
        left -= bool(stretches)
        if left == 0:
            return stretches[0][0].astimezone(UTC)
    raise NeverOpen


def begin_before_minutes(schedule: Schedule, at: datetime, minutes: int) -> datetime:
    """The latest moment, in aware UTC, from which ``minutes`` open minutes pass until ``at``.

    Raises NeverOpen, and ValueError when ``minutes`` is not positive.
    """
    if minutes < 1:
        raise ValueError(minutes)
    reached, left, closed = at, timedelta(minutes=minutes), timedelta()
    while closed < timedelta(days=HORIZON_DAYS):
        stretches = schedule.stretches_between(reached - WINDOW, reached)
        for opening, closing in reversed(stretches):
            if closing - opening >= left:
                return (closing - left).astimezone(UTC)
            left -= closing - opening
        reached -= WINDOW
        closed = timedelta() if stretches else closed + WINDOW
    raise NeverOpen


def open_minutes_between(schedule: Schedule, start: datetime, end: datetime) -> float:
    """How many open minutes lie between two moments; 0 when the second is not later."""
    stretches = schedule.stretches_between(start, end)
    total = sum((closing - opening for opening, closing in stretches), timedelta())
    return total.total_seconds() / 60


def working_dates_after(schedule: Schedule, start: datetime, end: datetime) -> int:
    """Working dates that an answer took: after the local date of ``start``, with that of ``end``.

    The date on which it came is never counted, whether it works or not: an answer on the Monday
    after a Saturday took one working date. A promise is kinder to whoever keeps it where
    something comes outside the hours: it counts from the next opening (``end_after_days``).
    """
    day, last = (at.astimezone(schedule.zone).date() for at in (start, end))
    found = 0
    while day < last:
        day += timedelta(days=1)
        found += bool(schedule.stretches(day))
    return found


def is_provisional_between(schedule: Schedule, start: datetime, end: datetime) -> bool:
    """Whether a promise from one moment to another leans on holidays not announced yet.

    Such a promise is to be worked out again when they are.
    """
    day, last = (at.astimezone(schedule.zone).date() for at in (start, end))
    dates = (day + timedelta(days=offset) for offset in range((last - day).days + 1))
    return any(schedule.on(date).is_provisional for date in dates)
