"""The rules of entering afterwards what happened at a window while the portal was away; pure."""

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from portal.calendar.local_time import moment_of
from portal.core.errors import N_, DomainError

NOON = time(12)


@dataclass(frozen=True)
class Written:
    """What stands on paper about one booking: times on the clock, or that nobody came."""

    arrived: time | None = None
    started: time | None = None
    finished: time | None = None
    is_missed: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written."""
        return self == Written()


@dataclass(frozen=True)
class Known:
    """What is known of the booking already."""

    day: date
    ends_at: datetime
    arrived_at: datetime | None = None
    started_at: datetime | None = None


@dataclass(frozen=True)
class Course:
    """The moments that are to be entered."""

    arrived_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    is_missed: bool = False


class Contradiction(DomainError):
    """Nobody can both have come and not have come."""

    default = N_("Either the person did not come, or there are times: not both.")


class StillToCome(DomainError):
    """What has not happened cannot be entered."""

    default = N_("This time is still to come.")


class OutOfOrder(DomainError):
    """Nobody is served before coming, or finished before being served."""

    default = N_("This is earlier than what comes before it.")


class NeverStarted(DomainError):
    """What was finished was begun."""

    default = N_("Write when serving began.")


def read_course(written: Written, known: Known, *, zone: ZoneInfo, now: datetime) -> Course:
    """What was written as moments of that day, in their order and none of them still to come.

    Raises Contradiction, NeverStarted, StillToCome and OutOfOrder, each on the box it is about.
    """
    times = {"arrived": written.arrived, "started": written.started, "finished": written.finished}
    if written.is_missed:
        if any(times.values()):
            raise Contradiction(field="missed")
        return Course(is_missed=True)
    if written.finished and not (written.started or known.started_at):
        raise NeverStarted(field="started")
    # What the person reported stands, whatever was written about it (W-YY-3).
    before = known.started_at or known.arrived_at
    moments: dict[str, datetime] = {}
    for name, clock in times.items():
        if clock is None:
            continue
        at = _on_the_day(clock, known, zone)
        if at > now:
            raise StillToCome(field=name)
        if before is not None and at < before and name != "arrived":
            raise OutOfOrder(field=name)
        moments[name] = at
        before = before if name == "arrived" and before else at
    return Course(moments.get("arrived"), moments.get("started"), moments.get("finished"))


def _on_the_day(clock: time, known: Known, zone: ZoneInfo) -> datetime:
    """A time as a moment; the morning of a booking that ends past midnight is the next day's."""
    is_next = known.ends_at.astimezone(zone).date() > known.day and clock < NOON
    return moment_of(known.day, clock.hour * 60 + clock.minute + (1440 if is_next else 0), zone)
