"""The rules of the waiting list: states of an entry and why one cannot be made."""

from enum import StrEnum

from portal.core.errors import N_, DomainError


class WaitingState(StrEnum):
    """Where an entry stands."""

    #: In the list.
    WAITING = "waiting"
    #: In the list, with a place kept for the person at the moment.
    OFFERED = "offered"
    #: Ended: the person booked, left, or the last day went by.
    BOOKED = "booked"
    LEFT = "left"
    OVER = "over"


#: States in which an entry keeps its person's place in the list.
STANDING = (WaitingState.WAITING, WaitingState.OFFERED)


class AlreadyWaiting(DomainError):
    """The person stands in this service's list already."""

    default = N_("This person is already on the waiting list for this service.")
