"""The figures of appointments as tables: the same for the page, for CSV and for the workbook."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.appointments.figures import Tally
from portal.appointments.figures_rules import (
    FIGURE_LABELS,
    NOTICES,
    OUTCOME_LABELS,
    Counts,
    Notice,
    Outcome,
    group_notices,
    kept_share,
    median_notice,
    missed_share,
    steps_of,
    total,
)
from portal.calendar.spans import Span
from portal.catalog.models import Post
from portal.core.localized import pick
from portal.core.shares import share
from portal.tenancy.resolve import word
from portal.web.formats import current_reader, format_clock, format_day, format_month
from portal.web.languages import current_language
from portal.web.report_tables import NOTHING, percent
from portal.web.spreadsheets import Cell, Sheet


@dataclass(frozen=True)
class Line:
    """What became of the bookings of some days, or of a window."""

    label: str
    counts: Counts
    span: Span | None = None
    #: Whether a chart with many columns names it.
    is_named: bool = True

    @property
    def booked(self) -> int:
        """All of them."""
        return total(self.counts)

    @property
    def tick(self) -> str:
        """What stands below its column: the day of the month, or the first day of the step."""
        is_day = self.span is not None and self.span.days == 1
        return str(self.span.first.day) if self.span and is_day else self.label

    @property
    def parts(self) -> list[tuple[str, int]]:
        """Each outcome's code with its number, in the order in which charts stack them."""
        return [(str(outcome), self.counts.get(outcome, 0)) for outcome in Outcome]


def number(value: int, base: int) -> str:
    """A number out of so many; out of none there is nothing to say."""
    return str(value) if base else NOTHING


def name_of(post: Post) -> str:
    """A window as the reader calls it."""
    return pick(post.name, current_language())[0]


@dataclass(frozen=True)
class Drawn:
    """A tally as charts and tables show it."""

    tally: Tally
    span: Span

    @property
    def whole(self) -> Line:
        """All bookings."""
        return Line(_("All bookings"), self.tally.counts)

    @property
    def labels(self) -> dict[str, str]:
        """What each outcome is called."""
        return {str(outcome): _(label) for outcome, label in OUTCOME_LABELS.items()}

    @property
    def heads(self) -> tuple[tuple[str, str], ...]:
        """The columns of a table of outcomes."""
        return tuple((head, "n") for head in (_("All bookings"), *self.labels.values()))

    @property
    def shares(self) -> dict[str, str]:
        """Each figure's share of all bookings, written."""
        return {
            code: percent(share(total(self.tally.counts, code), self.whole.booked))
            for code in FIGURE_LABELS
        }

    @property
    def kept(self) -> str:
        """How many promises the office kept, in percent."""
        return percent(kept_share(self.tally.counts))

    @property
    def missed(self) -> str:
        """To how many of the times nobody came, in percent."""
        return percent(missed_share(self.tally.counts))

    @property
    def due(self) -> int:
        """The promises that the office has kept or broken."""
        counts = self.tally.counts
        return counts.get(Outcome.KEPT, 0) + counts.get(Outcome.BROKEN, 0)

    @property
    def steps(self) -> list[Line]:
        """Day by day, week by week or month by month."""
        steps = steps_of(self.span)
        return [
            Line(_name_step(step), _sum(self.tally.by_day, step), step, _is_named(step, steps))
            for step in steps
        ]

    def window(self, post: Post) -> Line:
        """A window's bookings."""
        return Line(name_of(post), self.tally.by_post.get(post.id, {}))

    @property
    def hours(self) -> list[int]:
        """From the first hour at which anybody is booked to the last."""
        hours = [hour for _post, hour in self.tally.load]
        return list(range(min(hours), max(hours) + 1)) if hours else []

    @property
    def hour_heads(self) -> tuple[tuple[str, str], ...]:
        """The columns of a table of hours."""
        return tuple((name_hour(hour), "n") for hour in self.hours)

    def name_notice(self, notice: Notice) -> str:
        """A group of bookings by how long before they were made."""
        return name_notice(notice)

    @property
    def notices(self) -> list[tuple[Notice, int]]:
        """How long before people booked."""
        return list(zip(NOTICES, group_notices(self.tally.notice), strict=True))

    @property
    def median(self) -> int | None:
        """How many days ahead half of the people booked at most."""
        return median_notice(self.tally.notice)


def _name_step(step: Span) -> str:
    reader = current_reader()
    if step.days == 1:
        return format_day(step.first, reader, named=False)
    if step.first.day == 1 and step.days > 27:
        return format_month(step.first, reader)
    return format_day(step.first, reader, named=False, weekday=False)


def _is_named(step: Span, steps: Sequence[Span]) -> bool:
    """With more than ten columns only Mondays, or every fourth."""
    if len(steps) <= 10:
        return True
    return step.first.weekday() == 0 if step.days == 1 else steps.index(step) % 4 == 0


def _sum(by_day: Mapping[date, Counts], step: Span) -> Counts:
    counts: dict[Outcome, int] = defaultdict(int)
    for day, each in by_day.items():
        if step.first <= day <= step.last:
            for outcome, count in each.items():
                counts[outcome] += count
    return counts


def name_hour(hour: int) -> str:
    """An hour of the day as a heading."""
    return format_clock(time(hour), current_reader())


def name_notice(notice: Notice) -> str:
    """A group of bookings by how long before they were made."""
    least, most = notice.least, notice.most
    if most == 0:
        text: str = _("On the same day")
    elif most is None:
        text = _("%(least)d days before and more", least=least)
    elif least == most:
        text = ngettext("%(num)d day before", "%(num)d days before", least)
    else:
        text = _("%(least)d to %(most)d days before", least=least, most=most)
    return text


def as_sheets(
    drawn: Drawn, posts: Sequence[Post], next_free: Mapping[int, datetime], zone: ZoneInfo
) -> list[Sheet]:
    """All figures of a span, each table a sheet."""
    words = [_(label) for label in OUTCOME_LABELS.values()]
    load, hours = drawn.tally.load, drawn.hours
    free = {post_id: f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for post_id, at in next_free.items()}
    by_day = drawn.tally.by_day
    return [
        Sheet(_("What became of them"), [_("Figure"), _("Number"), "%"], _whole(drawn)),
        Sheet(
            _("Day by day"),
            [_("Day"), _("All bookings"), *words],
            [[day.isoformat(), *_row(by_day[day])] for day in sorted(by_day)],
        ),
        Sheet(
            _("By window"),
            [word("post"), _("All bookings"), *words, _("Next free time")],
            [
                [name_of(post), *_row(drawn.window(post).counts), free.get(post.id, NOTHING)]
                for post in posts
            ],
        ),
        Sheet(
            _("When people come"),
            [word("post"), *(name_hour(hour) for hour in hours)],
            [[name_of(post), *(load.get((post.id, hour), 0) for hour in hours)] for post in posts],
        ),
        Sheet(
            _("How long before"),
            [_("All bookings"), _("Number")],
            [[name_notice(notice), count] for notice, count in drawn.notices],
        ),
    ]


def _whole(drawn: Drawn) -> list[list[Cell]]:
    counts, booked = drawn.tally.counts, drawn.whole.booked
    rows: list[list[Cell]] = [
        [
            _(label),
            total(counts, code) if booked else NOTHING,
            _cell(share(total(counts, code), booked)),
        ]
        for code, label in FIGURE_LABELS.items()
    ]
    return [
        *rows,
        [_("Promises kept by the office"), None, _cell(kept_share(counts))],
        [_("Nobody came"), None, _cell(missed_share(counts))],
    ]


def _row(counts: Counts) -> list[Cell]:
    booked = total(counts)
    if not booked:
        return [NOTHING] * (len(Outcome) + 1)
    return [booked, *(counts.get(outcome, 0) for outcome in Outcome)]


def _cell(value: Decimal | None) -> Cell:
    return NOTHING if value is None else float(value)
