"""What duty asks and tells the floors above: before somebody leaves, and when nobody is left."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from blinker import Signal
from sqlalchemy.orm import Session

from portal.calendar.affected import Affected, add_up
from portal.core.actor import Actor

#: Sent with a Leaving; who knows what has to be handed over answers with an Onward, or None.
leaving_asked = Signal()


@dataclass(frozen=True)
class Leaving:
    """Somebody who is signed in at a post is about to leave it."""

    session: Session
    post_id: int
    staff_id: int
    now: datetime


@dataclass(frozen=True)
class Onward:
    """The page on which a post is handed over, and whether that has to be done first."""

    endpoint: str
    values: Mapping[str, Any]
    is_owed: bool


def ask_onward(question: Leaving) -> Onward | None:
    """Where whoever leaves a post hands it over; none: nobody knows of such a page."""
    answers = [found for _handler, found in leaving_asked.send(question) if found is not None]
    return answers[0] if answers else None


#: Asked with a CoverageChanging; handlers answer with an Affected: whose promises lie in it.
coverage_changing = Signal()
#: Sent with a CoverageChanged inside its transaction; a failing handler fails the change.
coverage_changed = Signal()
#: Sent with a CoverageKept inside its transaction, once it is written down.
coverage_kept = Signal()


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


@dataclass(frozen=True)
class CoverageKept:
    """Some posts may be kept when nobody was there before; they are in hand."""

    session: Session
    post_ids: Collection[int]
    actor: Actor
    now: datetime


def find_impacts(question: CoverageChanging) -> Affected:
    """Whom it would hit, by all who answer."""
    return add_up(coverage_changing.send(question))
