"""Passing a matter on, and asking for more time: what is refused, and when it is decided; pure."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from portal.core.errors import N_, DomainError

#: The return after which somebody above decides (AL-05).
RETURNS_UNTIL_DECIDED = 2
#: How often more time may be allowed in one round (decisions 3.2).
EXTENSIONS = 2
#: How far ahead a day may lie.
FARTHEST = timedelta(days=366)


class HadItAlready(DomainError):
    """A matter does not go round in a circle (推諉)."""

    default = N_("%(name)s has had this matter already and passed it on. Name somebody else.")


class IsHolder(DomainError):
    """Nobody refers a matter to whoever holds it."""

    default = N_("%(name)s holds it already.")


class NoColleague(DomainError):
    """The number belongs to nobody who works here."""

    default = N_("Nobody with this number works here.")


class NotAsked(DomainError):
    """Whoever decides chooses among those who were asked."""

    default = N_("Choose one of those who had it or were asked.")


class IsParty(DomainError):
    """Nobody decides in one's own dispute."""

    status = 409
    default = N_("You had it or were asked yourself. Somebody else decides.")


class TooLateToAsk(DomainError):
    """More time is asked for, and allowed, before the promised time is over (Q1)."""

    default = N_("The promised time is over. More time is asked for, and allowed, before that.")


class NotLater(DomainError):
    """More time means later."""

    default = N_("Choose a day after the promised time.")


class TooFar(DomainError):
    """Nobody promises anything for years."""

    default = N_("Choose a day within a year.")


class ClosedThatDay(DomainError):
    """A result is promised for a day on which somebody is there to give it."""

    default = N_("Nobody works on that day. Choose another.")


class AskedAlready(DomainError):
    """One question for more time at a time."""

    default = N_("More time is asked for already. It is decided first.")


class NothingAsked(DomainError):
    """No question for more time is open."""

    status = 409
    default = N_("Nobody asks for more time at the moment.")


class EnoughTime(DomainError):
    """More time was allowed as often as the rules allow."""

    default = N_("More time was allowed %(count)s times already. It has to be done now.")


def check_recipient(
    *, recipient: int, name: str, holder: int | None, had_it: Collection[int]
) -> None:
    """Refuse a circle by name: raises IsHolder and HadItAlready.

    ``had_it`` are the members of staff who held the matter in this round.
    """
    if recipient == holder:
        raise IsHolder(field="colleague", name=name)
    if recipient in had_it:
        raise HadItAlready(field="colleague", name=name)


def is_decided_above(returns: int) -> bool:
    """Whether so many returns in one round go to somebody above both."""
    return returns >= RETURNS_UNTIL_DECIDED


def check_day(day: date, *, today: date) -> None:
    """Refuse a day that no calendar needs to be asked for: raises NotLater and TooFar."""
    if day < today:
        raise NotLater(field="day")
    if day - today > FARTHEST:
        raise TooFar(field="day")


def check_more_time(
    *, due_at: datetime | None, wanted: datetime, extensions: int, now: datetime
) -> None:
    """Refuse more time: raises TooLateToAsk, NotLater and EnoughTime.

    ``extensions`` is how often it was allowed in this round.
    """
    if due_at is None or now >= due_at:
        raise TooLateToAsk
    if wanted <= due_at:
        raise NotLater(field="day")
    if extensions >= EXTENSIONS:
        raise EnoughTime(count=extensions)
