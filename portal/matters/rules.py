"""The rules of a matter (事項): kinds, states and their moves, roles, time limits; pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from portal.core.errors import N_, DomainError


class State(StrEnum):
    """Where a matter stands."""

    SUBMITTED = "submitted"
    RECEIVED = "received"
    VERIFIED = "verified"
    REPORTED = "reported"
    IN_PROGRESS = "in_progress"
    OFFERED = "offered"
    DISPUTED = "disputed"
    WAITING = "waiting"
    DONE = "done"
    FED_BACK = "fed_back"
    TOLD = "told"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    VOIDED = "voided"


STATE_LABELS: Mapping[State, str] = {
    State.SUBMITTED: N_("Not yet taken up"),
    State.RECEIVED: N_("Taken up"),
    State.VERIFIED: N_("Recorded"),
    State.REPORTED: N_("Reported to the unit"),
    State.IN_PROGRESS: N_("Being handled"),
    State.OFFERED: N_("Offered to a colleague"),
    State.DISPUTED: N_("Waiting for a decision who takes it"),
    State.WAITING: N_("Paused"),
    State.DONE: N_("Done by the unit"),
    State.FED_BACK: N_("Result is back"),
    State.TOLD: N_("Person told"),
    State.CLOSED: N_("Concluded"),
    State.WITHDRAWN: N_("Withdrawn by the person"),
    State.VOIDED: N_("Void"),
}
ENDED = frozenset({State.CLOSED, State.WITHDRAWN, State.VOIDED})
#: The person has heard what came of it, or it ended before that.
FINISHED = ENDED | {State.TOLD}
LIVE = tuple(state for state in State if state not in ENDED)
#: What colleagues settle among themselves is, for the person, being handled.
FOR_PERSON: Mapping[State, State] = {
    State.OFFERED: State.IN_PROGRESS,
    State.DISPUTED: State.IN_PROGRESS,
}


class Verb(StrEnum):
    """A step that changes the state."""

    TAKE = "take"
    CONFIRM = "confirm"
    REPORT = "report"
    ACKNOWLEDGE = "acknowledge"
    REFER = "refer"
    ACCEPT = "accept"
    RETURN = "return"
    LAPSE = "lapse"
    DISPUTE = "dispute"
    TAKE_BACK = "take_back"
    #: The colleague leaves before answering; nobody has returned anything.
    RECALL = "recall"
    DECIDE = "decide"
    ASK_TIME = "ask_time"
    GRANT_TIME = "grant_time"
    REFUSE_TIME = "refuse_time"
    CONTACT = "contact"
    ESCALATE = "escalate"
    SETTLE = "settle"
    PAUSE = "pause"
    CONTEST = "contest"
    UPHOLD = "uphold"
    RESUME = "resume"
    FINISH = "finish"
    FEED_BACK = "feed_back"
    TELL = "tell"
    CLOSE = "close"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    VOID = "void"


#: What each step is called on its button.
VERB_LABELS: Mapping[Verb, str] = {
    Verb.TAKE: N_("Take it up"),
    Verb.CONFIRM: N_("Read it back"),
    Verb.REPORT: N_("Report to the unit"),
    Verb.ACKNOWLEDGE: N_("Acknowledge"),
    Verb.ACCEPT: N_("Accept it"),
    Verb.DECIDE: N_("Decide who takes it"),
    Verb.RETURN: N_("Return it"),
    Verb.TAKE_BACK: N_("Take the offer back"),
    Verb.GRANT_TIME: N_("Allow more time"),
    Verb.REFUSE_TIME: N_("Allow no more time"),
    Verb.CONTACT: N_("I spoke with the person"),
    Verb.ESCALATE: N_("Put it before the leader"),
    Verb.SETTLE: N_("Decide it"),
    Verb.UPHOLD: N_("The pause stands"),
    Verb.RESUME: N_("Go on"),
    Verb.FEED_BACK: N_("I have the result"),
    Verb.TELL: N_("Tell the person"),
    Verb.CLOSE: N_("Close without an answer"),
    Verb.FINISH: N_("Say that it is done"),
    Verb.REFER: N_("Refer it"),
    Verb.ASK_TIME: N_("Ask for more time"),
    Verb.PAUSE: N_("Pause"),
    Verb.REOPEN: N_("Not solved"),
    Verb.VOID: N_("Void"),
}

#: Every step: from where it may be made, and where it leads; None: it stays where it is. Nothing
#: closes before the result went back to whoever took the matter up and the person was told
#: (P-5.4).
MOVES: Mapping[Verb, tuple[frozenset[State], State | None]] = {
    Verb.TAKE: (frozenset({State.SUBMITTED}), State.RECEIVED),
    Verb.CONFIRM: (frozenset({State.RECEIVED}), State.VERIFIED),
    Verb.REPORT: (frozenset({State.VERIFIED}), State.REPORTED),
    Verb.ACKNOWLEDGE: (frozenset({State.REPORTED}), State.IN_PROGRESS),
    # Whoever gives it holds it until it is accepted (W-SW-3); the second return is decided on.
    Verb.REFER: (frozenset({State.VERIFIED, State.IN_PROGRESS}), State.OFFERED),
    Verb.ACCEPT: (frozenset({State.OFFERED}), State.IN_PROGRESS),
    Verb.RETURN: (frozenset({State.OFFERED}), State.IN_PROGRESS),
    Verb.LAPSE: (frozenset({State.OFFERED}), State.IN_PROGRESS),
    Verb.DISPUTE: (frozenset({State.OFFERED}), State.DISPUTED),
    Verb.TAKE_BACK: (frozenset({State.OFFERED}), State.IN_PROGRESS),
    Verb.RECALL: (frozenset({State.OFFERED}), State.IN_PROGRESS),
    Verb.DECIDE: (frozenset({State.DISPUTED}), State.IN_PROGRESS),
    Verb.ASK_TIME: (frozenset({State.IN_PROGRESS}), State.IN_PROGRESS),
    Verb.GRANT_TIME: (frozenset({State.IN_PROGRESS}), State.IN_PROGRESS),
    Verb.REFUSE_TIME: (frozenset({State.IN_PROGRESS}), State.IN_PROGRESS),
    # The person waits to hear from somebody however it lies: offered, disputed or paused, too.
    Verb.CONTACT: (
        frozenset({State.IN_PROGRESS, State.OFFERED, State.DISPUTED, State.WAITING}),
        None,
    ),
    # The holder goes on meanwhile; it is only not done before the leader has decided (Q7).
    Verb.ESCALATE: (frozenset({State.IN_PROGRESS}), State.IN_PROGRESS),
    Verb.SETTLE: (frozenset({State.IN_PROGRESS}), State.IN_PROGRESS),
    Verb.PAUSE: (frozenset({State.IN_PROGRESS}), State.WAITING),
    Verb.CONTEST: (frozenset({State.WAITING}), State.WAITING),
    Verb.UPHOLD: (frozenset({State.WAITING}), State.WAITING),
    Verb.RESUME: (frozenset({State.WAITING}), State.IN_PROGRESS),
    Verb.FINISH: (frozenset({State.VERIFIED, State.REPORTED, State.IN_PROGRESS}), State.DONE),
    Verb.FEED_BACK: (frozenset({State.DONE}), State.FED_BACK),
    Verb.TELL: (frozenset({State.FED_BACK}), State.TOLD),
    Verb.CLOSE: (frozenset({State.TOLD}), State.CLOSED),
    Verb.REOPEN: (frozenset({State.TOLD, State.CLOSED}), State.IN_PROGRESS),
    Verb.WITHDRAW: (
        frozenset({State.SUBMITTED, State.RECEIVED, State.VERIFIED, State.REPORTED})
        | frozenset({State.IN_PROGRESS, State.OFFERED, State.DISPUTED, State.WAITING}),
        State.WITHDRAWN,
    ),
    Verb.VOID: (frozenset({State.SUBMITTED, State.RECEIVED}), State.VOIDED),
}


class WrongState(DomainError):
    """The matter stands where this step cannot be made."""

    status = 409
    default = N_("This is not possible any more: the matter stands at “%(state)s”.")
    worded = ("state",)


def next_state(state: State, verb: Verb) -> State:
    """Where a step leads; raises WrongState."""
    sources, target = MOVES[verb]
    if state not in sources:
        raise WrongState(state=STATE_LABELS[state])
    return target or state


def can(state: State, verb: Verb) -> bool:
    """Whether a step may be made from a state."""
    return state in MOVES[verb][0]


class OfLimit(StrEnum):
    """What was promised: to hear from somebody (P-5.2a), and a result (P-5.2c)."""

    CONTACT = "contact"
    PROMISE = "promise"


LIMIT_LABELS: Mapping[OfLimit, str] = {
    OfLimit.CONTACT: N_("First contact"),
    OfLimit.PROMISE: N_("Promised time"),
}


class Outcome(StrEnum):
    """What became of it in the end, by the person's own verdict."""

    NONE = ""
    SOLVED = "solved"
    #: Nobody answered: never counted as satisfied.
    UNANSWERED = "unanswered"


OUTCOME_LABELS: Mapping[Outcome, str] = {
    Outcome.NONE: "",
    Outcome.SOLVED: N_("The person says that it is solved"),
    Outcome.UNANSWERED: N_("Closed without the person's answer"),
}


def first_promise(accepted_at: datetime, hours: int) -> datetime:
    """Until when the result is promised where nobody promises something else (P-5.2c, Q1).

    Calendar hours from the moment of acceptance.
    """
    return accepted_at + timedelta(hours=hours)


def due_after_pause(due_at: datetime, *, paused_at: datetime, now: datetime) -> datetime:
    """The promised time, later by as long as the pause was."""
    return due_at + max(timedelta(), now - paused_at)


class Part(StrEnum):
    """What somebody of the staff is to a matter."""

    FIRST_ASKED = "first_asked"
    #: Took it down, where somebody of a higher rank was asked as well.
    OPENER = "opener"
    HOLDER = "holder"
    #: Of those who serve at the post that holds it.
    AT_POST = "at_post"
    REPORTED_TO = "reported_to"
    #: To whom the holder offers it.
    OFFERED_TO = "offered_to"
    #: Who decides, after the second return, who takes it.
    ARBITER = "arbiter"
    #: Leads the unit, and somebody else asks for more time, or contests a pause of somebody else.
    APPROVER = "approver"
    #: Leads the responsible unit, and stands in for whoever is missing.
    LEAD = "lead"
    #: Leads the whole institution (公司領導).
    LEADER = "leader"


#: Who may make a step; whoever leads the unit may stand in for each but the person.
MAKERS: Mapping[Verb, frozenset[Part]] = {
    Verb.TAKE: frozenset({Part.AT_POST, Part.LEAD}),
    Verb.CONFIRM: frozenset({Part.FIRST_ASKED, Part.OPENER, Part.LEAD}),
    Verb.REPORT: frozenset({Part.FIRST_ASKED, Part.OPENER, Part.LEAD}),
    # What a person wrote down is nobody's mistaken entry; whoever leads may say so all the same.
    Verb.VOID: frozenset({Part.OPENER, Part.LEAD}),
    Verb.ESCALATE: frozenset({Part.HOLDER, Part.LEAD}),
    Verb.SETTLE: frozenset({Part.LEADER}),
    Verb.ACKNOWLEDGE: frozenset({Part.REPORTED_TO, Part.LEAD}),
    Verb.REFER: frozenset({Part.HOLDER, Part.LEAD}),
    Verb.ACCEPT: frozenset({Part.OFFERED_TO}),
    Verb.RETURN: frozenset({Part.OFFERED_TO}),
    Verb.TAKE_BACK: frozenset({Part.HOLDER, Part.LEAD}),
    Verb.DECIDE: frozenset({Part.ARBITER}),
    Verb.ASK_TIME: frozenset({Part.HOLDER}),
    Verb.GRANT_TIME: frozenset({Part.APPROVER}),
    Verb.REFUSE_TIME: frozenset({Part.APPROVER}),
    Verb.CONTACT: frozenset({Part.HOLDER, Part.FIRST_ASKED, Part.LEAD}),
    Verb.PAUSE: frozenset({Part.HOLDER, Part.LEAD}),
    Verb.UPHOLD: frozenset({Part.APPROVER}),
    Verb.RESUME: frozenset({Part.HOLDER, Part.LEAD}),
    Verb.FINISH: frozenset({Part.HOLDER, Part.LEAD}),
    Verb.FEED_BACK: frozenset({Part.FIRST_ASKED, Part.LEAD}),
    Verb.TELL: frozenset({Part.FIRST_ASKED, Part.LEAD}),
    Verb.CLOSE: frozenset({Part.FIRST_ASKED, Part.LEAD}),
    Verb.REOPEN: frozenset({Part.FIRST_ASKED, Part.LEAD}),
}
#: In which order a page offers the steps; the first is the one that is due.
OFFERED = (
    Verb.TAKE,
    Verb.CONFIRM,
    Verb.REPORT,
    Verb.ACKNOWLEDGE,
    Verb.ACCEPT,
    Verb.RETURN,
    Verb.DECIDE,
    Verb.GRANT_TIME,
    Verb.REFUSE_TIME,
    Verb.UPHOLD,
    Verb.RESUME,
    Verb.FEED_BACK,
    Verb.TELL,
    Verb.CLOSE,
    Verb.SETTLE,
    Verb.FINISH,
    Verb.CONTACT,
    Verb.ESCALATE,
    Verb.REFER,
    Verb.TAKE_BACK,
    Verb.PAUSE,
    Verb.ASK_TIME,
    Verb.REOPEN,
    Verb.VOID,
)


def steps_for(state: State, parts: frozenset[Part], *, awaits_contact: bool = False) -> list[Verb]:
    """The steps that somebody may make next, the one that is due first.

    ``awaits_contact``: the person has not heard from whoever handles it (P-5.2a).
    """
    steps = [verb for verb in OFFERED if can(state, verb) and MAKERS[verb] & parts]
    if awaits_contact and Verb.CONTACT in steps:
        steps.remove(Verb.CONTACT)
        steps.insert(0, Verb.CONTACT)
    return steps
