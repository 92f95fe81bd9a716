"""The complaint about a broken promise: sent by the citizen, answered by the oversight role."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.appointments.breach_models import Breach, BreachComplaint
from portal.appointments.breach_rules import AlreadyAnswered
from portal.appointments.events import BreachEvent, complaint_answered
from portal.core.actor import Actor
from portal.core.ledger import record


def send_complaint(
    session: Session, *, breach: Breach, words: str, actor: Actor, now: datetime
) -> BreachComplaint:
    """Complain about a breach, with or without words of one's own (W-YY-3, Q14).

    The evidence is the breach itself and the ledger's lines about its booking, which nobody can
    change. Raises AlreadySent.
    """
    complaint = BreachComplaint(breach_id=breach.id, words=words.strip() or None, sent_at=now)
    session.add(complaint)
    session.flush()
    _record(session, complaint, "sent", actor, now)
    return complaint


def answer_complaint(
    session: Session, *, complaint: BreachComplaint, answer: str, actor: Actor, now: datetime
) -> None:
    """Answer in words, once; the citizen reads it and is told. Raises AlreadyAnswered."""
    session.refresh(complaint, with_for_update=True)
    if complaint.answered_at is not None or complaint.erased_at is not None:
        raise AlreadyAnswered
    complaint.answer, complaint.answered_at, complaint.answerer_id = answer, now, actor.id
    session.flush()
    _record(session, complaint, "answered", actor, now)
    complaint_answered.send(BreachEvent(session, complaint.breach_id, now))


def _record(
    session: Session, complaint: BreachComplaint, what: str, actor: Actor, now: datetime
) -> None:
    record(
        session,
        f"appointments.complaint.{what}",
        subject=("breach_complaint", complaint.id),
        actor=actor,
        now=now,
        breach=complaint.breach_id,
    )
