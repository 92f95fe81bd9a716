"""What stands beside the desk: who is on duty, who comes today, and what is late."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import g

from portal.alarms.queries import AlarmLine, list_alarms_of
from portal.appointments.models import Booking
from portal.appointments.permissions import SERVE
from portal.appointments.queries import list_coming
from portal.catalog.queries import list_posts_by_id, list_service_names
from portal.core.localized import Localized
from portal.core.session import db
from portal.duty.queries import Seat, list_seats_near
from portal.duty.rules import Standing
from portal.identity.queries.principals import StaffPrincipal
from portal.matters.desk_events import DeskAsked, DeskLine, ask_desk
from portal.matters.queries import Viewer
from portal.web import guards

#: Rows of each list; the rest stands on the page that it leads to.
SHOWN = 6


@dataclass(frozen=True)
class Aside:
    """Who is at the posts now, today's visits at one's own, one's open alarms; all cut short."""

    seats: Sequence[Seat]
    visits: Sequence[Booking]
    services: Mapping[int, Localized]
    alarms: Sequence[AlarmLine]
    #: All of them, shown or not.
    alarm_count: int
    #: What else waits, by what the floors above know.
    lines: Sequence[DeskLine] = ()

    @property
    def stamp(self) -> list[object]:
        """Changes with anything that is shown."""
        visits = [(visit.id, visit.state, visit.starts_at) for visit in self.visits]
        alarms = [
            (line.alarm.id, line.alarm.due_at, line.alarm.acknowledged_at) for line in self.alarms
        ]
        lines = [(line.said, line.values, line.due_at) for line in self.lines]
        return [visits, alarms, self.alarm_count, lines, [seat.facts for seat in self.seats]]


def read_aside(viewer: Viewer) -> Aside:
    """The same number of statements whatever there is: posts, visits, services, and alarms."""
    near = list_seats_near(
        db.session(), post_ids=viewer.posts, unit_id=_principal().unit_id, now=g.now
    )
    seats = [seat for seat in near if seat.standing != Standing.CLOSED]
    listing = list_alarms_of(db.session(), viewer.staff_id)
    day = g.now.astimezone(g.institution.zone).date()
    visits = list_coming(db.session(), post_ids=_served(viewer), day=day, limit=SHOWN)
    services = sorted({visit.service_id for visit in visits})
    return Aside(
        seats[:SHOWN],
        visits,
        list_service_names(db.session(), services),
        listing.rows[:SHOWN],
        listing.total,
        ask_desk(DeskAsked(db.session(), viewer.staff_id, g.now))[:SHOWN],
    )


def _served(viewer: Viewer) -> list[int]:
    """The posts at which somebody serves, and may see who comes."""
    units = _principal().holdings.units_of(SERVE)
    posts = list_posts_by_id(db.session(), sorted(viewer.posts))
    return [post.id for post in posts.values() if units is None or post.unit_id in units]


def _principal() -> StaffPrincipal:
    principal = guards.current_staff()
    assert isinstance(principal, StaffPrincipal)
    return principal
