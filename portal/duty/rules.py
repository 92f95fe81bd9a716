"""When a post must be staffed and whether it is: what counts, and what is refused; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from portal.core.errors import N_, DomainError, Forbidden

MINUTE = timedelta(minutes=1)
#: How far back the beginning of an opening is looked for; what began earlier has always stood.
REACH = timedelta(days=2)


class AwayReason(StrEnum):
    """Why somebody leaves a post for a short while."""

    BREAK = "break"
    MEAL = "meal"
    ERRAND = "errand"
    MEETING = "meeting"
    OTHER = "other"


AWAY_REASONS = {
    AwayReason.BREAK: N_("A short break"),
    AwayReason.MEAL: N_("Meal"),
    AwayReason.ERRAND: N_("An errand in the house"),
    AwayReason.MEETING: N_("Called to a colleague or a meeting"),
    AwayReason.OTHER: N_("Something else"),
}


class Standing(StrEnum):
    """How it stands with a post at a moment."""

    HERE = "here"
    COVERED = "covered"
    AWAY = "away"
    EMPTY = "empty"
    CLOSED = "closed"


class NoPlace(Forbidden):
    """Only who is named for a post signs in there, or covers it."""


class SignedInAlready(DomainError):
    """The second tap of the same."""

    status = 409
    default = N_("You are signed in here already.")


class SignedInElsewhere(DomainError):
    """Nobody is at two posts without approved 兼崗 (W-AB-4, I-4)."""

    default = N_(
        "You are signed in at %(where)s. Sign out there first, or ask for approval to keep both "
        "posts."
    )


class TwoPostsAtMost(DomainError):
    """One extra post and no more (Q10)."""

    default = N_("You look after %(where)s as well already. One post more than your own, not two.")


class PostTaken(DomainError):
    """One person at a time is at a post (I-4)."""

    status = 409
    default = N_(
        "%(who)s is signed in at this post. Whoever leaves for good signs out first; while "
        "%(who)s is away, cover the post."
    )


class NotSignedIn(DomainError):
    """What was shown is over: signed out meanwhile, on another device or by its end."""

    status = 409
    default = N_("You are not signed in there any more.")


class NotAway(DomainError):
    """The second tap of coming back."""

    status = 409
    default = N_("You came back already.")


class AwayAlready(DomainError):
    """The second tap of stepping away."""

    status = 409
    default = N_("You stepped away already.")


class NeedsHandover(DomainError):
    """A longer absence is no cover: what is in hand has to be handed over (W-AB-1, W-AB-3)."""

    default = N_(
        "A colleague covers you for %(minutes)s minutes at most. A longer absence has to be "
        "handed over to whoever takes your place."
    )


class HandOverFirst(DomainError):
    """Nobody leaves an open post and what is in hand there to nobody (W-AB-3)."""

    default = N_(
        "People are waiting for what is in your hands here, and the post stays open. Hand it over "
        "first."
    )


class CoversElsewhere(DomainError):
    """Whoever stands in somewhere does not leave that post as well."""

    default = N_("You cover %(where)s. End that first.")


class YouAreAway(DomainError):
    """Whoever is away covers nobody."""

    default = N_("You are away from %(where)s yourself. Come back first.")


class NobodyAway(DomainError):
    """There is nobody to stand in for."""

    status = 409
    default = N_("Nobody is away from this post at the moment.")


class CoveredAlready(DomainError):
    """One stands in, not two."""

    status = 409
    default = N_("%(who)s covers this post already.")


class NotNeeded(DomainError):
    """Approval is for a second post."""

    default = N_("You are signed in nowhere else, so you need no approval. Sign in.")


class AskedAlready(DomainError):
    """One request at a time."""

    status = 409
    default = N_("You asked already. Wait for the answer.")


class DecidedAlready(DomainError):
    """A request is answered once."""

    status = 409
    default = N_("This is decided already.")


class Lapsed(DomainError):
    """Nobody decided before the end that was asked for."""

    status = 409
    default = N_("The time that was asked for is over.")


class NeedsReason(DomainError):
    """Whoever decides reads why."""

    default = N_("Write why you are needed at both posts.")


@dataclass(frozen=True)
class Opening:
    """The opening in which a moment lies; no beginning: it has been open for as long as known."""

    starts_at: datetime | None
    ends_at: datetime


def find_opening(stretches: Iterable[tuple[datetime, datetime]], now: datetime) -> Opening | None:
    """The stretch around a moment, of those from REACH before it on; none: closed."""
    for start, end in stretches:
        if start <= now < end:
            return Opening(start if start > now - REACH else None, end)
    return None


def find_empty_since(
    opening: Opening | None, *, is_attended: bool, last_left_at: datetime | None
) -> datetime | None:
    """Since when an open post has had nobody; none while somebody is there, or unknown.

    A post is empty from the later of its opening and the last leaving, whenever that is asked.
    """
    if opening is None or is_attended:
        return None
    known = [moment for moment in (opening.starts_at, last_left_at) if moment is not None]
    return max(known, default=None)


def find_alarm_due(
    opening: Opening | None, empty_since: datetime | None, *, minutes: int
) -> datetime | None:
    """When an empty post is to be told of; none where it closes before that (W-AB-1)."""
    if opening is None or empty_since is None:
        return None
    due_at = empty_since + minutes * MINUTE
    return due_at if due_at < opening.ends_at else None


def check_absence(minutes: int, *, longest: int) -> None:
    """Refuse an absence that is no cover any more; raises NeedsHandover."""
    if minutes > longest:
        raise NeedsHandover(field="minutes", minutes=longest)


def next_clock(now: datetime, clock: time, zone: ZoneInfo) -> datetime:
    """The next moment at which the clock on the wall says so: today, or tomorrow if that is over.

    So an approval has an end, and none lasts longer than a day.
    """
    local = now.astimezone(zone)
    found = datetime.combine(local.date(), clock, zone)
    if found <= now:
        found = datetime.combine(local.date() + timedelta(days=1), clock, zone)
    return found
