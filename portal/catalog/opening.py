"""When the institution is open in the coming days, as its home page says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from portal.calendar.halves import closed_half
from portal.calendar.queries import get_openings
from portal.tenancy.queries import Tenant

DAYS = 7


@dataclass(frozen=True)
class DayHours:
    """The hours of one day; no intervals: closed, with the reason if there is one."""

    day: date
    intervals: list[tuple[datetime, datetime]]
    reason: Mapping[str, str]
    #: "", "am", "pm" or "all": what of the day is closed.
    closed: str


def hours_of_institution(session: Session, tenant: Tenant, *, now: datetime) -> list[DayHours]:
    """The institution's own hours of today and the six days after it."""
    today = now.astimezone(tenant.zone).date()
    openings = get_openings(session, tenant.zone, tenant.region)
    found = []
    for day in (today + timedelta(days=offset) for offset in range(DAYS)):
        stretches = openings.on(None, day)
        closed = closed_half(stretches, tenant.zone)
        found.append(DayHours(day, stretches, openings.reason(None, day), closed))
    return found
