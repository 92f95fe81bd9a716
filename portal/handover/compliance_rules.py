"""Whether a handover was made and signed in time (W-AB-3, RP-04); pure."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from portal.core.errors import N_
from portal.handover.rules import OPEN, State


class Verdict(StrEnum):
    """What is to be said of a handover; each has exactly one, so that the parts add up."""

    IN_TIME = "in_time"
    #: The second signature came after the end of the giver's turn, or a day after an emergency.
    LATE = "late"
    #: Moved in an emergency, and a signature is still missing after a day.
    UNSIGNED = "unsigned"
    #: The turn is over, there was something to hand over, and nothing has moved.
    NOT_MADE = "not_made"
    #: There is still time.
    RUNNING = "running"
    WITHDRAWN = "withdrawn"


VERDICT_LABELS: Mapping[Verdict, str] = {
    Verdict.IN_TIME: N_("Signed in time"),
    Verdict.LATE: N_("Signed late"),
    Verdict.UNSIGNED: N_("A signature is missing"),
    Verdict.NOT_MADE: N_("Not handed over"),
    Verdict.RUNNING: N_("There is still time"),
    Verdict.WITHDRAWN: N_("Called off"),
}


def judge(
    state: State,
    *,
    due_at: datetime | None,
    giver_signed_at: datetime | None,
    receiver_signed_at: datetime | None,
    now: datetime,
) -> Verdict:
    """What is to be said of a handover that was due then; none: whenever both want."""
    if state is State.WITHDRAWN:
        return Verdict.WITHDRAWN
    is_over = due_at is not None and due_at < now
    if state in OPEN:
        return Verdict.NOT_MADE if is_over else Verdict.RUNNING
    if giver_signed_at is None or receiver_signed_at is None:
        return Verdict.UNSIGNED if is_over else Verdict.RUNNING
    last = max(giver_signed_at, receiver_signed_at)
    return Verdict.LATE if due_at is not None and last > due_at else Verdict.IN_TIME
