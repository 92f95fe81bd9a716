"""The rules of offers: why a place is kept for a named person, and what becomes of it."""

from enum import StrEnum

from portal.core.errors import N_, DomainError


class OfferKind(StrEnum):
    """Why somebody is offered a place."""

    WAITING = "waiting"
    BREACH = "breach"
    CLOSURE = "closure"


class OfferState(StrEnum):
    """Where an offer stands; each answer is final."""

    OPEN = "open"
    TAKEN = "taken"
    DECLINED = "declined"
    EXPIRED = "expired"


class OfferGone(DomainError):
    """The offer was answered, or its time is over and the place went on."""

    default = N_("This time is no longer kept for you.")
