"""The books of a day: which one a matter stands in, and what is derived for their columns; pure.

P-3.1b: every matter stands in exactly one of two books, and no number is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from portal.core.errors import N_
from portal.matters.intake_rules import Kind


class Book(StrEnum):
    """Where a matter stands, by its kind."""

    #: 值班記錄本 (C-2).
    DUTY = "duty"
    #: 投訴記錄表 (C-3).
    COMPLAINTS = "complaints"


BOOK_LABELS: Mapping[Book, str] = {
    Book.DUTY: N_("Duty book"),
    Book.COMPLAINTS: N_("Complaint register"),
}


def book_of(kind: Kind) -> Book:
    """The one book that a matter of a kind stands in."""
    return Book.COMPLAINTS if kind is Kind.COMPLAINT else Book.DUTY


def kinds_in(book: Book) -> frozenset[Kind]:
    """The kinds that stand in a book."""
    return frozenset(kind for kind in Kind if book_of(kind) is book)


class Action(StrEnum):
    """What whoever was asked first did with it (C-5)."""

    VOIDED = "voided"
    ON_THE_SPOT = "on_the_spot"
    PASSED_ON = "passed_on"
    REPORTED = "reported"
    INFORMED = "informed"
    IN_HAND = "in_hand"


ACTION_LABELS: Mapping[Action, str] = {
    Action.VOIDED: N_("Void"),
    Action.ON_THE_SPOT: N_("Settled on the spot"),
    Action.PASSED_ON: N_("Passed on to a colleague"),
    Action.REPORTED: N_("Reported to the unit"),
    Action.INFORMED: N_("Told what is needed"),
    Action.IN_HAND: N_("In hand"),
}


@dataclass(frozen=True)
class Facts:
    """What happened to a matter, as far as the first-asked register asks."""

    is_void: bool = False
    is_done: bool = False
    is_reported: bool = False
    #: A colleague took it, not by the report to the head of the unit.
    is_passed_on: bool = False
    is_informed: bool = False


def derive_action(facts: Facts) -> Action:
    """What was done with it, the furthest step first."""
    for holds, action in (
        (facts.is_void, Action.VOIDED),
        (facts.is_passed_on, Action.PASSED_ON),
        (facts.is_reported, Action.REPORTED),
        (facts.is_done, Action.ON_THE_SPOT),
        (facts.is_informed, Action.INFORMED),
    ):
        if holds:
            return action
    return Action.IN_HAND


def is_in_remit(action: Action, own_unit: int | None, answering_unit: int | None) -> bool | None:
    """Whether it was within the remit of the unit that was asked; None while nobody can say."""
    if action is Action.ON_THE_SPOT:
        return True
    if own_unit is None or answering_unit is None:
        return None
    return own_unit == answering_unit


@dataclass(frozen=True)
class Run:
    """The numbers of a day: the first, the last, how many stand in each book and are missing."""

    first: int
    last: int
    #: How many of the day stand in each book.
    standing: Mapping[Book, int]
    #: Numbers that no matter has, from the one before the first to the last.
    missing: int


def count_missing(first: int, last: int, found: int) -> int:
    """How many numbers are left out, where ``found`` exist from the one before ``first`` on."""
    return last - max(1, first - 1) + 1 - found
