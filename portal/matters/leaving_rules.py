"""What of a matter is in somebody's hands who leaves, and where each of it goes; pure."""

from collections.abc import Mapping
from enum import StrEnum

from portal.core.errors import N_, DomainError
from portal.matters.rules import State


class Duty(StrEnum):
    """What somebody owes a live matter; the first that holds is the one that a page names."""

    HOLDS = "holds"
    #: Asked first, or in the place of whoever was and left.
    ANSWERS = "answers"
    OFFERED = "offered"
    DECIDES = "decides"
    ACKNOWLEDGES = "acknowledges"
    HELPS = "helps"


DUTY_LABELS: Mapping[Duty, str] = {
    Duty.HOLDS: N_("In hand"),
    Duty.ANSWERS: N_("Asked first, answers to the person"),
    Duty.OFFERED: N_("Offered, not answered yet"),
    Duty.DECIDES: N_("To decide who takes it"),
    Duty.ACKNOWLEDGES: N_("Reported, not acknowledged yet"),
    Duty.HELPS: N_("Help is asked for"),
}
#: Where whoever holds a matter does the work, so that it belongs to that one's unit. Before and
#: after that whoever was asked first holds it, and the unit stays the one that answers.
WORKED_ON = frozenset({State.IN_PROGRESS, State.OFFERED, State.DISPUTED, State.WAITING})


class NobodyAnswers(DomainError):
    """Nobody who works here could take up a matter that is opened again."""

    default = N_("Nobody works here any more who could take it up. Please call us.")


class NoOtherPost(DomainError):
    """What people wrote down online waits at the post, and no other post is open."""

    status = 409
    default = N_(
        "Matters that people wrote down online wait here, and nothing else is open. Have somebody "
        "take them up first."
    )
