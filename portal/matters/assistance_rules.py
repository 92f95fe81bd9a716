"""Help that one unit owes another: it is given, or somebody above decides; never refused (Q6)."""

from collections.abc import Mapping
from enum import StrEnum

from portal.core.errors import N_, DomainError

#: Working days in which help is given, and after an escalation decided on, where nothing else is
#: said (P-4.2.1, Q6).
P_4_2_1_DAYS = 1


class HelpState(StrEnum):
    """Where a request for help stands."""

    ASKED = "asked"
    ESCALATED = "escalated"
    DECIDED = "decided"
    DONE = "done"
    ENDED = "ended"


HELP_LABELS: Mapping[HelpState, str] = {
    HelpState.ASKED: N_("Help is asked for"),
    HelpState.ESCALATED: N_("Waiting for a decision who helps"),
    HelpState.DECIDED: N_("Decided who helps"),
    HelpState.DONE: N_("Help was given"),
    HelpState.ENDED: N_("Not needed any more"),
}


class HelpVerb(StrEnum):
    """A step of a request for help; there is none that refuses it."""

    FINISH = "done"
    ESCALATE = "escalate"
    DECIDE = "decide"
    END = "end"


#: Every step: from where it may be made, and where it leads. What was decided is done.
HELP_MOVES: Mapping[HelpVerb, tuple[frozenset[HelpState], HelpState]] = {
    HelpVerb.FINISH: (frozenset({HelpState.ASKED, HelpState.DECIDED}), HelpState.DONE),
    HelpVerb.ESCALATE: (frozenset({HelpState.ASKED}), HelpState.ESCALATED),
    HelpVerb.DECIDE: (frozenset({HelpState.ESCALATED}), HelpState.DECIDED),
    HelpVerb.END: (
        frozenset({HelpState.ASKED, HelpState.ESCALATED, HelpState.DECIDED}),
        HelpState.ENDED,
    ),
}
#: What each step is called on its button, the one that is due first.
HELP_VERBS: Mapping[HelpVerb, str] = {
    HelpVerb.FINISH: N_("Done"),
    HelpVerb.ESCALATE: N_("Escalate"),
    HelpVerb.DECIDE: N_("Decide who helps"),
}


class HelpOver(DomainError):
    """The request stands where this step cannot be made."""

    status = 409
    default = N_("This is not possible any more: the request stands at “%(state)s”.")
    worded = ("state",)


class AskedForHelp(DomainError):
    """One request at a time to the same colleague in the same matter."""

    default = N_("%(name)s is asked for help in this matter already.")


class OtherHelps(DomainError):
    """It was given to somebody else."""

    status = 409
    default = N_("%(name)s helps by now, not you.")


def next_help(state: HelpState, verb: HelpVerb) -> HelpState:
    """Where a step leads; raises HelpOver."""
    sources, target = HELP_MOVES[verb]
    if state not in sources:
        raise HelpOver(state=HELP_LABELS[state])
    return target


def help_steps(state: HelpState, *, is_helper: bool, is_decider: bool) -> list[HelpVerb]:
    """The steps that somebody may make next, the one that is due first."""
    makers = {
        HelpVerb.FINISH: is_helper,
        HelpVerb.ESCALATE: is_helper,
        HelpVerb.DECIDE: is_decider,
    }
    return [verb for verb in HELP_VERBS if makers[verb] and state in HELP_MOVES[verb][0]]
