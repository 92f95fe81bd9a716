"""When the institution is open in the coming days, as its home page says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from portal.calendar.queries import get_openings
from portal.tenancy.queries import Tenant

DAYS = 7


@dataclass(frozen=True)
class DayHours:
    """The hours of one day; no intervals: closed, with the reason if there is one."""

    day: date
    intervals: list[tuple[datetime, datetime]]
    reason: Mapping[str, str]


def hours_of_institution(session: Session, tenant: Tenant, *, now: datetime) -> list[DayHours]:
    """The institution's own hours of today and the six days after it."""
    today = now.astimezone(tenant.zone).date()
    openings = get_openings(session, tenant.zone, tenant.region)
    return [
        DayHours(day, openings.on(None, day), openings.reason(None, day))
        for day in (today + timedelta(days=offset) for offset in range(DAYS))
    ]
