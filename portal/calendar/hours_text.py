"""Opening hours as people type them, such as 9:00-12:00, 13:30-17:00; pure."""

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from portal.calendar.opening import MINUTES_OF_DAY, Day, Interval
from portal.core.errors import N_, DomainError

#: What stands between two times of one stretch, after full-width forms became half-width; the
#: last two are the Chinese words for "until".
_DASHES = str.maketrans(dict.fromkeys("~〜∼‐‑‒–—―−－\u81f3\u5230", "-"))
_BETWEEN = re.compile(r"[,;、，；\n]")
_STRETCH = re.compile(r"(\d{1,2})(?::(\d{2}))?-+(\d{1,2})(?::(\d{2}))?", re.ASCII)
#: What a closed day may be called in so many words.
CLOSED = "-"
#: How much of what was typed an error repeats.
_ECHO = 20


class UnreadableHours(DomainError):
    """What was typed does not look like hours."""

    default = N_("Write hours like 9:00-12:00, 13:30-17:00. This is not clear: %(part)s")


class BackwardHours(DomainError):
    """A stretch that ends before it begins; one over midnight is written with a later hour."""

    default = N_("%(part)s ends before it begins. Past midnight, write 22:00-30:00.")


class OverlappingHours(DomainError):
    """Two stretches share time."""

    default = N_("%(first)s and %(second)s overlap. Join them into one.")


def read_hours(text: str) -> Day:
    """The hours of a day as typed; nothing or a hyphen means closed.

    Full-width characters, Chinese commas and any kind of dash are understood. Raises
    UnreadableHours, BackwardHours and OverlappingHours.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES)
    parts = [re.sub(r"\s+", "", part) for part in _BETWEEN.split(plain)]
    parts = [part for part in parts if part]
    if not parts or parts == [CLOSED]:
        return ()
    day = tuple(sorted(_read_stretch(part) for part in parts))
    for before, after in pairwise(day):
        if after.start < before.end:
            raise OverlappingHours(first=_write(before), second=_write(after))
    return day


def write_hours(day: Day) -> str:
    """The hours of a day as they would be typed; empty when closed."""
    return ", ".join(_write(interval) for interval in day)


def find_overrun(week: Sequence[Day]) -> int | None:
    """The first weekday whose hours begin before those of the night before have ended."""
    for number, day in enumerate(week):
        night = week[number - 1]
        if day and night and night[-1].end - MINUTES_OF_DAY > day[0].start:
            return number
    return None


def _read_stretch(part: str) -> Interval:
    found = _STRETCH.fullmatch(part)
    if found is None:
        raise UnreadableHours(part=part[:_ECHO])
    first, second, third, fourth = (int(figure or 0) for figure in found.groups())
    start, end = first * 60 + second, third * 60 + fourth
    if max(second, fourth) > 59 or start >= MINUTES_OF_DAY or end > 2 * MINUTES_OF_DAY:
        raise UnreadableHours(part=part[:_ECHO])
    if start >= end:
        raise BackwardHours(part=part[:_ECHO])
    return Interval(start, end)


def _write(interval: Interval) -> str:
    return "-".join(
        f"{minutes // 60}:{minutes % 60:02}" for minutes in (interval.start, interval.end)
    )
