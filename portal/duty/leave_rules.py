"""Leave: its kinds, its states, and what may be asked for when."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from portal.core.errors import N_, DomainError

#: Longer absences are no leave of this kind: a colleague takes the post over for good.
LONGEST = timedelta(days=92)


class LeaveKind(StrEnum):
    """What somebody is away for."""

    ANNUAL = "annual"
    PERSONAL = "personal"
    SICK = "sick"
    TRAINING = "training"
    OTHER = "other"


KIND_LABELS: Mapping[LeaveKind, str] = {
    LeaveKind.ANNUAL: N_("Annual leave"),
    LeaveKind.PERSONAL: N_("Personal business"),
    LeaveKind.SICK: N_("Illness"),
    LeaveKind.TRAINING: N_("Training or work elsewhere"),
    LeaveKind.OTHER: N_("Something else"),
}


class LeaveState(StrEnum):
    """Where a request for leave stands."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


LEAVE_LABELS: Mapping[LeaveState, str] = {
    LeaveState.ASKED: N_("Leave is asked for"),
    LeaveState.APPROVED: N_("Leave is approved"),
    LeaveState.REFUSED: N_("Leave is refused"),
    LeaveState.WITHDRAWN: N_("Leave is withdrawn"),
}


class LeaveVerb(StrEnum):
    """A step of a request for leave."""

    ACCEPT = "accept"
    DECLINE = "decline"
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


#: Every step: from where it may be made, and where it leads.
LEAVE_MOVES: Mapping[LeaveVerb, tuple[frozenset[LeaveState], LeaveState]] = {
    LeaveVerb.ACCEPT: (frozenset({LeaveState.ASKED}), LeaveState.ASKED),
    LeaveVerb.DECLINE: (frozenset({LeaveState.ASKED}), LeaveState.REFUSED),
    LeaveVerb.APPROVE: (frozenset({LeaveState.ASKED}), LeaveState.APPROVED),
    LeaveVerb.REFUSE: (frozenset({LeaveState.ASKED}), LeaveState.REFUSED),
    LeaveVerb.WITHDRAW: (
        frozenset({LeaveState.ASKED, LeaveState.APPROVED}),
        LeaveState.WITHDRAWN,
    ),
}


class LeaveOver(DomainError):
    """The request stands where this step cannot be made."""

    status = 409
    default = N_("This is not possible any more: the request stands at “%(state)s”.")
    worded = ("state",)


class WrongWayRound(DomainError):
    """Leave that ends before it begins."""

    default = N_("The end has to be later than the beginning.")


class LeaveTooLong(DomainError):
    """Nobody covers for so long."""

    default = N_("This is longer than 92 days. Ask for a part of it.")


class TooLate(DomainError):
    """W-AB-2: leave is asked for in time, and in an emergency by the head."""

    default = N_(
        "Ask at least so many days ahead: %(days)s. In an emergency your head writes it down."
    )


def next_leave(state: LeaveState, verb: LeaveVerb) -> LeaveState:
    """Where a step leads; raises LeaveOver."""
    sources, target = LEAVE_MOVES[verb]
    if state not in sources:
        raise LeaveOver(state=LEAVE_LABELS[state])
    return target


def check_asked(
    start: datetime, end: datetime, *, now: datetime, notice_days: int, is_emergency: bool
) -> None:
    """Whether leave may be asked for at all, before anybody looks who covers.

    Raises WrongWayRound, LeaveTooLong and TooLate, each on its field.
    """
    if end <= start or end <= now:
        raise WrongWayRound(field="ends")
    if end - start > LONGEST:
        raise LeaveTooLong(field="ends")
    if not is_emergency and start < now + timedelta(days=notice_days):
        raise TooLate(field="starts", days=notice_days)
