"""What has happened to posts and offers, and what is asked before a post changes."""

from dataclasses import dataclass
from datetime import date, datetime

from blinker import Signal
from sqlalchemy.orm import Session

from portal.calendar.affected import Affected, add_up
from portal.core.actor import Actor
from portal.core.localized import Localized

#: Sent with an OffersEvent after any change of who offers what; a failing handler fails it.
offers_changed = Signal()
#: Asked with a PostChanging; handlers answer with an Affected: whose promises hang on the post.
post_changing = Signal()
#: Asked with a ClosedDaysAsked; handlers answer with the days of the coming week on which the
#: service has no times, or half of them: pairs of a date and "am", "pm" or "all".
closed_days_asked = Signal()
#: Asked with a DesksAsked; handlers answer with an OnDesk for each post that never closes.
desks_asked = Signal()
#: Sent with a PostChanged once the post is closed or keeps other hours.
post_changed = Signal()


@dataclass(frozen=True)
class OffersEvent:
    """The offers of some services changed."""

    session: Session
    service_ids: tuple[int, ...]
    now: datetime


@dataclass(frozen=True)
class PostChanging:
    """A post as it would be: with these hours, or closed."""

    session: Session
    post_id: int
    schedule_id: int | None
    is_active: bool
    now: datetime
    #: Which page of the people is to be shown.
    page: int = 1


@dataclass(frozen=True)
class PostChanged:
    """A post that closed, or keeps other hours."""

    session: Session
    post_id: int
    actor: Actor
    now: datetime


@dataclass(frozen=True)
class ClosedDaysAsked:
    """Asks when a service is not to be had, from one day to another."""

    session: Session
    service_id: int
    from_day: date
    until_day: date


@dataclass(frozen=True)
class DesksAsked:
    """Asks who is at the posts that never close (P-3.1a)."""

    session: Session


@dataclass(frozen=True)
class OnDesk:
    """Such a post, who is there, and since when; nobody: an empty name."""

    post: Localized
    name: str
    since: datetime | None


def list_on_desks(question: DesksAsked) -> list[OnDesk]:
    """All answers, in the institution's order."""
    return [desk for _handler, found in desks_asked.send(question) for desk in found]


def list_closed_days(question: ClosedDaysAsked) -> list[tuple[date, str]]:
    """The closed days and halves of a service in order, as far as anybody knows them."""
    answers = (days for _handler, days in closed_days_asked.send(question))
    return sorted(day for days in answers for day in days)


def find_hanging(question: PostChanging) -> Affected:
    """Whose promises hang on a post as it is, by all who answer."""
    return add_up(post_changing.send(question))
