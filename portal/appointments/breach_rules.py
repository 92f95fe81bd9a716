"""When the office has broken a promised time (W-YY-3), and how near it is to that (AL-13)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.appointments.rules import State
from portal.calendar.opening import NeverOpen, Schedule
from portal.calendar.working_time import end_after_minutes
from portal.core.errors import N_, DomainError
from portal.tenancy.settings import BookingRules

MINUTE = timedelta(minutes=1)
#: How much open time a window has, after an outage of the portal, to enter what stands on paper
#: before the system writes down what it then still takes for broken; and the days it has at most.
ENTERING, LATEST_ENTERING = timedelta(hours=2), timedelta(days=12)


class Standing(StrEnum):
    """What a row of the day list warns of beside its state."""

    FINE = ""
    #: Here in time and not yet started, while the promise is about to break.
    NEAR = "near"
    #: Under way, and past its end (P-4.2.1.1b).
    RUNNING_OVER = "running_over"


class StillHere(DomainError):
    """Who reported being here is not sent away by others before it is said whose fault it was."""

    default = N_("This person reported being here. Only they can give up this time themselves.")


class AlreadySent(DomainError):
    """A broken promise has one complaint, with the words it was sent with."""

    default = N_("Your complaint has been sent already. The answer will stand on this page.")


class AlreadyAnswered(DomainError):
    """An answer that the citizen has been told stays as it is."""

    default = N_("Somebody has answered this complaint already.")


@dataclass(frozen=True)
class Course:
    """A promised time, when the person came for it and when they were served."""

    starts_at: datetime
    ends_at: datetime
    arrived_at: datetime | None
    started_at: datetime | None


def came_in_time(course: Course, rules: BookingRules) -> bool:
    """Whether the person was here early enough for the promise to bind the office."""
    latest = course.starts_at + timedelta(minutes=rules.breach_arrival_minutes)
    return course.arrived_at is not None and course.arrived_at <= latest


def breaks_at(course: Course, rules: BookingRules) -> datetime:
    """The last moment at which serving may begin; after it the promise is broken."""
    return course.ends_at + timedelta(minutes=rules.breach_start_minutes)


def is_broken(course: Course, rules: BookingRules, now: datetime) -> bool:
    """Whether a person who was here in time was not started in time (W-YY-3).

    Who came later than that is served within the grace, without a verdict.
    """
    begun = course.started_at or now
    return came_in_time(course, rules) and begun > breaks_at(course, rules)


def is_hit(course: Course, rules: BookingRules, began_at: datetime, ended_at: datetime) -> bool:
    """Whether an outage lay where the promise could be kept: paper may know that it was."""
    return began_at < breaks_at(course, rules) and ended_at > course.starts_at


def entering_ends(schedule: Schedule | None, ended_at: datetime) -> datetime:
    """Until when the window may first enter what stands on paper: two hours in which it is open.

    However long it stays closed, no longer than the days after which the sweep still looks.
    """
    try:
        end = end_after_minutes(schedule, ended_at, ENTERING // MINUTE) if schedule else None
    except NeverOpen:
        end = None
    return min(end or ended_at + ENTERING, ended_at + LATEST_ENTERING)


def standing(course: Course, state: State, rules: BookingRules, now: datetime) -> Standing:
    """What to warn of while a person is here; the last minutes of a time already count as near."""
    if state is State.SERVING and now > course.ends_at:
        return Standing.RUNNING_OVER
    warned = course.ends_at - timedelta(minutes=rules.breach_start_minutes)
    is_near = warned <= now <= breaks_at(course, rules)
    if state is State.ARRIVED and is_near and came_in_time(course, rules):
        return Standing.NEAR
    return Standing.FINE
