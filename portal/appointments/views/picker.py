"""What the day and time picker shows, the same for citizens and for the window."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import g, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.appointments.availability import (
    Asker,
    TimeOption,
    find_next_time,
    list_days,
    list_times,
)
from portal.appointments.month import DayCell, build_month, window_of
from portal.appointments.rules import release_of
from portal.core.localized import pick
from portal.tenancy.resolve import settings
from portal.web.formats import current_reader, format_day, format_figures, format_month
from portal.web.languages import current_language


@dataclass(frozen=True)
class ShownDay:
    """A cell as the month component draws it."""

    number: int
    month: str
    name: str
    state: str
    word: str
    url: str
    is_chosen: bool


@dataclass(frozen=True)
class ShownTime:
    """A time as the slots component draws it."""

    value: int
    clock: str
    left: int
    is_chosen: bool


@dataclass(frozen=True)
class Picker:
    """Four weeks, and the times of the chosen day by half."""

    weeks: list[list[ShownDay]]
    title: str
    earlier_url: str
    later_url: str
    chosen: date | None
    groups: list[tuple[str, list[ShownTime]]]
    is_provisional: bool
    #: What of the chosen day is closed, in words; "" when nothing is.
    closed: str
    #: The institution's own word for what is closed, for the key of the month.
    closed_word: str

    @property
    def has_times(self) -> bool:
        """Whether any time of the chosen day can be shown."""
        return any(times for _legend, times in self.groups)

    @property
    def has_free(self) -> bool:
        """Whether a time of the chosen day can still be taken."""
        return any(time.left for _legend, times in self.groups for time in times)


def asked_day() -> date | None:
    """The day in the address, if it is one."""
    try:
        return date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return None


def build_picker(session: Session, *, service_id: int, asker: Asker) -> Picker:
    """Read the month and the times of the asked day; without one, of the next free day."""
    zone = g.institution.zone
    today = g.now.astimezone(zone).date()
    last_day = _last_released(today)
    chosen = asked_day()
    if chosen is None:
        soonest = find_next_time(session, service_id=service_id, asker=asker, now=g.now)
        chosen = soonest.astimezone(zone).date() if soonest else None
    first, last = window_of(chosen, today, last_day)
    days = list_days(
        session,
        service_id=service_id,
        first=first,
        last=min(last, last_day),
        asker=asker,
        now=g.now,
    )
    month = build_month(days, first=first, today=today, last_day=last_day, chosen=chosen)
    times = (
        list_times(session, service_id=service_id, day=chosen, asker=asker, now=g.now)
        if chosen
        else []
    )
    words = {
        "am": _("am"),
        "pm": _("pm"),
        "free": _("Free"),
        "full": _("Full"),
        "closed": pick(settings().words.closed, current_language())[0],
        "today": _("Today"),
    }
    return Picker(
        weeks=[[_shown_day(cell, today, words) for cell in week] for week in month.weeks],
        title=_title(first, last),
        earlier_url=_url(month.earlier) if month.earlier else "",
        later_url=_url(month.later) if month.later else "",
        chosen=chosen,
        groups=_groups(times),
        is_provisional=any(cell.is_provisional for week in month.weeks for cell in week),
        closed_word=words["closed"],
        closed=next((word_closed(day.closed) for day in days if day.day == chosen), ""),
    )


def word_closed(closed: str) -> str:
    """What of a day is closed, in the institution's own word (休診)."""
    if not closed:
        return ""
    word = pick(settings().words.closed, current_language())[0]
    halves = {"am": _("Morning"), "pm": _("Afternoon")}
    if closed not in halves:
        return word
    worded: str = _("%(half)s: %(closed)s", half=halves[closed], closed=word)
    return worded


def _last_released(today: date) -> date:
    """The last day that is open for booking at this moment."""
    rules = settings().booking
    last = today + timedelta(days=rules.horizon_days)
    release = release_of(last, rules.horizon_days, rules.release_time, g.institution.zone)
    return last if g.now >= release else last - timedelta(days=1)


def _url(day: date) -> str:
    """This page with another day; the claim to priority is kept."""
    priority = request.values.get("priority", "")
    return f"?day={day.isoformat()}" + (f"&priority={priority}" if priority.isalpha() else "")


def _title(first: date, last: date) -> str:
    """The months that the four weeks touch."""
    names = [_month(first)] if first.month == last.month else [_month(first), _month(last)]
    return "–".join(names)


def _month(day: date) -> str:
    return format_month(day, current_reader())


def _shown_day(cell: DayCell, today: date, words: dict[str, str]) -> ShownDay:
    half = cell.open_half if cell.status == "free" and cell.open_half in words else ""
    word = words.get(half or cell.status, words["today"] if cell.is_today else "")
    state = cell.status if cell.day >= today else ""
    return ShownDay(
        number=cell.day.day,
        month=_month(cell.day) if cell.day.day == 1 else "",
        name=" ".join(
            part
            for part in (
                format_day(cell.day, current_reader(), named=False),
                word_closed({"am": "pm", "pm": "am"}.get(cell.open_half, "")),
            )
            if part
        ),
        state=state,
        word=word if state or cell.is_today else "",
        url=_url(cell.day) if state == "free" or cell.is_chosen else "",
        is_chosen=cell.is_chosen,
    )


def _groups(times: Sequence[TimeOption]) -> list[tuple[str, list[ShownTime]]]:
    """Times by half of the day; what was sent stays chosen."""
    sent = request.form.get("slot", "", str)
    halves: dict[bool, list[ShownTime]] = {True: [], False: []}
    for time in times:
        local = time.starts_at.astimezone(g.institution.zone)
        halves[local.hour < 12].append(
            ShownTime(
                value=time.slot_id,
                clock=format_figures(time.starts_at, current_reader()),
                left=time.left,
                is_chosen=str(time.slot_id) == sent,
            )
        )
    return [(_("Morning"), halves[True]), (_("Afternoon"), halves[False])]
