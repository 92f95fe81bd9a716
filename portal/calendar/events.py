"""What has happened, or is about to happen, to opening hours."""

from dataclasses import dataclass, field
from datetime import date, datetime

from blinker import Signal
from sqlalchemy.orm import Session

from portal.calendar.queries import Openings
from portal.core.actor import Actor
from portal.core.localized import Localized

#: Sent with an HoursEvent after any change of hours; a failing handler fails the change.
hours_changed = Signal()
#: Asked with a CoverageEvent before a change of hours; each handler answers with an Affected:
#: whose promises would lie outside the new hours.
coverage_changing = Signal()


@dataclass(frozen=True)
class HoursEvent:
    """Hours changed: of one schedule, or of all when the holidays changed."""

    session: Session
    schedule_id: int | None
    from_day: date
    #: None: from that day on.
    until_day: date | None
    actor: Actor
    now: datetime
    #: Why, in the words that people are told.
    reason: Localized = field(default_factory=dict)


@dataclass(frozen=True)
class CoverageEvent:
    """Hours as they would be, of one schedule or of all, and the days that the change touches."""

    session: Session
    openings: Openings
    schedule_id: int | None
    from_day: date
    #: None: from that day on.
    until_day: date | None
    now: datetime
    #: Which page of the people is to be shown.
    page: int = 1
