"""An offered shift: its states, and what is refused; pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from portal.core.errors import N_, DomainError


class OfferState(StrEnum):
    """Where an offer stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    #: Nobody said anything in time.
    LAPSED = "lapsed"
    #: One of the shifts has changed, or one of the two has left.
    VOID = "void"


OFFER_LABELS: Mapping[OfferState, str] = {
    OfferState.OPEN: N_("Not answered yet"),
    OfferState.ACCEPTED: N_("Agreed upon"),
    OfferState.DECLINED: N_("Declined"),
    OfferState.WITHDRAWN: N_("The offer was withdrawn"),
    OfferState.LAPSED: N_("Not answered in time"),
    OfferState.VOID: N_("Void: a shift has changed since"),
}


class OfferOver(DomainError):
    """The offer was answered, taken back, or ended by itself."""

    status = 409
    default = N_("This offer is over: %(state)s")
    worded = ("state",)


class ChangedSince(DomainError):
    """What was offered is not what stands in the roster by now."""

    status = 409
    default = N_("One of the shifts has changed since it was offered. Offer it anew.")


class NotOffered(DomainError):
    """Only a published shift to come that one keeps oneself is offered."""

    default = N_("Only a published shift of your own that is still to come can be offered.")


class TooLateToOffer(DomainError):
    """The head finds somebody by then."""

    default = N_("It begins in less than %(hours)s hours. Ask whoever keeps the roster.")


def find_end(starts_at: datetime, back_starts_at: datetime | None, *, hours: int) -> datetime:
    """Until when an offer may be answered: so long before the first of the shifts begins."""
    first = min(starts_at, back_starts_at or starts_at)
    return first - timedelta(hours=hours)


def check_open(state: str) -> None:
    """Raises OfferOver."""
    if state != OfferState.OPEN:
        raise OfferOver(state=OFFER_LABELS[OfferState(state)])
