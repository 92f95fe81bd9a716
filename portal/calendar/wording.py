"""Opening hours in the reader's words."""

from datetime import time

from flask_babel import gettext as _

from portal.calendar.forms import WEEKDAYS
from portal.calendar.holidays import DayKind
from portal.calendar.opening import ALL_DAY, MINUTES_OF_DAY, Day, Interval, Pattern
from portal.calendar.upcoming import Change, ChangeKind
from portal.core.localized import Localized, pick
from portal.web.formats import current_reader, format_hours
from portal.web.languages import current_language

Lines = list[str]


def named(text: Localized) -> str:
    """An institution's own text in the reader's language."""
    return pick(text, current_language())[0]


def word_day(day: Day) -> Lines:
    """The hours of a day, a line for each stretch."""
    if day == ALL_DAY:
        return [_("24 hours")]
    return [_word(interval) for interval in day] or [_("Closed")]


def word_week(pattern: Pattern) -> list[tuple[str, Lines]]:
    """The hours of a week with holidays and make-up workdays, a row for each."""
    makeup = [_("Like Monday")] if pattern.makeup is None else word_day(pattern.makeup)
    return [
        *((str(name), word_day(day)) for name, day in zip(WEEKDAYS, pattern.week, strict=True)),
        (_("Public holidays"), word_day(pattern.holiday)),
        (_("Make-up workdays"), makeup),
    ]


def word_kind(kind: DayKind) -> str:
    """What a day is in its region."""
    words: dict[DayKind, str] = {
        DayKind.HOLIDAY: _("Public holiday"),
        DayKind.MAKEUP: _("Make-up workday"),
        DayKind.WEEKDAY: _("Like every week"),
        DayKind.WEEKEND: _("Like every week"),
    }
    return words[kind]


def word_change(change: Change) -> str:
    """Why hours change."""
    given = pick(change.opening.reason, current_language())[0]
    words: dict[ChangeKind, str] = {
        ChangeKind.EXCEPTION: given or _("Exception"),
        ChangeKind.WEEK: _("New hours begin"),
        ChangeKind.HOLIDAY: given or _("Public holiday"),
        ChangeKind.MAKEUP: _("Make-up workday"),
    }
    return words[change.kind]


def _word(interval: Interval) -> str:
    hours = format_hours(_clock(interval.start), _clock(interval.end), current_reader())
    if interval.end <= MINUTES_OF_DAY:
        return hours
    worded: str = _("%(hours)s the next day", hours=hours)
    return worded


def _clock(minutes: int) -> time:
    return time(*divmod(minutes % MINUTES_OF_DAY, 60))
