"""By when help is given or decided on, and who is told when it is not."""

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
from portal.alarms.services.watching import arm, end_all
from portal.core.actor import Actor
from portal.identity.models import Staff
from portal.identity.queries.heads import find_head, find_superior
from portal.matters.assistance_models import Assistance
from portal.matters.assistance_rules import HelpState
from portal.matters.queries import list_matters_by_id

SUBJECT = "assistance"
#: Help that nobody gave in time, and help on which somebody above decides (P-4.2.1, AL-05).
OWED, ESCALATED = "P-4.2.1", "AL-05"
#: Who owes it is chased; whoever is above that one is told, and a working day later who oversees.
_OWED: Ladder = (
    Level(Wait(0), ("helper", "helper_head"), Kind.ESCALATE),
    Level(Wait(1, Unit.WORKING_DAYS), ("overseer",), Kind.ESCALATE),
)
#: Somebody above decides within a working day; then whoever oversees.
_ESCALATED: Ladder = (
    Level(Wait(0), ("decider",), Kind.ESCALATE),
    Level(Wait(1, Unit.WORKING_DAYS), ("overseer",), Kind.ESCALATE),
)


def watch(session: Session, row: Assistance, *, actor: Actor, now: datetime) -> None:
    """Watch the limit that a request has since its last step, and no other."""
    end_all(session, subject=(SUBJECT, row.id), actor=actor, now=now)
    if row.state == HelpState.ESCALATED:
        limit = Limit(SUBJECT, row.id, ESCALATED)
        arm(session, limit=limit, ladder=_ESCALATED, due_at=now, actor=actor, now=now)
    elif row.ended_at is None:
        limit = Limit(SUBJECT, row.id, OWED)
        arm(session, limit=limit, ladder=_OWED, due_at=row.due_at, actor=actor, now=now)


@recipients_asked.connect
def name_recipients(question: RecipientsAsked) -> set[int]:
    """Who has a part in a request for help by now."""
    if question.subject_kind != SUBJECT:
        return set()
    row = question.session.get_one(Assistance, question.subject_id)
    found = {"helper": row.helper_id, "decider": row.decider_id}.get(question.role)
    if question.role == "helper_head":
        found = _head_above(question.session, row.helper_id)
    return set() if found is None else {found}


def _head_above(session: Session, helper_id: int) -> int | None:
    """The head of the helper's unit; above the head, whoever is above that unit."""
    head = find_head(session, session.get_one(Staff, helper_id).unit_id)
    if head is None or head.id == helper_id:
        head = find_superior(session, [helper_id])
    return head.id if head else None


@subjects_asked.connect
def name_subjects(question: SubjectsAsked) -> dict[tuple[str, int], Subject]:
    """Requests in an alarm: by the number of their matter."""
    session, ids = question.session, question.ids.get(SUBJECT, ())
    if not ids:
        return {}
    rows = session.scalars(select(Assistance).where(Assistance.id.in_(ids))).all()
    matters = {
        matter.id: matter for matter in list_matters_by_id(session, {row.matter_id for row in rows})
    }
    return {
        (SUBJECT, row.id): Subject(
            {"zh_Hant": matters[row.matter_id].reference}, "assistance.show", {"help_id": row.id}
        )
        for row in rows
    }
