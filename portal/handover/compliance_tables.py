"""The report of posts and handovers as tables: for the page, for CSV and for the workbook."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from portal.catalog.models import Post
from portal.catalog.views.reach import named
from portal.core.errors import N_
from portal.duty.kept import Scope
from portal.duty.kept_rules import Empty, Kept, Stood
from portal.handover.compliance import Given
from portal.handover.compliance_rules import VERDICT_LABELS, Verdict
from portal.tenancy.resolve import word
from portal.web.report_tables import NOTHING, in_minutes, said_time
from portal.web.spreadsheets import Cell, Sheet

#: What a figure counts, by its name in an address.
FIGURE_LABELS: Mapping[str, str] = {
    "empty": N_("Nobody was there"),
    "raised": N_("Somebody was told"),
    "stood": N_("Somebody stood in"),
    "over": N_("Longer than was said"),
    "handed": N_("Handovers"),
    **{str(each): VERDICT_LABELS[each] for each in (Verdict.LATE, Verdict.UNSIGNED)},
    str(Verdict.NOT_MADE): VERDICT_LABELS[Verdict.NOT_MADE],
}
#: Of whole handovers, those that are counted as wrong.
WRONG = (Verdict.LATE, Verdict.UNSIGNED, Verdict.NOT_MADE)


@dataclass(frozen=True)
class Line:
    """A post with what is to be said of its month."""

    post: Post
    kept: Kept
    given: Sequence[Given]

    @property
    def label(self) -> str:
        """What it is called."""
        return f"{self.post.plate} {named(self.post.name)}"

    @property
    def verdicts(self) -> Counter[Verdict]:
        """How its handovers went."""
        return Counter(one.verdict for one in self.given)

    @property
    def unkept(self) -> str:
        """How long nobody was there; nothing to say where it was never open."""
        return said_time(self.kept.unkept) if self.kept.required else NOTHING

    @property
    def numbers(self) -> dict[str, int]:
        """Each figure that opens into its rows."""
        return {figure: len(self.rows(figure)) for figure in FIGURE_LABELS}

    def rows(self, figure: str) -> Sequence[Empty | Stood | Given]:
        """What a figure counts."""
        found: Mapping[str, Sequence[Empty | Stood | Given]] = {
            "empty": self.kept.empty,
            "raised": self.kept.raised,
            "stood": self.kept.stood,
            "over": self.kept.over,
            "handed": self.given,
        }
        if figure in found:
            return found[figure]
        return [one for one in self.given if one.verdict == figure]


def lines_of(kept: Mapping[Post, Kept], given: Mapping[int, Sequence[Given]]) -> list[Line]:
    """A line for each post, the one that was empty longest first."""
    lines = [Line(post, each, given.get(post.id, ())) for post, each in kept.items()]
    return sorted(lines, key=lambda line: -line.kept.unkept)


def say_left(one: Empty, names: Mapping[int, str], scope: Scope) -> str:
    """Who left when nobody was there any more."""
    if one.left_id is not None:
        return names.get(one.left_id, "")
    before: str = _("Since the month before")
    opened: str = _("Nobody when it opened")
    return before if one.start == scope.begin else opened


def say_came(one: Empty, names: Mapping[int, str], scope: Scope) -> str:
    """Who came when somebody was there again."""
    if one.came_id is not None:
        return names.get(one.came_id, "")
    if one.end == scope.now:
        text: str = _("Nobody yet")
    elif one.end == scope.end:
        text = _("Goes on in the next month")
    else:
        text = _("Nobody until it closed")
    return text


def as_sheets(lines: Sequence[Line]) -> list[Sheet]:
    """All figures of a month, each table a sheet."""
    post = word("post")
    labels = {figure: _(label) for figure, label in FIGURE_LABELS.items()}
    minutes = [_("Open, minutes"), _("Nobody there, minutes"), _("Longest, minutes")]
    return [
        Sheet(
            _("Nobody was there"),
            [post, *minutes, _("Stretches"), labels["raised"], _("Until somebody came, minutes")],
            [[line.label, *_empty_cells(line)] for line in lines],
        ),
        Sheet(
            _("Somebody stood in"),
            [post, _("Times"), _("Minutes"), labels["over"]],
            [
                [
                    line.label,
                    line.numbers["stood"],
                    in_minutes(line.kept.covered),
                    line.numbers["over"],
                ]
                for line in lines
            ],
        ),
        Sheet(
            _("Handovers"),
            [post, _("Handovers"), *(_(VERDICT_LABELS[each]) for each in WRONG)],
            [
                [line.label, len(line.given), *(line.verdicts[each] for each in WRONG)]
                for line in lines
            ],
        ),
    ]


def _empty_cells(line: Line) -> list[Cell]:
    kept = line.kept
    answer = NOTHING if kept.answer is None else in_minutes(kept.answer)
    return [
        in_minutes(kept.required),
        in_minutes(kept.unkept) if kept.required else NOTHING,
        in_minutes(kept.longest),
        line.numbers["empty"],
        line.numbers["raised"],
        answer,
    ]
