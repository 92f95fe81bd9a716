"""What is asked and told when a change of the roster leaves a post to nobody for a while."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from blinker import Signal
from sqlalchemy.orm import Session

from portal.calendar.affected import Affected, add_up
from portal.core.actor import Actor

#: Asked with a CoverageChanging; handlers answer with an Affected: whose promises lie in it.
coverage_changing = Signal()
#: Sent with a CoverageChanged inside its transaction; a failing handler fails the change.
coverage_changed = Signal()


@dataclass(frozen=True)
class Uncovered:
    """A post that nobody keeps for a while, and somebody kept before."""

    post_id: int
    start: datetime
    end: datetime


@dataclass(frozen=True)
class CoverageChanging:
    """The roster as it would be: where nobody would be any more."""

    session: Session
    stretches: Sequence[Uncovered]
    now: datetime
    #: Which page of the people is to be shown.
    page: int = 1


@dataclass(frozen=True)
class CoverageChanged:
    """The roster has changed, and whoever changed it has seen whom it hits."""

    session: Session
    stretches: Sequence[Uncovered]
    actor: Actor
    now: datetime


def find_impacts(question: CoverageChanging) -> Affected:
    """Whom it would hit, by all who answer."""
    return add_up(coverage_changing.send(question))
