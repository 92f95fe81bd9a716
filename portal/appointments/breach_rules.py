"""When the office has broken a promised time (W-YY-3), and how near it is to that (AL-13)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.appointments.rules import State
from portal.core.errors import N_, DomainError
from portal.tenancy.settings import BookingRules


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


def standing(course: Course, state: State, rules: BookingRules, now: datetime) -> Standing:
    """What to warn of while a person is here; the last minutes of a time already count as near."""
    if state is State.SERVING and now > course.ends_at:
        return Standing.RUNNING_OVER
    warned = course.ends_at - timedelta(minutes=rules.breach_start_minutes)
    is_near = warned <= now <= breaks_at(course, rules)
    if state is State.ARRIVED and is_near and came_in_time(course, rules):
        return Standing.NEAR
    return Standing.FINE
