"""The figures of a month in words for everybody; what is too small to be told stays unsaid."""

from collections import defaultdict
from typing import Any

from flask_babel import gettext as _

from portal.appointments.figure_tables import name_hour, name_notice
from portal.appointments.figures import Tally
from portal.appointments.figures_rules import (
    NOTICES,
    OUTCOME_LABELS,
    Outcome,
    group_notices,
    kept_share,
    missed_share,
    total,
)
from portal.appointments.public_rules import LEAST, Published, level, publish
from portal.core.errors import N_
from portal.core.shares import share
from portal.web.report_tables import NOTHING, percent

#: From how many people on hours are told apart.
ENOUGH = 20
LEVELS = {1: N_("quiet"), 2: N_("usual"), 3: N_("busy")}


def _fewer() -> str:
    text: str = _("fewer than %(least)d", least=LEAST)
    return text


def _unsaid() -> str:
    text: str = _("not shown")
    return text


class PublicFigures:
    """What may be seen of a tally."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self.is_empty = not total(tally.counts)
        # Nothing of a month that is over is still to come, and everybody knows: a group that is
        # always empty would hide nobody. What a night carries past its end counts as unnoted.
        counts = {outcome: tally.counts.get(outcome, 0) for outcome in Outcome}
        counts[Outcome.LAPSED] += counts.pop(Outcome.OPEN)
        self.outcomes = publish(counts)
        notices = publish(dict(enumerate(group_notices(tally.notice))))
        # Either table would give away the whole that the other one hides.
        is_told = self.outcomes.whole is not None and notices.whole is not None
        self.notices = notices if is_told else Published(None, dict.fromkeys(notices.groups))
        self.whole = self.outcomes.whole if is_told else None

    def say(self, seen: Published[Any], key: Any) -> str:
        """A group's number, or why there is none."""
        number = seen.groups[key]
        if self.is_empty:
            return NOTHING
        if number is not None:
            return str(number)
        return _fewer() if key in seen.small else _unsaid()

    @property
    def all(self) -> str:
        """How many were booked."""
        if self.is_empty:
            return NOTHING
        return str(self.whole) if self.whole is not None else _unsaid()

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """Each outcome's code, its label and what may be said of it."""
        return [
            (str(outcome), _(label), self.say(self.outcomes, outcome))
            for outcome, label in OUTCOME_LABELS.items()
            if outcome in self.outcomes.groups
        ]

    @property
    def parts(self) -> list[tuple[str, int]]:
        """What a chart shows: each outcome that may be seen."""
        return [(str(outcome), number or 0) for outcome, number in self.outcomes.groups.items()]

    @property
    def kept(self) -> str:
        """How many promises were kept, in percent; at least so many where few were broken."""
        counts, shown = self._tally.counts, self.outcomes.groups
        kept = shown[Outcome.KEPT]
        if self.is_empty:
            return NOTHING
        if kept is not None and shown[Outcome.BROKEN] is not None:
            return percent(kept_share(counts))
        if kept is not None and Outcome.BROKEN in self.outcomes.small:
            least = percent(share(kept, kept + LEAST - 1))
            text: str = _("at least %(share)s", share=least)
            return text
        return _unsaid()

    @property
    def missed(self) -> str:
        """To how many of the times nobody came, in percent."""
        if self.is_empty:
            return NOTHING
        parts = (Outcome.KEPT, Outcome.BROKEN, Outcome.NO_SHOW)
        if any(self.outcomes.groups[part] is None for part in parts):
            return _unsaid()
        return percent(missed_share(self._tally.counts))

    @property
    def notice_rows(self) -> list[tuple[str, int, str]]:
        """Each group's label, its number for the chart and what may be said of it."""
        return [
            (name_notice(NOTICES[key]), number or 0, self.say(self.notices, key))
            for key, number in self.notices.groups.items()
        ]

    @property
    def hours(self) -> list[tuple[str, int, str]]:
        """Each hour's name, how busy it is beside the others and the word for it."""
        if self.whole is None or self.whole < ENOUGH:
            return []
        by_hour: dict[int, int] = defaultdict(int)
        for (_post, hour), count in self._tally.load.items():
            by_hour[hour] += count
        if not by_hour:
            return []
        most, found = max(by_hour.values()), []
        for hour in range(min(by_hour), max(by_hour) + 1):
            step = level(by_hour.get(hour, 0), most)
            found.append((name_hour(hour), step, _(LEVELS[step])))
        return found
