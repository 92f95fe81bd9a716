"""What is waited for besides the result: to hear from somebody, an answer, a decision."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.alarms.queries import find_watch
from portal.alarms.rules import Kind, Ladder, Level, Limit, Unit, Wait, moment_after
from portal.alarms.services.watching import arm, end
from portal.calendar.queries import get_openings
from portal.core.actor import Actor
from portal.matters.events import MatterStep, matter_stepped
from portal.matters.limits import SUBJECT
from portal.matters.models import Matter, MatterEvent
from portal.matters.rules import Verb
from portal.tenancy.queries import get_tenant

#: First contact (P-5.2a), and a pause that the person does not accept.
CONTACT, CONTESTED = "AL-02c", "AL-04c"
#: What was taken up and is not recorded yet (P-4.1.1a), and a pause that goes on (掛賬).
UNRECORDED, PAUSED = "AL-02r", "AL-04p"
#: What whoever leads the institution decides (P-3.1d, Q7), and more time that is asked for (Q1).
ESCALATED, MORE_TIME = "AL-04d", "AL-04e"
#: Whoever holds it is chased, and the head told, at once; then whoever oversees.
_CONTACT: Ladder = (
    Level(Wait(0), ("holder", "at_post", "unit_head"), Kind.CHASE),
    Level(Wait(1, Unit.WORKING_DAYS), ("overseer",), Kind.ESCALATE),
)
#: So long before that it is at once, whatever holidays lie between.
_AT_ONCE = Wait(-60 * 24 * 60)
#: The head is told at once and answers within a working day; then whoever oversees. The same where
#: more time is asked for, which is of no use after the promise.
_CONTESTED: Ladder = (
    Level(_AT_ONCE, ("other_head",), Kind.WARN),
    Level(Wait(0), ("other_head", "overseer"), Kind.ESCALATE),
)
_TO_ANSWER = Wait(1, Unit.WORKING_DAYS)
#: Told at once; after four hours without a word, whoever oversees.
_ESCALATED: Ladder = (
    Level(Wait(0), ("leader",), Kind.CHASE),
    Level(Wait(4 * 60), ("overseer",), Kind.ESCALATE),
)
#: Taken up for a day, or paused for a week: whoever holds it is chased; then those above.
_UNRECORDED: Ladder = (
    Level(Wait(0), ("holder", "first_asked"), Kind.CHASE),
    Level(Wait(1, Unit.WORKING_DAYS), ("overseer",), Kind.ESCALATE),
)
_PAUSED: Ladder = (
    Level(Wait(0), ("holder", "unit_head"), Kind.CHASE),
    Level(Wait(5, Unit.WORKING_DAYS), ("overseer",), Kind.ESCALATE),
)
RECORDED_WITHIN, PAUSED_FOR = timedelta(days=1), timedelta(days=7)
#: Steps after which nobody asks for more time any more.
_NO_MORE_ASKED = frozenset({Verb.GRANT_TIME, Verb.REFUSE_TIME, Verb.PAUSE, Verb.FINISH, Verb.REFER})
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
        _arm_answer(session, contested, actor, now)
    elif step.code in (Verb.RESUME, Verb.UPHOLD):
        end(session, limit=contested, actor=actor, now=now)
    escalated = Limit(SUBJECT, matter.id, ESCALATED, matter.round)
    if step.code == Verb.ESCALATE:
        arm(session, limit=escalated, ladder=_ESCALATED, due_at=now, actor=actor, now=now)
    elif step.code == Verb.SETTLE:
        end(session, limit=escalated, actor=actor, now=now)
    more_time = Limit(SUBJECT, matter.id, MORE_TIME, matter.round)
    if step.code == Verb.ASK_TIME:
        _arm_answer(session, more_time, actor, now, latest=matter.due_at)
    elif step.code in _NO_MORE_ASKED:
        end(session, limit=more_time, actor=actor, now=now)
    _watch_standstill(step, matter, actor)
    if matter.contact_due_at is not None:
        _watch_contact(step, matter, actor)


def _arm_answer(
    session: Session, limit: Limit, actor: Actor, now: datetime, *, latest: datetime | None = None
) -> None:
    tenant = get_tenant(session)
    hours = get_openings(session, tenant.zone, tenant.region).schedule(None)
    due_at = moment_after(now, _TO_ANSWER, hours)
    arm(
        session,
        limit=limit,
        ladder=_CONTESTED,
        due_at=min(due_at, latest or due_at),
        actor=actor,
        now=now,
        is_told_at_once=True,
    )


def contest_answered_until(session: Session, matter: Matter) -> datetime | None:
    """Until when somebody answers the objection to a pause; none where there is none."""
    if matter.contested_at is None:
        return None
    watch = find_watch(session, Limit(SUBJECT, matter.id, CONTESTED, matter.round))
    return watch.due_at if watch is not None else None


def _watch_standstill(step: MatterStep, matter: Matter, actor: Actor) -> None:
    """No state in which nothing happens lies in silence for good."""
    session, now = step.session, step.now
    unrecorded = Limit(SUBJECT, matter.id, UNRECORDED, matter.round)
    paused = Limit(SUBJECT, matter.id, PAUSED, matter.round)
    if step.code == Verb.TAKE or (step.code == "opened" and matter.first_asked_id is not None):
        due_at = now + RECORDED_WITHIN
        arm(session, limit=unrecorded, ladder=_UNRECORDED, due_at=due_at, actor=actor, now=now)
    elif step.code == Verb.CONFIRM:
        end(session, limit=unrecorded, actor=actor, now=now)
    elif step.code == Verb.PAUSE:
        due_at = now + PAUSED_FOR
        arm(session, limit=paused, ladder=_PAUSED, due_at=due_at, actor=actor, now=now)
    elif step.code == Verb.RESUME:
        end(session, limit=paused, actor=actor, now=now)


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
