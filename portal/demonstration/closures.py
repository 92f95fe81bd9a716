"""An afternoon ahead that a window closes: its people are moved, and some have answered."""

from collections import Counter
from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.closure_models import ClosedBooking
from portal.appointments.closure_rules import Fate
from portal.appointments.models import Booking
from portal.appointments.rules import State
from portal.appointments.services.answering import accept_new_time
from portal.appointments.services.closing import close_hours_of_post
from portal.appointments.services.settling import settle
from portal.calendar.local_time import moment_of
from portal.calendar.opening import MINUTES_OF_DAY
from portal.catalog.models import Post
from portal.core.actor import Actor
from portal.core.errors import DomainError
from portal.demonstration.people import REASON
from portal.demonstration.scene import Scene

NOON = 12 * 60
#: Days ahead of the closed afternoon: late enough for a fair choice, soon enough to be seen.
FIRST, LAST = 2, 9


def close_an_afternoon(scene: Scene) -> None:
    """Close the coming afternoon of a window that most people have booked."""
    chosen = _fullest_afternoon(scene)
    if chosen is None:
        return
    post_id, day = chosen
    session, clerk = scene.session, scene.clerks[post_id]
    closure = close_hours_of_post(
        session,
        post=session.get_one(Post, post_id),
        from_at=moment_of(day, NOON, scene.tenant.zone),
        until_at=moment_of(day, MINUTES_OF_DAY, scene.tenant.zone),
        reason=REASON,
        actor=clerk,
        now=scene.now,
    )
    rows = session.scalars(
        select(ClosedBooking)
        .where(ClosedBooking.closure_id == closure.id)
        .order_by(ClosedBooking.id)
    ).all()
    for number, row in enumerate(rows):
        try:
            settle(session, row_id=row.id, now=scene.now)
        except DomainError:
            # The worker settles it later.
            continue
        if number % 2 and row.state == Fate.MOVED:
            _agree(session, row, scene.now)


def _fullest_afternoon(scene: Scene) -> tuple[int, date] | None:
    booked: Counter[tuple[int, date]] = Counter()
    for booking in scene.session.scalars(
        select(Booking).where(Booking.state == str(State.BOOKED), Booking.starts_at > scene.now)
    ):
        local = booking.starts_at.astimezone(scene.tenant.zone)
        is_near = FIRST <= (local.date() - scene.today).days <= LAST
        if is_near and local.time() >= time(12) and booking.post_id in scene.clerks:
            booked[booking.post_id, local.date()] += 1
    return max(sorted(booked), key=lambda each: booked[each], default=None)


def _agree(session: Session, row: ClosedBooking, now: datetime) -> None:
    booking = session.get_one(Booking, row.booking_id)
    if booking.contact_id is not None:
        accept_new_time(
            session,
            booking=booking,
            version=booking.version,
            actor=Actor("citizen", booking.contact_id),
            now=now,
        )
