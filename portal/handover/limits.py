"""Which time limits of a handover are watched, and whom they tell (AL-07)."""

from sqlalchemy import select

from portal.alarms.events import (
    RecipientsAsked,
    Subject,
    SubjectsAsked,
    recipients_asked,
    subjects_asked,
)
from portal.alarms.rules import Kind, Ladder, Level, Limit, Wait
from portal.catalog.models import Post
from portal.duty.queries import list_deciders
from portal.handover.models import Handover

SUBJECT = "handover"
#: Not done at the end of the shift, and a signature that is missing after an emergency.
LATE, UNSIGNED = "AL-07", "AL-07s"
#: The giver and the head at once, and an hour later whoever oversees.
LATE_LADDER: Ladder = (
    Level(Wait(0), ("giver", "handover_head"), Kind.ESCALATE),
    Level(Wait(60), ("overseer",), Kind.ESCALATE),
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
