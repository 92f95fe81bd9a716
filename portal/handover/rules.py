"""What is handed over, in which steps, and what changed since it was listed; pure (W-AB-3, I-6)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.core.errors import N_, DomainError, Forbidden

#: How far ahead appointments are handed over one by one (W-YY-2).
AHEAD = timedelta(days=14)
#: How long before the end of a shift the list is made.
READY = timedelta(hours=2)
#: How long a signature may be missing after an emergency.
OWED = timedelta(hours=24)
#: For how long at most something is handed over to be handed back.
LONGEST = timedelta(days=92)


class Reason(StrEnum):
    """Why something is handed over."""

    SHIFT = "shift"
    LEAVE = "leave"
    EMERGENCY = "emergency"
    RETURN = "return"


#: What is taken over only until the giver is back.
RETURNABLE = (Reason.LEAVE, Reason.EMERGENCY)
REASON_LABELS: Mapping[Reason, str] = {
    Reason.SHIFT: N_("End of the shift"),
    Reason.LEAVE: N_("Leave or another absence"),
    Reason.EMERGENCY: N_("Emergency"),
    Reason.RETURN: N_("Handed back"),
}


class State(StrEnum):
    """Where a handover stands."""

    LISTING = "listing"
    OFFERED = "offered"
    #: The receiver did not take one thing; the giver puts it right and signs again.
    REFUSED = "refused"
    #: Moved by the head in an emergency; a signature is missing.
    ORDERED = "ordered"
    CONFIRMED = "confirmed"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


STATE_LABELS: Mapping[State, str] = {
    State.LISTING: N_("Being listed"),
    State.OFFERED: N_("Signed by the giver, waits for the receiver"),
    State.REFUSED: N_("Sent back to the giver"),
    State.ORDERED: N_("Moved in an emergency, a signature is missing"),
    State.CONFIRMED: N_("Taken over"),
    State.RETURNED: N_("Taken over and handed back"),
    State.WITHDRAWN: N_("Called off"),
}
#: While it is one of these nothing has moved.
OPEN = (State.LISTING, State.OFFERED, State.REFUSED)
#: While the giver may change the list.
MENDING = (State.LISTING, State.REFUSED)


class Verb(StrEnum):
    """A step that changes the state."""

    OFFER = "offer"
    REFUSE = "refuse"
    CONFIRM = "confirm"
    COMPLETE = "complete"
    RETURN = "return"
    WITHDRAW = "withdraw"


#: From where each step may be made, and where it leads.
MOVES: Mapping[Verb, tuple[frozenset[State], State]] = {
    Verb.OFFER: (frozenset(MENDING), State.OFFERED),
    Verb.REFUSE: (frozenset({State.OFFERED}), State.REFUSED),
    Verb.CONFIRM: (frozenset({State.OFFERED}), State.CONFIRMED),
    # Both signatures are there after an emergency.
    Verb.COMPLETE: (frozenset({State.ORDERED}), State.CONFIRMED),
    Verb.RETURN: (frozenset({State.CONFIRMED}), State.RETURNED),
    Verb.WITHDRAW: (frozenset(OPEN), State.WITHDRAWN),
}


class Kind(StrEnum):
    """What a line of the list is about."""

    APPOINTMENT = "appointment"
    MATTER = "matter"
    #: What became of it with whoever had it meanwhile.
    DONE = "done"
    DOCUMENT = "document"
    SEAL = "seal"
    KEY = "key"
    CASH = "cash"
    CARD = "card"
    EQUIPMENT = "equipment"
    PERSON = "person"
    INSTRUCTION = "instruction"
    OTHER = "other"


#: What the giver adds.
BY_HAND: Mapping[Kind, str] = {
    Kind.DOCUMENT: N_("Documents and originals"),
    Kind.SEAL: N_("Seals"),
    Kind.KEY: N_("Keys"),
    Kind.CASH: N_("Cash"),
    Kind.CARD: N_("Cards"),
    Kind.EQUIPMENT: N_("Equipment and network"),
    Kind.PERSON: N_("Special persons"),
    Kind.INSTRUCTION: N_("Instructions from above"),
    Kind.OTHER: N_("Something else"),
}


class WrongState(DomainError):
    """The handover stands where this step cannot be made."""

    status = 409
    default = N_("This is not possible any more: the handover stands at “%(state)s”.")
    worded = ("state",)


class NeedsWords(DomainError):
    """What somebody else reads needs its words."""

    default = N_("Write it in a few words.")


class NoReceiver(DomainError):
    """Only who is named for the post takes it over, and nobody from themselves."""

    default = N_("Choose a colleague who is named for this post.")


class NotNamed(DomainError):
    """Whoever lost the place at a post since it was offered takes nothing over there."""

    default = N_("You are not named for this post any more. Ask whoever keeps the posts.")


class NotSoLong(DomainError):
    """Handed over for a while is for no longer than a leave, and not for what is over."""

    default = N_("Choose a day from today on, within %(days)s days.")


class OnlyForAWhile(DomainError):
    """At the end of a shift nothing is handed over to be handed back."""

    default = N_("A day on which it comes back goes with a leave or another absence.")


class OpenAlready(DomainError):
    """One list at a time."""

    status = 409
    default = N_("You are handing this post over already. Go on with that list.")


class NotYours(Forbidden):
    """Only who is named for a post, or is there, has anything of it to hand over."""

    default = N_("You hand over posts for which you are named.")


class StillOwed(DomainError):
    """What is due at the end of a shift is handed over, not withdrawn (AL-07)."""

    default = N_("This is due at the end of the shift. Hand it over, or ask the head.")


class NotSameItem(DomainError):
    """The list has changed since the page was opened."""

    status = 409
    default = N_("This is not on the list any more. Look again.")


class OwnEmergency(DomainError):
    """Nobody orders away what lies with themselves."""

    default = N_("What is in your own hands you hand over yourself.")


class OrdersForSelf(DomainError):
    """Nobody takes over by the own order."""

    default = N_("You cannot order it to yourself. Choose somebody else.")


def check_until(until_at: datetime | None, reason: Reason, now: datetime) -> None:
    """Refuse an end that is over or lies too far ahead, or where nobody goes away for a while.

    Raises OnlyForAWhile and NotSoLong on ``until``.
    """
    if until_at is not None and reason is not Reason.LEAVE:
        raise OnlyForAWhile(field="until")
    if until_at is not None and not now < until_at <= now + LONGEST:
        raise NotSoLong(field="until", days=LONGEST.days)


def next_state(state: State, verb: Verb) -> State:
    """Where a step leads; raises WrongState."""
    sources, target = MOVES[verb]
    if state not in sources:
        raise WrongState(state=STATE_LABELS[state])
    return target


def check_mending(state: State) -> None:
    """Refuse to change a list that is signed; raises WrongState."""
    if state not in MENDING:
        raise WrongState(state=STATE_LABELS[state])


#: What a line says in the place of a matter's state when the giver does not hold it.
ANSWERED = "answers"
#: What a line is about: "matter" or "booking", and its id.
Subject = tuple[str, int]


@dataclass(frozen=True)
class Thing:
    """A matter or an appointment that is to be handed over, as the facts say now."""

    kind: Kind
    subject: Subject
    #: The promised time, or when the appointment begins.
    at: datetime | None
    state: str


@dataclass(frozen=True)
class Line:
    """The same as it stands on the list."""

    item_id: int
    kind: Kind
    subject: Subject
    at: datetime | None
    is_gone: bool
    #: The giver answers to the person for it, and somebody else has it in hand.
    is_answered: bool = False


@dataclass(frozen=True)
class Changes:
    """What has to be seen anew: things that came, are otherwise than before, or are gone."""

    added: Sequence[Thing]
    moved: Sequence[tuple[int, Thing]]
    gone: Sequence[int]

    @property
    def item_ids(self) -> set[int]:
        """The lines of the list that say something else than before."""
        return {item_id for item_id, _thing in self.moved} | set(self.gone)

    def __bool__(self) -> bool:
        return bool(self.added or self.moved or self.gone)

    def __len__(self) -> int:
        return len(self.added) + len(self.moved) + len(self.gone)


def compare(lines: Iterable[Line], things: Iterable[Thing]) -> Changes:
    """What differs between a list and the facts."""
    listed = {line.subject: line for line in lines}
    facts = {thing.subject: thing for thing in things}
    moved = [
        (line.item_id, facts[subject])
        for subject, line in listed.items()
        if subject in facts and _differs(line, facts[subject])
    ]
    gone = [
        line.item_id
        for subject, line in listed.items()
        if subject not in facts and not line.is_gone
    ]
    added = [thing for subject, thing in facts.items() if subject not in listed]
    return Changes(added, moved, gone)


def _differs(line: Line, thing: Thing) -> bool:
    said = line.at, line.kind, line.is_answered
    return line.is_gone or said != (thing.at, thing.kind, thing.state == ANSWERED)
