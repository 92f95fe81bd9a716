"""Which time limits of a matter are watched, and who is told when one is near or past."""

from datetime import timedelta

from portal.alarms.events import (
    Subject,
    SubjectsAsked,
    subjects_asked,
)
from portal.alarms.rules import Kind, Ladder, Level, Limit, Unit, Wait
from portal.alarms.services.seeing import tell_anew
from portal.alarms.services.watching import arm, end, end_all, move_due, pause
from portal.core.actor import Actor
from portal.matters.events import MatterStep, matter_stepped
from portal.matters.models import Matter, MatterEvent
from portal.matters.queries import list_matters_by_id
from portal.matters.rules import Verb
from portal.tenancy.queries import get_settings, get_tenant

SUBJECT = "matter"
#: A report that nobody acknowledges (P-4.1.1b), and the promised time (P-5.2c).
UNREAD, PROMISED = "AL-02", "AL-04"
#: An offer that came back by silence, or for the second time (P-4.2.1, W-SW-3).
RETURNED = "AL-05"
#: Unread it goes to the deputy, and half an hour later to whoever oversees.
_UNREAD: Ladder = (
    Level(Wait(0), ("deputy",), Kind.ESCALATE),
    Level(Wait(30), ("overseer",), Kind.ESCALATE),
)
#: Warned a day before and chased at the time; then the head, and a working day later above.
_PROMISED: Ladder = (
    Level(Wait(-24 * 60), ("holder",), Kind.WARN),
    Level(Wait(0), ("holder", "first_asked"), Kind.CHASE),
    Level(Wait(2 * 60), ("unit_head",), Kind.ESCALATE),
    Level(Wait(1, Unit.WORKING_DAYS), ("overseer",), Kind.ESCALATE),
)
#: By silence it is told to the giver and to the head of whoever was silent.
_SILENT: Ladder = (Level(Wait(0), ("holder", "asked_head"), Kind.ESCALATE),)
#: The second time somebody above decides within a working day; then whoever oversees.
_DISPUTED: Ladder = (
    Level(Wait(0), ("arbiter",), Kind.ESCALATE),
    Level(Wait(1, Unit.WORKING_DAYS), ("overseer",), Kind.ESCALATE),
)
#: Steps after which nothing lies around that came back.
_GONE_ON = frozenset({Verb.REFER, Verb.DECIDE, Verb.FINISH, Verb.PAUSE})
#: Steps after which somebody else answers for it than before.
_OTHERS_ANSWER = frozenset(
    {Verb.ACKNOWLEDGE, Verb.ACCEPT, Verb.DECIDE, Verb.FEED_BACK}
    | {"handed_over", "stood_in", "report_moved", "decision_moved"}
)
#: Steps after which the promise was kept, or is of no use any more.
_OVER = frozenset({Verb.TELL, Verb.WITHDRAW, Verb.VOID, Verb.CLOSE})


@matter_stepped.connect
def watch_limits(step: MatterStep) -> None:
    """Follow a matter's course with its limits, in the transaction of the step."""
    session, now = step.session, step.now
    matter = session.get_one(Matter, step.matter_id)
    event = session.get_one(MatterEvent, step.event_id)
    actor = Actor(event.actor_kind, event.actor_id)  # type: ignore[arg-type]
    promised = Limit(SUBJECT, matter.id, PROMISED, matter.round)
    unread = Limit(SUBJECT, matter.id, UNREAD, matter.round)
    returned = Limit(SUBJECT, matter.id, RETURNED, matter.round)
    if step.code in _GONE_ON:
        end(session, limit=returned, actor=actor, now=now)
    if step.code in (Verb.ACKNOWLEDGE, Verb.FINISH):
        end(session, limit=unread, actor=actor, now=now)
    # After a pause the ladder begins anew, from the time that the person was told.
    if step.code in (Verb.CONFIRM, Verb.REOPEN, Verb.RESUME) and matter.due_at is not None:
        arm(session, limit=promised, ladder=_PROMISED, due_at=matter.due_at, actor=actor, now=now)
    elif step.code == Verb.REPORT:
        rules = get_settings(session, get_tenant(session), at=now).matters
        due_at = now + timedelta(minutes=rules.acknowledge_minutes)
        arm(session, limit=unread, ladder=_UNREAD, due_at=due_at, actor=actor, now=now)
    elif step.code in _OTHERS_ANSWER:
        tell_anew(session, subject=(SUBJECT, matter.id), now=now)
    elif step.code in (Verb.LAPSE, Verb.DISPUTE):
        ladder = _SILENT if step.code == Verb.LAPSE else _DISPUTED
        arm(session, limit=returned, ladder=ladder, due_at=now, actor=actor, now=now)
    elif step.code == Verb.GRANT_TIME and matter.due_at is not None:
        move_due(session, limit=promised, due_at=matter.due_at, actor=actor, now=now)
    elif step.code == Verb.PAUSE and matter.due_at is not None:
        pause(session, limit=promised, actor=actor, now=now)
    elif step.code in _OVER:
        end_all(session, subject=(SUBJECT, matter.id), actor=actor, now=now)


@subjects_asked.connect
def name_subjects(question: SubjectsAsked) -> dict[tuple[str, int], Subject]:
    """Matters in an alarm: their number, for the title is personal and may be read by others."""
    matters = list_matters_by_id(question.session, question.ids.get(SUBJECT, ()))
    return {
        (SUBJECT, matter.id): Subject(
            {"zh_Hant": matter.reference}, "matters.show", {"matter_id": matter.id}
        )
        for matter in matters
    }
