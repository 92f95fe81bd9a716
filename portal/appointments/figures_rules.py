"""The rules of the figures of appointments (RP-08): what became of each, spans, shares; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from portal.appointments.rules import State
from portal.calendar.spans import Span, month_of
from portal.core.errors import N_
from portal.core.shares import share

#: The longest span of figures, in days.
LONGEST = 366
#: Up to how many days are shown day by day, and up to how many week by week.
DAILY, WEEKLY = 31, 26 * 7


class Outcome(StrEnum):
    """What became of a promised time; each booking has exactly one, so that the parts add up."""

    KEPT = "kept"
    BROKEN = "broken"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    OPEN = "open"
    LAPSED = "lapsed"


OUTCOME_LABELS: Mapping[Outcome, str] = {
    Outcome.KEPT: N_("Kept"),
    Outcome.BROKEN: N_("Broken by the office"),
    Outcome.NO_SHOW: N_("No-show"),
    Outcome.CANCELLED: N_("Cancelled"),
    Outcome.OPEN: N_("Still open"),
    Outcome.LAPSED: N_("Time over, nothing noted"),
}

#: Each figure by its code, and the outcomes that it counts.
FIGURES: Mapping[str, frozenset[Outcome]] = {
    "booked": frozenset(Outcome),
    "taken": frozenset(Outcome) - {Outcome.CANCELLED},
    **{str(outcome): frozenset({outcome}) for outcome in Outcome},
}
FIGURE_LABELS: Mapping[str, str] = {
    "booked": N_("All bookings"),
    "taken": N_("Booked and not cancelled"),
    **{str(outcome): label for outcome, label in OUTCOME_LABELS.items()},
}

_BY_STATE: Mapping[State, Outcome] = {
    State.SERVING: Outcome.KEPT,
    State.DONE: Outcome.KEPT,
    State.NO_SHOW: Outcome.NO_SHOW,
    State.CANCELLED: Outcome.CANCELLED,
}

Counts = Mapping[Outcome, int]


def outcome_of(state: State, *, ends_at: datetime, is_broken: bool, now: datetime) -> Outcome:
    """What became of a booking: a breach stays one, whatever was noted afterwards (W-YY-3)."""
    if is_broken:
        return Outcome.BROKEN
    return _BY_STATE.get(state) or (Outcome.OPEN if ends_at > now else Outcome.LAPSED)


def total(counts: Counts, figure: str = "booked") -> int:
    """How many a figure counts."""
    return sum(counts.get(outcome, 0) for outcome in FIGURES[figure])


def kept_share(counts: Counts) -> Decimal | None:
    """Of the promises that came due and that the citizen did not break: how many were kept."""
    kept = counts.get(Outcome.KEPT, 0)
    return share(kept, kept + counts.get(Outcome.BROKEN, 0))


def missed_share(counts: Counts) -> Decimal | None:
    """Of the times that came due: to how many nobody came."""
    missed = counts.get(Outcome.NO_SHOW, 0)
    due = counts.get(Outcome.KEPT, 0) + counts.get(Outcome.BROKEN, 0) + missed
    return share(missed, due)


def span_of(first: date, last: date) -> Span:
    """From one day to another in whichever order; cut to the longest that is shown."""
    begin, end = min(first, last), max(first, last)
    return Span(begin, min(end, begin + timedelta(days=LONGEST - 1)))


def week_of(day: date) -> Span:
    """The week from Monday to Sunday that contains a day."""
    monday = day - timedelta(days=day.weekday())
    return Span(monday, monday + timedelta(days=6))


def steps_of(span: Span) -> list[Span]:
    """The days, weeks or months in which a span is shown, cut at its ends."""
    steps: list[Span] = []
    day = span.first
    while day <= span.last:
        if span.days <= DAILY:
            end = day
        else:
            end = (week_of(day) if span.days <= WEEKLY else month_of(day)).last
        steps.append(Span(day, min(end, span.last)))
        day = steps[-1].last + timedelta(days=1)
    return steps


@dataclass(frozen=True)
class Notice:
    """A group of bookings by how many days ahead they were made; both ends included."""

    least: int
    most: int | None

    def holds(self, days: int) -> bool:
        """Whether so many days belong to the group."""
        return self.least <= days and (self.most is None or days <= self.most)


NOTICES: Sequence[Notice] = (
    Notice(0, 0),
    Notice(1, 1),
    Notice(2, 3),
    Notice(4, 7),
    Notice(8, 14),
    Notice(15, None),
)


def group_notices(by_days: Mapping[int, int]) -> list[int]:
    """How many bookings each group of ``NOTICES`` has."""
    return [
        sum(count for days, count in by_days.items() if notice.holds(days)) for notice in NOTICES
    ]


def median_notice(by_days: Mapping[int, int]) -> int | None:
    """The number of days that half of the people booked ahead at most; None without people."""
    half, seen = (sum(by_days.values()) + 1) // 2, 0
    for days in sorted(by_days):
        seen += by_days[days]
        if seen >= half:
            return days
    return None
