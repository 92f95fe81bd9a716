"""The report of who is ready to stand in as tables: for the page, for CSV and for the workbook."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.catalog.models import Post
from portal.catalog.views.reach import named
from portal.core.errors import N_
from portal.core.shares import share
from portal.duty.kept_rules import MISSED, Answer, Call
from portal.duty.readiness_rules import (
    LACK_LABELS,
    MINUTE,
    Fit,
    Lack,
    Readiness,
    Standby,
)
from portal.tenancy.resolve import word
from portal.web.formats import current_reader, format_day
from portal.web.report_tables import NOTHING, percent
from portal.web.spreadsheets import Cell, Sheet

#: What a figure counts, by its name in an address.
FIGURE_LABELS: Mapping[str, str] = {
    "gaps": N_("Nobody could step in"),
    "in_time": N_("Somebody came in time"),
    "missed": N_("Nobody came in time"),
}
#: What to do about it.
WAYS_OUT: Mapping[Lack, str] = {
    Lack.NOBODY: N_("Name somebody as B"),
    Lack.UNSIGNED: N_("Ask to sign"),
    Lack.UNQUALIFIED: N_("Who is qualified"),
    Lack.EXPIRED: N_("Who is qualified"),
    Lack.NEVER_FREE: N_("See the roster"),
}


@dataclass(frozen=True)
class Line:
    """A post with what is to be said of it."""

    post: Post
    ready: Readiness

    @property
    def label(self) -> str:
        """What it is called."""
        return f"{self.post.plate} {named(self.post.name)}"

    @property
    def reasons(self) -> list[tuple[Lack, str]]:
        """Why nobody is ready, in words; with the kind of it."""
        return [(lack, _(LACK_LABELS[lack], name=name)) for lack, name in self.ready.reasons]

    @property
    def possible(self) -> str:
        """In how much of the required time somebody could step in."""
        return percent(self.ready.possible)

    def free(self, one: Standby) -> str:
        """The same of one person."""
        whole = int(self.ready.required / MINUTE)
        return percent(share(int(one.free / MINUTE), whole))

    @property
    def calls(self) -> Mapping[str, Sequence[Call]]:
        """Requests to stand in that each figure counts."""
        return {
            "in_time": [call for call in self.ready.calls if call.answer is Answer.IN_TIME],
            "missed": [call for call in self.ready.calls if call.answer in MISSED],
        }


def lines_of(found: Mapping[Post, Readiness]) -> list[Line]:
    """A line for each post, in the order given."""
    return [Line(post, ready) for post, ready in found.items()]


def say_signed(fit: Fit) -> str:
    """Whether the duty statement is signed."""
    if fit.is_signed is None:
        text: str = _("The post has no statement")
    else:
        text = _("Signed") if fit.is_signed else _("Not signed")
    return text


def say_qualified(fit: Fit, zone: ZoneInfo) -> str:
    """Up to which day somebody is qualified for all that is asked at a post."""
    if fit.unqualified is Lack.EXPIRED:
        text: str = _("A qualification is over")
    elif fit.unqualified is not None:
        text = _("Not qualified")
    elif fit.until is None:
        text = _("None is asked for")
    else:
        day = format_day(last_day(fit.until, zone), current_reader(), named=False, weekday=False)
        text = _("Until %(day)s", day=day)
    return text


def say_last(one: Standby, now: datetime, zone: ZoneInfo) -> str:
    """How many days ago somebody last came to the post."""
    if one.last_at is None:
        never: str = _("Never")
        return never
    days = (now.astimezone(zone).date() - one.last_at.astimezone(zone).date()).days
    text: str = ngettext("%(num)d day ago", "%(num)d days ago", days) if days else _("Today")
    return text


def last_day(until: datetime, zone: ZoneInfo) -> date:
    """The last day of what holds up to a moment."""
    return (until - timedelta(seconds=1)).astimezone(zone).date()


def as_sheets(lines: Sequence[Line], now: datetime, zone: ZoneInfo) -> list[Sheet]:
    """All figures, each table a sheet."""
    post = word("post")
    labels = {figure: _(label) for figure, label in FIGURE_LABELS.items()}
    free = _("Could step in")
    heads = [_("Duty statement"), _("Qualification"), _("Last there"), free]
    return [
        Sheet(
            _("Who is ready to stand in"),
            [post, _("Somebody is ready"), _("Why not"), free, *list(labels.values())[1:]],
            [[line.label, *_cells(line)] for line in lines],
        ),
        Sheet(
            _("Who stands by"),
            [_("Who stands by"), post, *heads],
            [
                [f"{one.position} {one.name}", line.label, *_of_person(line, one, now, zone)]
                for line in lines
                for one in line.ready.standbys
            ],
        ),
    ]


def _cells(line: Line) -> list[Cell]:
    is_ready = _("Yes") if line.ready.is_ready else _("No")
    why = " ".join(words for _lack, words in line.reasons) or NOTHING
    return [is_ready, why, line.possible, *(len(calls) for calls in line.calls.values())]


def _of_person(line: Line, one: Standby, now: datetime, zone: ZoneInfo) -> list[Cell]:
    fit = one.fit
    said = [say_signed(fit), say_qualified(fit, zone), say_last(one, now, zone)]
    return [*said, line.free(one)]
