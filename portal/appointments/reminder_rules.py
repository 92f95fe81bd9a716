"""When somebody is reminded of a booking, and until when that is still of use; quiet hours."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from portal.tenancy.settings import BookingRules

#: How late each reminder may still go out when the worker or a gateway was down. What is later
#: than that disturbs more than it helps, and nothing is made up for in a burst.
DAY_LATENESS = timedelta(hours=3)
SOON_LATENESS = timedelta(minutes=30)
SOON = timedelta(hours=2)
#: One that falls into the quiet hours waits for their end if this much is left then …
ENOUGH = timedelta(hours=1)
#: … and else comes so long before they begin.
EVENING = timedelta(hours=1)


class Occasion(StrEnum):
    """Which of the two reminders it is."""

    DAY = "day"
    SOON = "soon"


@dataclass(frozen=True)
class Reminder:
    """One reminder: from when and until when it may be sent."""

    occasion: Occasion
    at: datetime
    latest: datetime


def quiet_around(
    moment: datetime, rules: BookingRules, zone: ZoneInfo
) -> tuple[datetime, datetime] | None:
    """The quiet hours that a moment falls into, half-open, or None when people are awake."""
    begins, ends = rules.quiet_from, rules.quiet_until
    if begins == ends:
        return None
    today = moment.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        until = day if begins < ends else day + timedelta(days=1)
        night = _clock(day, begins, zone), _clock(until, ends, zone)
        if night[0] <= moment < night[1]:
            return night
    return None


def reminders_of(starts_at: datetime, rules: BookingRules, zone: ZoneInfo) -> list[Reminder]:
    """Both reminders of a time, in order: the day before at the same hour, and two hours before.

    Nobody is woken: what would fall into the quiet hours waits for their end as long as it is
    still of use then, else it comes on the evening before. The first one never comes later than
    the day before, for only until then the time can be given back online.
    """
    local = starts_at.astimezone(zone)
    midnight = _clock(local.date(), time(), zone)
    day_before = _clock(local.date() - timedelta(days=1), local.time(), zone)
    day = _awake(day_before, midnight - timedelta(minutes=1), rules, zone)
    soon = _awake(starts_at - SOON, starts_at - ENOUGH, rules, zone)
    return [
        Reminder(Occasion.DAY, day, min(day + DAY_LATENESS, midnight)),
        Reminder(Occasion.SOON, soon, soon + SOON_LATENESS),
    ]


def _awake(moment: datetime, latest: datetime, rules: BookingRules, zone: ZoneInfo) -> datetime:
    night = quiet_around(moment, rules, zone)
    if night is None:
        return moment
    return night[1] if night[1] <= latest else night[0] - EVENING


def _clock(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A reading of the wall clock as a moment, so that lengths between moments are true."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def due_now(
    starts_at: datetime, rules: BookingRules, zone: ZoneInfo, now: datetime
) -> Reminder | None:
    """The reminder of a time that may be sent at this moment, if any."""
    for reminder in reminders_of(starts_at, rules, zone):
        if reminder.at <= now <= reminder.latest:
            return reminder
    return None


def next_look(
    starts_at: datetime, rules: BookingRules, zone: ZoneInfo, now: datetime
) -> datetime | None:
    """When to look at a booking next: at its first reminder that is still to come.

    What was promised later than a reminder's moment has none of it: the person knows.
    """
    ahead = [r.at for r in reminders_of(starts_at, rules, zone) if r.at > now]
    return min(ahead, default=None)
