"""What a day list warns of beside a person's state: promises near breaking or broken (AL-13)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import g
from flask_babel import gettext as _

from portal.appointments.breach_queries import find_broken
from portal.appointments.breach_rules import Standing, breaks_at, standing
from portal.appointments.models import Booking
from portal.appointments.rules import State
from portal.appointments.services.breaches import course_of
from portal.core.session import db
from portal.tenancy.resolve import settings
from portal.web.formats import current_reader, format_clock


@dataclass(frozen=True)
class Alarm:
    """A tag in the place of the state's own, and whether the promise is broken for good."""

    tag: str
    word: str
    is_broken: bool = False


def alarms_of(bookings: Sequence[Booking]) -> dict[int, Alarm]:
    """What to warn of, by booking; one statement for the whole list."""
    broken = find_broken(db.session(), bookings) if bookings else set()
    found = {booking.id: _alarm_of(booking, is_broken=booking.id in broken) for booking in bookings}
    return {booking_id: alarm for booking_id, alarm in found.items() if alarm is not None}


def _alarm_of(booking: Booking, *, is_broken: bool) -> Alarm | None:
    rules, course, state = settings().booking, course_of(booking), State(booking.state)
    stands = standing(course, state, rules, g.now)
    if stands is Standing.RUNNING_OVER:
        minutes = (g.now - booking.ends_at) // timedelta(minutes=1)
        return Alarm("over", _("%(minutes)s minutes over", minutes=minutes), is_broken)
    if stands is Standing.NEAR:
        latest = format_clock(breaks_at(course, rules), current_reader())
        return Alarm("near", _("Begin by %(time)s", time=latest), is_broken)
    if is_broken and state in {State.BOOKED, State.ARRIVED}:
        return Alarm("over", _("Promise broken"), is_broken)
    return Alarm("", "", is_broken) if is_broken else None
