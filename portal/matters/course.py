"""A matter's course in words, for staff and for the person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.core.errors import N_
from portal.matters.models import MatterEvent
from portal.matters.queries import Step

#: What a step is called, with who made it and whom it concerns; by the event's code.
BY_STAFF: Mapping[str, str] = {
    "opened": N_("%(who)s took it up"),
    "take": N_("%(who)s took it up"),
    "confirm": N_("Read back and confirmed"),
    "report": N_("Reported to %(whom)s"),
    "acknowledge": N_("%(who)s has it in hand"),
    "added": N_("%(who)s added"),
    "refer": N_("%(who)s offered it to %(whom)s"),
    "accept": N_("%(who)s has it in hand"),
    "return": N_("%(who)s returned it"),
    "lapse": N_("%(whom)s did not answer; it came back"),
    "dispute": N_("It came back again from %(whom)s; somebody above decides"),
    "take_back": N_("%(who)s took the offer back"),
    "recall": N_("%(whom)s left before answering; it came back"),
    "handed_over": N_("%(holder)s took it over from %(whom)s"),
    "stood_in": N_("%(whom)s answers for it from now on"),
    "post_moved": N_("It waits at another place until somebody takes it up"),
    "report_moved": N_("Now reported to %(whom)s"),
    "decision_moved": N_("Somebody else decides who takes it"),
    "assist_asked": N_("%(who)s asked %(whom)s for help"),
    "assist_done": N_("%(who)s helped"),
    "assist_escalated": N_("%(who)s escalated it; somebody above decides who helps"),
    "assist_decided": N_("%(who)s decided: %(whom)s helps"),
    "assist_ended": N_("Help from %(whom)s is not needed any more"),
    "assist_moved": N_("Help is asked of %(whom)s now"),
    "assist_decider": N_("Somebody else decides who helps"),
    "decide": N_("%(whom)s has it in hand"),
    "ask_time": N_("%(who)s asked for more time"),
    "grant_time": N_("There is a new time"),
    "refuse_time": N_("%(who)s allowed no more time"),
    "attached": N_("%(who)s added photos or papers"),
    "contact": N_("%(who)s spoke with the person"),
    "pause": N_("Paused"),
    "escalate": N_("%(who)s put it before the leader"),
    "settle": N_("%(who)s decided"),
    "uphold": N_("%(who)s: the pause stands"),
    "resume": N_("It goes on"),
    "finish": N_("Done by %(who)s"),
    "feed_back": N_("The result is back with %(who)s"),
    "tell": N_("%(who)s told the person"),
    "close": N_("Concluded"),
    "reopen": N_("Opened again"),
    "void": N_("Void"),
    "notified": N_("%(who)s gave the one-time notice"),
    "papers_in": N_("%(who)s took papers in"),
    "complete": N_("The papers are complete"),
    "demanded": N_("%(who)s asked for a paper that is not on the notice"),
    "demand_stopped": N_("%(who)s asked for more although the papers are complete"),
}
#: Two were asked at once; whoever ranks higher is the first asked.
TOGETHER = N_("%(who)s took it up; %(whom)s was asked as well")
BY_PERSON: Mapping[str, str] = {
    "opened": N_("Written down online"),
    "added": N_("The person added"),
    "agreed": N_("The person says that it is right like this"),
    "contest": N_("The person does not accept the pause"),
    "close": N_("The person says that it is solved"),
    "reopen": N_("The person says that it is not solved"),
    "withdraw": N_("The person withdrew it"),
}
#: Steps between colleagues, which tell the person nothing.
INTERNAL = frozenset(
    {"feed_back", "refer", "return", "lapse", "dispute", "take_back", "ask_time", "refuse_time"}
    | {"assist_asked", "assist_done", "assist_escalated", "assist_decided"}
    | {"assist_ended", "assist_moved", "assist_decider", "escalate"}
    | {"recall", "post_moved", "report_moved", "decision_moved"}
    | {"demand_stopped"}
)


@dataclass(frozen=True)
class Worded:
    """A step in words: a msgid with its places, what was said, and the time it promised."""

    at: datetime
    said: str
    places: Mapping[str, str]
    words: str | None
    is_public: bool
    due_at: datetime | None
    is_by_person: bool
    #: The papers that went along, one a line.
    papers: str | None = None


def staff_in(course: Sequence[Step]) -> list[int]:
    """The staff whose names a course says."""
    made = {step.event.actor_id for step in course if step.event.actor_kind == "staff"}
    concerned = {step.event.staff_id for step in course}
    took_over = {step.event.holder_staff_id for step in course if step.event.code == "handed_over"}
    return sorted(one for one in made | concerned | took_over if one is not None)


def word_course(course: Sequence[Step], names: Mapping[int, str]) -> list[Worded]:
    """The whole course, as colleagues read it."""
    return [_word(step, names) for step in course]


def word_for_person(course: Sequence[Step], names: Mapping[int, str]) -> list[Worded]:
    """The course as the person reads it: what colleagues did among themselves stays away."""
    return [
        _word(step, names)
        for step in course
        if step.event.code not in INTERNAL and (step.is_public or step.event.code != "added")
    ]


def _say(event: MatterEvent) -> str:
    """What a step is called."""
    if event.actor_kind == "citizen":
        return BY_PERSON.get(event.code, event.code)
    if event.code == "opened" and event.staff_id is not None:
        return TOGETHER
    return BY_STAFF.get(event.code, event.code)


def _word(step: Step, names: Mapping[int, str]) -> Worded:
    event = step.event
    return Worded(
        at=event.at,
        said=_say(event),
        places={
            "who": names.get(event.actor_id or 0, ""),
            "whom": names.get(event.staff_id or 0, ""),
            "holder": names.get(event.holder_staff_id or 0, ""),
        },
        words=step.words,
        is_public=step.is_public,
        due_at=event.due_at,
        is_by_person=event.actor_kind == "citizen",
        papers=step.papers,
    )
