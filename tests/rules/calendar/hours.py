"""Schedules and moments that the tests of the calendar share."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from portal.calendar.holidays import HolidayCalendar
from portal.calendar.opening import Day, Interval, Pattern, Schedule

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
SINCE = date(2020, 1, 1)
#: 09:00–12:00 and 13:30–17:00: 390 minutes.
WEEKDAY: Day = (Interval(540, 720), Interval(810, 1020))
NIGHT: Day = (Interval(22 * 60, 30 * 60),)


def schedule(zone: ZoneInfo = SHANGHAI, region: str = "CN", **changes: Any) -> Schedule:
    """Weekdays 09:00–12:00 and 13:30–17:00, but for what is changed."""
    week = (WEEKDAY,) * 5 + ((), ())
    parts: dict[str, Any] = {
        "zone": zone,
        "calendar": HolidayCalendar(region),
        "patterns": [Pattern(SINCE, week)],
    }
    return Schedule(**{**parts, **changes})


def every_day(day: Day, zone: ZoneInfo = SHANGHAI, **changes: Any) -> Schedule:
    """The same hours on all days, in a year whose holidays have them too."""
    return schedule(zone, patterns=[Pattern(SINCE, (day,) * 7, holiday=day)], **changes)


def local(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    """A local time of 2026, as in ``11-24 09:00``."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=zone)


#: Any minute of ten months of 2026, both clock changes of a year in sight.
moments = st.integers(0, 300 * 24 * 60).map(
    lambda minute: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
)


@st.composite
def days(draw: st.DrawFn) -> Day:
    """The hours of a day: up to three stretches, the last of which may pass midnight."""
    marks = draw(st.lists(st.integers(0, 95), max_size=6, unique=True).map(sorted))
    pairs = [
        Interval(start * 15, end * 15) for start, end in zip(marks[::2], marks[1::2], strict=False)
    ]
    if len(marks) % 2:
        pairs.append(Interval(marks[-1] * 15, marks[-1] * 15 + draw(st.integers(1, 48)) * 15))
    return tuple(pairs)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Any week in any of three zones; each may overlap its own next day, and one day is open."""
    week = [draw(days()) for _weekday in range(6)] + [WEEKDAY]
    zone = draw(st.sampled_from([SHANGHAI, BERLIN, NEW_YORK]))
    region = draw(st.sampled_from(["CN", "TW", "HK", "MO"]))
    return schedule(zone, region, patterns=[Pattern(SINCE, tuple(week), draw(days()))])  # type: ignore[arg-type]
