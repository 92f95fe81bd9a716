"""One step of a matter's course: compared and set, written down, told to whoever listens."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.errors import N_, DomainError, Stale
from portal.core.ledger import record
from portal.identity.queries.staff import list_staff_names
from portal.matters.events import MatterStep, matter_stepped
from portal.matters.models import Matter, MatterEvent, MatterWords
from portal.matters.rules import STATE_LABELS, State, Verb, next_state

#: How the ledger words each step.
PAST = {
    Verb.TAKE: "taken",
    Verb.CONFIRM: "confirmed",
    Verb.REPORT: "reported",
    Verb.ACKNOWLEDGE: "acknowledged",
    Verb.REFER: "referred",
    Verb.ACCEPT: "accepted",
    Verb.RETURN: "returned",
    Verb.LAPSE: "lapsed",
    Verb.DISPUTE: "disputed",
    Verb.TAKE_BACK: "taken_back",
    Verb.RECALL: "recalled",
    Verb.DECIDE: "decided",
    Verb.ASK_TIME: "time_asked",
    Verb.GRANT_TIME: "time_granted",
    Verb.REFUSE_TIME: "time_refused",
    Verb.CONTACT: "contacted",
    Verb.ESCALATE: "escalated",
    Verb.SETTLE: "settled",
    Verb.PAUSE: "paused",
    Verb.CONTEST: "contested",
    Verb.UPHOLD: "upheld",
    Verb.RESUME: "resumed",
    Verb.FINISH: "finished",
    Verb.FEED_BACK: "fed_back",
    Verb.TELL: "told",
    Verb.CLOSE: "closed",
    Verb.REOPEN: "reopened",
    Verb.WITHDRAW: "withdrawn",
    Verb.VOID: "voided",
}


class Erased(DomainError):
    """What was brought is erased; nothing is added to it any more."""

    status = 409
    default = N_("This was kept long enough and is erased. Take it down anew.")


class Meanwhile(Stale):
    """Somebody else was faster; says who, and how the matter stands since."""

    default = N_("Meanwhile this was changed: it stands at “%(state)s”. Look again, then decide.")
    by_name = N_("%(who)s was faster: it stands at “%(state)s”. Look again, then decide.")
    worded = ("state",)


class NeedsWords(DomainError):
    """A step that somebody else reads needs its words."""

    default = N_("Write it in words that the person understands.")


def check_words(words: str, field: str = "words") -> None:
    """Raises NeedsWords on the field of a page when nothing is said."""
    if not words.strip():
        raise NeedsWords(field=field)


def lock(session: Session, matter: Matter, version: int | None = None) -> None:
    """Take a matter in hand: as it was shown, or however it stands; raises Meanwhile and Erased."""
    session.refresh(matter, with_for_update=True)
    if matter.erased_at is not None:
        raise Erased
    if version is not None and matter.version != version:
        raise _tell_meanwhile(session, matter)


def _tell_meanwhile(session: Session, matter: Matter) -> Meanwhile:
    """What whoever comes second reads: who was faster, and how it stands since."""
    state = STATE_LABELS[State(matter.state)]
    last = session.scalars(
        select(MatterEvent)
        .where(MatterEvent.matter_id == matter.id)
        .order_by(MatterEvent.number.desc())
        .limit(1)
    ).one()
    if last.actor_kind != "staff":
        return Meanwhile(version=matter.version, state=state)
    names = list_staff_names(session, [last.actor_id or 0])
    who = names.get(last.actor_id or 0, "")
    return Meanwhile(Meanwhile.by_name, version=matter.version, who=who, state=state)


def move(session: Session, matter: Matter, verb: Verb, *, version: int) -> None:
    """Take a matter in hand and change its state by a verb of the rules.

    The caller changes what else goes with it, then writes it down by ``note``. Raises WrongState
    and Meanwhile.
    """
    lock(session, matter, version)
    matter.state = next_state(State(matter.state), verb)


def note(
    session: Session,
    matter: Matter,
    code: Verb | str,
    *,
    actor: Actor,
    now: datetime,
    words: str = "",
    papers: str = "",
    is_public: bool = True,
    staff_id: int | None = None,
    due_at: datetime | None = None,
    way: str = "",
) -> MatterEvent:
    """Write down what happened to a matter in hand, and raise its version."""
    matter.version += 1
    session.flush()
    numbers = select(func.max(MatterEvent.number)).where(MatterEvent.matter_id == matter.id)
    event = MatterEvent(
        matter_id=matter.id,
        number=(session.scalar(numbers) or 0) + 1,
        round=matter.round,
        at=now,
        code=str(code),
        actor_kind=actor.kind,
        actor_id=actor.id,
        state=matter.state,
        holder_staff_id=matter.holder_staff_id,
        holder_post_id=matter.holder_post_id,
        staff_id=staff_id,
        due_at=due_at,
        way=way,
    )
    session.add(event)
    session.flush()
    if words.strip():
        session.add(
            MatterWords(
                matter_id=matter.id,
                event_id=event.id,
                words=words.strip(),
                papers=papers.strip() or None,
                is_public=is_public,
            )
        )
        session.flush()
    record(
        session,
        f"matters.matter.{PAST[code] if isinstance(code, Verb) else code}",
        subject=("matter", matter.id),
        actor=actor,
        now=now,
        state=matter.state,
        round=matter.round,
    )
    matter_stepped.send(MatterStep(session, matter.id, event.id, str(code), now))
    return event
