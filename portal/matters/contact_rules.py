"""First contact: until when a person hears from whoever handles the matter (P-5.2a); pure."""

from datetime import datetime, timedelta

from portal.calendar.opening import NeverOpen, Schedule
from portal.calendar.working_time import end_after_minutes


def contact_until(
    schedule: Schedule | None, at: datetime, *, open_minutes: int, closed_minutes: int
) -> datetime:
    """Until when somebody speaks with the person, counted from ``at``, in aware UTC.

    Open minutes of the institution while it is open; outside its hours, and where it has none,
    minutes of the clock.
    """
    if schedule is not None and schedule.is_open(at):
        try:
            return end_after_minutes(schedule, at, open_minutes)
        except NeverOpen:
            pass
    return at + timedelta(minutes=closed_minutes)
