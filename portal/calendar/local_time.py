"""The one place that turns a minute of a local day into a moment, through every clock change."""

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def moment_of(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """A minute of a local day, counted from its midnight, in aware UTC; 1440 and more: next days.

    A local time that a clock change skips means the moment of the change; one that comes twice
    means its first coming. Later minutes are therefore never earlier moments.
    """
    # Within one zone the sum moves the hands of the clock, whatever time really passes.
    local = datetime.combine(day, time(), zone) + timedelta(minutes=minutes)
    at = local.astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return at
    return _change_between(local.replace(fold=1).astimezone(UTC), at, zone)


def _change_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first second with the later of two offsets; a skipped time lies on both its sides."""
    later = after.astimezone(zone).utcoffset()
    seconds = bisect_left(
        range(int((after - before).total_seconds())),
        True,
        key=lambda second: (
            (before + timedelta(seconds=second)).astimezone(zone).utcoffset() == later
        ),
    )
    return before + timedelta(seconds=seconds)
