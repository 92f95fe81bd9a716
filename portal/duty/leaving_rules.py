"""When whoever is at a post should have signed out; pure."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.duty.coverage import Stretch, unite

#: How long before the beginning somebody comes to it, and not to something before.
EARLY = timedelta(hours=2)
#: The longest pause, as at noon, through which somebody stays signed in.
PAUSE = timedelta(hours=3)


def find_due_out(
    shifts: Sequence[Stretch],
    hours: Sequence[Stretch],
    signed_in_at: datetime,
    zone: ZoneInfo,
) -> datetime:
    """When the duty ends that somebody came for: of the own shifts there, else of the post's hours.

    Pauses of the day lie within it. Whoever comes when nothing is kept, stays for that day.
    """
    for stretches in (unite(shifts), unite(hours)):
        first = _find_first(stretches, signed_in_at)
        if first is not None:
            return _follow(stretches[first:])
    midnight = signed_in_at.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(midnight, time(), zone)


def _find_first(stretches: Sequence[Stretch], signed_in_at: datetime) -> int | None:
    for number, (start, end) in enumerate(stretches):
        if end > signed_in_at:
            return number if start <= signed_in_at + EARLY else None
    return None


def _follow(stretches: Sequence[Stretch]) -> datetime:
    """The end of the first and of all that go on after a pause."""
    end = stretches[0][1]
    for start, until in stretches[1:]:
        if start > end + PAUSE:
            break
        end = until
    return end
