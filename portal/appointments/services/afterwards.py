"""Entering afterwards what happened at a window: the usual steps, with the times they had."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.appointments.afterwards_rules import Course
from portal.appointments.models import Booking
from portal.appointments.services import window
from portal.core.actor import Actor
from portal.tenancy.settings import BookingRules


def enter_course(
    session: Session,
    *,
    booking: Booking,
    version: int,
    course: Course,
    rules: BookingRules,
    actor: Actor,
    now: datetime,
) -> None:
    """Take a booking through what happened to it, all of it or nothing.

    The ledger has each step at the moment of entering, marked with when it happened. Raises
    Stale, WrongState and TooEarly; whoever enters several may go on with the next.
    """
    with session.begin_nested():
        if course.is_missed:
            due = booking.starts_at + timedelta(minutes=rules.grace_minutes)
            window.note_no_show(
                session,
                booking=booking,
                version=version,
                rules=rules,
                actor=actor,
                now=now,
                happened_at=min(due, now),
            )
        if course.arrived_at is not None:
            window.note_arrival(
                session,
                booking=booking,
                version=version,
                actor=actor,
                now=now,
                happened_at=course.arrived_at,
            )
            version = booking.version
        if course.started_at is not None:
            window.start_serving(
                session,
                booking=booking,
                version=version,
                actor=actor,
                now=now,
                happened_at=course.started_at,
            )
            version = booking.version
        if course.finished_at is not None:
            window.finish(
                session,
                served=booking,
                version=version,
                actor=actor,
                now=now,
                happened_at=course.finished_at,
            )
