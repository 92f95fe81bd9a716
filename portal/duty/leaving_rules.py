"""When whoever is at a post should have signed out; pure."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.duty.coverage import Stretch, unite

#: How long before the beginning somebody comes to it, and not to something before.
EARLY = timedelta(hours=2)
#: The longest pause, as at noon, through which somebody stays signed in.
PAUSE = timedelta(hours=3)
#: How long whoever comes without a shift stays at a desk that does not close for a day or longer.
LONGEST_STAY = timedelta(hours=16)
DAY = timedelta(days=1)


def find_due_out(
    shifts: Sequence[Stretch],
    hours: Sequence[Stretch],
    signed_in_at: datetime,
    zone: ZoneInfo,
) -> datetime:
    """When the duty ends that somebody came for: of the own shifts there, else of the post's hours.

    Pauses of the day lie within it. Whoever comes when nothing is kept, stays for that day; at a
    desk that does not close, the longest stay, and on to the end of an own shift by then.
    """
    own, opened = unite(shifts), unite(hours)
    first = _find_first(own, signed_in_at)
    if first is not None:
        return _follow(own[first:])
    first = _find_first(opened, signed_in_at)
    if first is not None:
        start, end = opened[first]
        if end - start < DAY:
            return _follow(opened[first:])
        return min(end, _stay(own, signed_in_at + LONGEST_STAY))
    midnight = signed_in_at.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(midnight, time(), zone)


def _find_first(stretches: Sequence[Stretch], signed_in_at: datetime) -> int | None:
    for number, (start, end) in enumerate(stretches):
        if end > signed_in_at:
            return number if start <= signed_in_at + EARLY else None
    return None


def _stay(shifts: Sequence[Stretch], until: datetime) -> datetime:
    """Until then, or to the end of the shift that runs by then."""
    return next((end for start, end in shifts if start < until < end), until)


def _follow(stretches: Sequence[Stretch]) -> datetime:
    """The end of the first and of all that go on after a pause."""
    end = stretches[0][1]
    for start, until in stretches[1:]:
        if start > end + PAUSE:
            break
        end = until
    return end
