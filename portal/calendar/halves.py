"""Which half of a day is closed, as half-day clinics are announced (H-10); pure."""

from collections.abc import Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo


def closed_half(stretches: Sequence[tuple[datetime, datetime]], zone: ZoneInfo) -> str:
    """Which half has no time: "am", "pm", "all" when there is none at all, "" when both have.

    A morning that overruns noon by less than an hour is no afternoon yet.
    """
    if not stretches:
        return "all"
    begins = [start.astimezone(zone) for start, _end in stretches]
    has_morning = any(begin.hour < 12 for begin in begins)
    has_afternoon = any(
        end > datetime.combine(begin, time(13), zone)
        for begin, (_start, end) in zip(begins, stretches, strict=True)
    )
    return "" if has_morning and has_afternoon else "pm" if has_morning else "am"
