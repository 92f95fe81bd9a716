"""When a watched limit warns, chases and escalates: waits, ladders and what is due; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from portal.calendar.opening import NeverOpen, Schedule
from portal.calendar.working_time import (
    begin_before_days,
    begin_before_minutes,
    end_after_days,
    end_after_minutes,
)

MINUTE = timedelta(minutes=1)
#: The role of those who are told when nobody else can be; the only one that alarms know themselves.
OVERSEER = "overseer"


class Unit(StrEnum):
    """What a wait is counted in; there is none without."""

    MINUTES = "minutes"
    WORKING_MINUTES = "working_minutes"
    WORKING_DAYS = "working_days"


class Kind(StrEnum):
    """What a level is for: a warning before it is late, a chase, or telling somebody above."""

    WARN = "warn"
    CHASE = "chase"
    ESCALATE = "escalate"


@dataclass(frozen=True)
class Wait:
    """A length of time with its unit; negative lies before the moment it is counted from.

    Working days after a moment end at the closing of the last of them, working days before one
    begin at the opening of the first.
    """

    amount: int
    unit: Unit = Unit.MINUTES


@dataclass(frozen=True)
class Level:
    """One rung: when it is reached, seen from the due moment, and whom it tells by their roles."""

    after: Wait
    recipients: tuple[str, ...]
    kind: Kind


#: The rungs in the order in which they are climbed.
Ladder = tuple[Level, ...]


@dataclass(frozen=True)
class Limit:
    """Which limit of what: "first contact (AL-02) of the second round of request 7"."""

    subject_kind: str
    subject_id: int
    code: str
    round: int = 1


@dataclass(frozen=True)
class Course:
    """How far a limit has come: its due moment, the level reached (0: none) and since when."""

    ladder: Ladder
    due_at: datetime
    level: int = 0
    raised_at: datetime | None = None

    @property
    def is_at_last(self) -> bool:
        """Whether only the last level is left, which repeats."""
        return self.level >= len(self.ladder)


def check_ladder(ladder: Ladder) -> Ladder:
    """The same ladder.

    Raises ValueError for one that tells nobody, or whose last level, the one that repeats until
    the end, lies before the due moment or only warns.
    """
    if not ladder or not all(level.recipients for level in ladder):
        raise ValueError("a ladder has levels, and each of them recipients")
    if ladder[-1].after.amount < 0 or ladder[-1].kind is Kind.WARN:
        raise ValueError("the last level repeats, so it is no warning before the due moment")
    return ladder


def write_ladder(ladder: Ladder) -> list[dict[str, Any]]:
    """A ladder as it is kept, so that a later change of rules leaves promises as they were made."""
    return [
        {
            "amount": level.after.amount,
            "unit": str(level.after.unit),
            "recipients": list(level.recipients),
            "kind": str(level.kind),
        }
        for level in ladder
    ]


def read_ladder(kept: Sequence[dict[str, Any]]) -> Ladder:
    """A kept ladder; raises KeyError or ValueError for what is none."""
    return check_ladder(
        tuple(
            Level(
                Wait(int(row["amount"]), Unit(row["unit"])),
                tuple(row["recipients"]),
                Kind(row["kind"]),
            )
            for row in kept
        )
    )


def moment_after(at: datetime, wait: Wait, schedule: Schedule | None) -> datetime:
    """The moment a wait away, in aware UTC.

    Where there are no hours, or nothing ever opens, working time passes like any other: a limit
    without hours must not fall silent.
    """
    if wait.amount == 0:
        return at.astimezone(UTC)
    if schedule is not None and wait.unit is not Unit.MINUTES:
        try:
            return _working_moment(at, wait, schedule)
        except NeverOpen:
            pass
    is_days = wait.unit is Unit.WORKING_DAYS
    length = timedelta(days=wait.amount) if is_days else timedelta(minutes=wait.amount)
    return (at + length).astimezone(UTC)


def _working_moment(at: datetime, wait: Wait, schedule: Schedule) -> datetime:
    if wait.unit is Unit.WORKING_DAYS:
        if wait.amount > 0:
            return end_after_days(schedule, at, wait.amount)
        return begin_before_days(schedule, at, -wait.amount)
    if wait.amount > 0:
        return end_after_minutes(schedule, at, wait.amount)
    return begin_before_minutes(schedule, at, -wait.amount)


def list_moments(ladder: Ladder, due_at: datetime, schedule: Schedule | None) -> list[datetime]:
    """When each level is reached; none earlier than the one before it, whatever the units."""
    moments: list[datetime] = []
    for level in ladder:
        moment = moment_after(due_at, level.after, schedule)
        moments.append(max(moment, moments[-1]) if moments else moment)
    return moments


def fire_at(ladder: Ladder, level: int, due_at: datetime, schedule: Schedule | None) -> datetime:
    """When a level, counted from 1, is reached."""
    return list_moments(ladder, due_at, schedule)[level - 1]


def level_due(ladder: Ladder, due_at: datetime, schedule: Schedule | None, now: datetime) -> int:
    """The highest level whose moment has come; 0 when it is none's."""
    return sum(moment <= now for moment in list_moments(ladder, due_at, schedule))


def next_repeat(raised_at: datetime, schedule: Schedule | None) -> datetime:
    """When the last level is raised again: at the opening of the next working date.

    Each working date once: the date on which it was raised last does not count again. Where a
    place does not open because it never closes, the hour of the day stays as it was.
    """
    if schedule is None:
        return raised_at + timedelta(days=1)
    local = raised_at.astimezone(schedule.zone)
    for day, stretches in schedule.open_dates(raised_at):
        if day <= local.date():
            continue
        opening = stretches[0][0]
        if schedule.is_open(opening - timedelta(minutes=1)):
            opening = datetime.combine(day, local.timetz())
        return opening.astimezone(UTC)
    return raised_at + timedelta(days=1)


def begin(ladder: Ladder, due_at: datetime, schedule: Schedule | None, now: datetime) -> Course:
    """How a limit begins that is set now.

    Whoever is given something shortly before it is due needs no warning of what was just said:
    levels whose moment before the due one is over are passed without a word.
    """
    past = 0
    if due_at > now:
        moments = zip(ladder, list_moments(ladder, due_at, schedule), strict=True)
        past = sum(moment <= now for _level, moment in moments)
    return Course(ladder, due_at, past)


def find_due(course: Course, schedule: Schedule | None, now: datetime) -> int | None:
    """The level that is to be raised now, if one is.

    After an outage the highest of those that were missed, alone; after the last level that one
    again, once however many days were missed.
    """
    level = level_due(course.ladder, course.due_at, schedule, now)
    if level > course.level:
        return level
    if course.is_at_last and next_look(course, schedule) <= now:
        return len(course.ladder)
    return None


def next_look(course: Course, schedule: Schedule | None) -> datetime:
    """When something may be due next; there is always such a moment."""
    if course.is_at_last:
        return next_repeat(course.raised_at or course.due_at, schedule)
    return fire_at(course.ladder, course.level + 1, course.due_at, schedule)


def look_after_pause(
    course: Course,
    *,
    due_at: datetime,
    paused_at: datetime,
    schedule: Schedule | None,
    now: datetime,
) -> datetime:
    """When something may be due next after a pause that moved the due moment to ``due_at``.

    Nothing that was still to come when the pause began comes at its end, whatever length the
    pause is said to have had: what would be over by then has as long as was left of it.
    """
    moved = next_look(replace(course, due_at=due_at), schedule)
    if course.is_at_last:
        return max(moved, next_repeat(now, schedule))
    left = next_look(course, schedule) - paused_at
    return moved if moved > now else now + max(left, MINUTE)


def retry_after(failures: int) -> timedelta:
    """How long a limit that could not be raised waits: longer each time, never for good."""
    return timedelta(minutes=min(60, 2 ** min(failures - 1, 6)))
