"""What the person waits for besides the result: to hear from somebody, and an answer."""

from portal.alarms.queries import find_watch
from portal.alarms.rules import Kind, Ladder, Level, Limit, Unit, Wait
from portal.alarms.services.watching import arm, end
from portal.core.actor import Actor
from portal.matters.events import MatterStep, matter_stepped
from portal.matters.limits import SUBJECT
from portal.matters.models import Matter, MatterEvent
from portal.matters.rules import Verb

#: First contact (P-5.2a), and a pause that the person does not accept.
CONTACT, CONTESTED = "AL-02c", "AL-04c"
#: Whoever holds it is chased, and the head told, at once; then whoever oversees.
_CONTACT: Ladder = (
    Level(Wait(0), ("holder", "at_post", "unit_head"), Kind.CHASE),
    Level(Wait(1, Unit.WORKING_DAYS), ("overseer",), Kind.ESCALATE),
)
#: The head answers within a working day; then whoever oversees.
_CONTESTED: Ladder = (
    Level(Wait(0), ("other_head",), Kind.ESCALATE),
    Level(Wait(1, Unit.WORKING_DAYS), ("overseer",), Kind.ESCALATE),
)
#: Steps with which somebody begins to wait.
_BEGIN = frozenset({"opened", Verb.ACKNOWLEDGE, Verb.ACCEPT, Verb.DECIDE, Verb.REOPEN})


@matter_stepped.connect
def watch_person(step: MatterStep) -> None:
    """Follow a matter's course, in the transaction of the step."""
    session, now = step.session, step.now
    matter = session.get_one(Matter, step.matter_id)
    event = session.get_one(MatterEvent, step.event_id)
    actor = Actor(event.actor_kind, event.actor_id)  # type: ignore[arg-type]
    contested = Limit(SUBJECT, matter.id, CONTESTED, matter.round)
    if step.code == Verb.CONTEST:
        arm(session, limit=contested, ladder=_CONTESTED, due_at=now, actor=actor, now=now)
    elif step.code in (Verb.RESUME, Verb.UPHOLD):
        end(session, limit=contested, actor=actor, now=now)
    if matter.contact_due_at is not None:
        _watch_contact(step, matter, actor)


def _watch_contact(step: MatterStep, matter: Matter, actor: Actor) -> None:
    session, now = step.session, step.now
    limit = Limit(SUBJECT, matter.id, CONTACT, matter.round)
    if matter.contacted_at is not None:
        if matter.contacted_at == now:
            end(session, limit=limit, actor=actor, now=now)
    elif step.code in _BEGIN and find_watch(session, limit) is None:
        assert matter.contact_due_at is not None
        due_at = matter.contact_due_at
        arm(session, limit=limit, ladder=_CONTACT, due_at=due_at, actor=actor, now=now)
