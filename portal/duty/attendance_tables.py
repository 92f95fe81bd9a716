"""Attendance as people read it and take it along: words for an entry, tables for a month."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.duty.attendance_models import AttendanceContest
from portal.duty.attendance_rules import Entry, Totals
from portal.duty.rules import MINUTE
from portal.web.spreadsheets import Cell, Sheet


@dataclass(frozen=True)
class Line:
    """Somebody with the entries of a month and what they come to."""

    staff_id: int
    number: str
    name: str
    entries: Sequence[Entry]
    totals: Totals


def said(length: timedelta) -> str:
    """A length in hours and minutes, rounded down to minutes."""
    hours, minutes = divmod(length // MINUTE, 60)
    if not hours:
        text: str = _("%(minutes)d min", minutes=minutes)
    else:
        text = _("%(hours)d h %(minutes)d min", hours=hours, minutes=minutes)
    return text


def word(entry: Entry, contest: AttendanceContest | None = None) -> list[tuple[str, str]]:
    """What is to be said of an entry: a state of the portal's tags, and words."""
    found = []
    if entry.is_absent:
        found.append(("over", _("Absent")))
    if entry.late:
        found.append(("near", ngettext("%(num)d minute late", "%(num)d minutes late", entry.late)))
    if entry.early:
        text = ngettext("Left %(num)d minute early", "Left %(num)d minutes early", entry.early)
        found.append(("near", text))
    if entry.is_forgotten:
        found.append(("away", _("Did not sign out")))
    if entry.is_relieved:
        found.append(("next", _("Handed over before the end")))
    if entry.is_in_order:
        found.append(("done", _("In order")))
    if contest is not None:
        found.append(word_contest(contest))
    return found


def word_contest(contest: AttendanceContest) -> tuple[str, str]:
    """Where a contest stands."""
    if contest.decided_at is None:
        return "open", _("Contested, not decided yet")
    if contest.is_upheld:
        return "done", _("Excused")
    return "closed", _("Contested, stays as it is")


def as_sheets(
    lines: Sequence[Line],
    contests: Mapping[int, AttendanceContest],
    plates: Mapping[int, str],
    zone: ZoneInfo,
) -> list[Sheet]:
    """The totals of everybody, and every entry."""
    who = [_("Staff number"), _("Name")]
    hours = [_("Minutes due"), _("Minutes there")]
    return [
        Sheet(_("Totals"), [*who, *hours, *_counted()], [_cells(line) for line in lines]),
        Sheet(
            _("Entries"),
            [*who, _("Window"), _("From when"), _("Until"), *hours, _("What came of it")],
            [
                [
                    line.number,
                    line.name,
                    plates.get(entry.post_id, ""),
                    _hands(entry.start, zone),
                    _hands(entry.end, zone),
                    entry.due // MINUTE,
                    entry.there // MINUTE,
                    ", ".join(text for _tag, text in word(entry, contests.get(entry.shift_id))),
                ]
                for line in lines
                for entry in line.entries
            ],
        ),
    ]


def as_rows(sheet: Sheet) -> Iterable[Sequence[Cell]]:
    """A sheet with its heads."""
    return [list(sheet.heads), *sheet.rows]


def _counted() -> list[str]:
    return [_("Late"), _("Left early"), _("Absent"), _("Excused")]


def _cells(line: Line) -> list[Cell]:
    totals = line.totals
    figures = [totals.due // MINUTE, totals.there // MINUTE]
    counts = [totals.late, totals.early, totals.absent, totals.excused]
    return [line.number, line.name, *figures, *counts]


def _hands(at: datetime, zone: ZoneInfo) -> str:
    """A moment by the institution's clock, as spreadsheets read it."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
