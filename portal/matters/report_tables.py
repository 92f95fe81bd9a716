"""The report of hops and time per holder as tables: for the page, for CSV and for the workbook."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.matters.reports_rules import MANY_HOPS, Held, Key, Summary
from portal.web.report_tables import NOTHING, in_minutes, said_time
from portal.web.spreadsheets import Cell, Sheet


def name_hops(hops: int) -> str:
    """A group of matters by how often each was passed on."""
    if not hops:
        text: str = _("Never passed on")
    elif hops < MANY_HOPS:
        text = ngettext("Passed on once", "Passed on %(num)d times", hops)
    else:
        text = _("Passed on %(num)d times and more", num=hops)
    return text


@dataclass(frozen=True)
class Line(Generic[Key]):
    """What a unit, or somebody of one, did with the matters that came."""

    key: Key
    label: str
    held: Held

    @property
    def mean(self) -> str:
        """Working time before passing on, on average."""
        return said_time(self.held.mean)

    @property
    def longest(self) -> str:
        """The longest time that a matter stayed."""
        return said_time(self.held.longest)

    @property
    def minutes(self) -> int:
        """The length of its bar."""
        return in_minutes(self.held.mean or timedelta())


def lines_of(summary: Summary[Key], name: Callable[[Key], str]) -> list[Line[Key]]:
    """Those who held anything: whoever keeps it longest before passing on comes first."""
    lines = [Line(key, name(key), held) for key, held in summary.held.items()]
    return sorted(lines, key=lambda line: (-line.minutes, line.label))


def hop_lines(summary: Summary[Key]) -> list[tuple[int, str, int]]:
    """Each group of hops: its code, its name, its number."""
    return [(hops, name_hops(hops), summary.by_hops[hops]) for hops in range(MANY_HOPS + 1)]


def as_sheets(
    summary: Summary[Key], tables: Mapping[str, Sequence[Line[Key]]], empty: tuple[int, int]
) -> list[Sheet]:
    """All figures of a month; ``tables`` by what their first column is called."""
    unanswered, unowned = empty
    heads = [_("Matters"), _("Passed on"), _("Minutes on average"), _("Longest, minutes")]
    return [
        Sheet(
            _("How often passed on"),
            [_("How often passed on"), _("Number")],
            [[label, number] for _hops, label, number in hop_lines(summary)],
        ),
        *(
            Sheet(title, [title, *heads], [[line.label, *_cells(line)] for line in lines])
            for title, lines in tables.items()
        ),
        Sheet(
            _("Must be empty"),
            [_("Must be empty"), _("Number")],
            [[_("No reply in time"), unanswered], [_("In nobody's hands"), unowned]],
        ),
    ]


def _cells(line: Line[Key]) -> list[Cell]:
    held = line.held
    mean = NOTHING if held.mean is None else in_minutes(held.mean)
    return [held.matters, held.passed, mean, in_minutes(held.longest)]
