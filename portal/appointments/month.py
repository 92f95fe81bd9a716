"""The rolling four weeks of the day picker, Sunday first; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from portal.appointments.availability import DayOption

WEEKS = 4


@dataclass(frozen=True)
class DayCell:
    """A cell of the picker: ``status`` is free, full, closed, or empty outside the horizon."""

    day: date
    status: str
    #: "am" or "pm" when only that half is open.
    open_half: str
    is_today: bool
    is_chosen: bool
    is_provisional: bool


@dataclass(frozen=True)
class Month:
    """Four weeks with the way to the four before and after them."""

    weeks: list[list[DayCell]]
    first: date
    last: date
    earlier: date | None
    later: date | None


def window_of(shown: date | None, today: date, last_day: date) -> tuple[date, date]:
    """First and last day of the four weeks that contain ``shown``, within the horizon."""
    start = _sunday(today)
    if shown is not None and today <= shown <= last_day:
        start += timedelta(weeks=WEEKS) * ((_sunday(shown) - start).days // (7 * WEEKS))
    return start, start + timedelta(days=7 * WEEKS - 1)


def build_month(
    options: Sequence[DayOption],
    *,
    first: date,
    today: date,
    last_day: date,
    chosen: date | None,
) -> Month:
    """Lay the published days out in weeks; days not published stay plain figures."""
    known = {option.day: option for option in options}
    cells = [
        _cell(
            known.get(first + timedelta(days=offset)), first + timedelta(days=offset), today, chosen
        )
        for offset in range(7 * WEEKS)
    ]
    last = cells[-1].day
    return Month(
        weeks=[cells[start : start + 7] for start in range(0, len(cells), 7)],
        first=first,
        last=last,
        earlier=first - timedelta(days=1) if first > today else None,
        later=last + timedelta(days=1) if last < last_day else None,
    )


def _cell(option: DayOption | None, day: date, today: date, chosen: date | None) -> DayCell:
    status, open_half = "", ""
    if option is not None:
        if option.closed == "all":
            status = "closed"
        else:
            status = "free" if option.has_place else "full"
            open_half = {"am": "pm", "pm": "am"}.get(option.closed, "")
    return DayCell(
        day=day,
        status=status,
        open_half=open_half,
        is_today=day == today,
        is_chosen=day == chosen,
        is_provisional=bool(option and option.is_provisional),
    )


def _sunday(day: date) -> date:
    return day - timedelta(days=(day.weekday() + 1) % 7)
