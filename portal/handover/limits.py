"""Which time limits of a handover are watched, and whom they tell (AL-07)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.alarms.events import (
    RecipientsAsked,
    Subject,
    SubjectsAsked,
    recipients_asked,
    subjects_asked,
)
from portal.alarms.rules import Kind, Ladder, Level, Limit, Unit, Wait
from portal.alarms.services.watching import arm
from portal.catalog.models import Post
from portal.core.actor import Actor
from portal.duty.queries import list_deciders
from portal.handover.models import Handover

SUBJECT = "handover"
#: Not done at the end of the shift, and a signature that is missing after an emergency.
LATE, UNSIGNED = "AL-07", "AL-07s"
#: What was taken over for a while and is not back by the day that was said.
KEPT = "AL-07b"
#: The giver and the head at once, and an hour later whoever oversees.
LATE_LADDER: Ladder = (
    Level(Wait(0), ("giver", "handover_head"), Kind.ESCALATE),
    Level(Wait(60), ("overseer",), Kind.ESCALATE),
)
#: Signed by the giver and due at no end of a shift: who has it is asked after a working day, then
#: whoever oversees.
OFFERED_LADDER: Ladder = (
    Level(Wait(1, Unit.WORKING_DAYS), ("receiver", "giver", "handover_head"), Kind.ESCALATE),
    Level(Wait(2, Unit.WORKING_DAYS), ("overseer",), Kind.ESCALATE),
)
#: Both of them when the time is over, then the head, then whoever oversees.
KEPT_LADDER: Ladder = (
    Level(Wait(0), ("receiver", "giver"), Kind.CHASE),
    Level(Wait(1, Unit.WORKING_DAYS), ("handover_head",), Kind.ESCALATE),
    Level(Wait(3, Unit.WORKING_DAYS), ("overseer",), Kind.ESCALATE),
)
#: Whoever owes it, and whoever oversees, so that no order stays between those whom it concerns;
#: then the head, and two hours later whoever oversees again.
UNSIGNED_LADDER: Ladder = (
    Level(Wait(-24 * 60), ("unsigned", "overseer"), Kind.CHASE),
    Level(Wait(0), ("unsigned", "handover_head"), Kind.ESCALATE),
    Level(Wait(2 * 60), ("overseer",), Kind.ESCALATE),
)


def late_limit(handover_id: int) -> Limit:
    """The limit of a list that is due at the end of a shift."""
    return Limit(SUBJECT, handover_id, LATE)


def watch_offered(session: Session, handover: Handover, *, actor: Actor, now: datetime) -> None:
    """See to it that a signed list is taken over, also where no shift ends that it is due at."""
    if handover.due_at is None:
        limit = late_limit(handover.id)
        arm(session, limit=limit, ladder=OFFERED_LADDER, due_at=now, actor=actor, now=now)


def kept_limit(handover_id: int) -> Limit:
    """The limit of what is to be handed back."""
    return Limit(SUBJECT, handover_id, KEPT)


def watch_return(session: Session, handover: Handover, *, actor: Actor, now: datetime) -> None:
    """See to it that what was taken over for a while is handed back when it is over."""
    if handover.until_at is not None and handover.returns_id is None:
        limit, due_at = kept_limit(handover.id), handover.until_at
        arm(session, limit=limit, ladder=KEPT_LADDER, due_at=due_at, actor=actor, now=now)


def unsigned_limit(handover_id: int) -> Limit:
    """The limit of signatures that are owed."""
    return Limit(SUBJECT, handover_id, UNSIGNED)


@recipients_asked.connect
def name_recipients(question: RecipientsAsked) -> set[int]:
    """The giver, whoever has not signed, and the head of the post's unit."""
    if question.subject_kind != SUBJECT:
        return set()
    handover = question.session.get_one(Handover, question.subject_id)
    if question.role == "giver":
        return {handover.giver_id}
    if question.role == "receiver":
        return {one for one in [handover.receiver_id] if one is not None}
    if question.role == "unsigned":
        return list_unsigned(handover)
    if question.role == "handover_head":
        post = question.session.get_one(Post, handover.post_id)
        return list_deciders(question.session, post, handover.giver_id)
    return set()


def list_unsigned(handover: Handover) -> set[int]:
    """Who has not signed yet."""
    parties = (
        (handover.giver_id, handover.giver_signed_at),
        (handover.receiver_id, handover.receiver_signed_at),
    )
    return {person for person, at in parties if person is not None and at is None}


@subjects_asked.connect
def name_subjects(question: SubjectsAsked) -> dict[tuple[str, int], Subject]:
    """Handovers in an alarm by the names of their posts."""
    ids = question.ids.get(SUBJECT, ())
    if not ids:
        return {}
    rows = question.session.execute(
        select(Handover.id, Post.name)
        .join(Post, Post.id == Handover.post_id)
        .where(Handover.id.in_(ids))
    )
    return {
        (SUBJECT, row_id): Subject(name, "handover.show", {"handover_id": row_id})
        for row_id, name in rows
    }
