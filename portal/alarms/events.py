"""What alarms ask the floors above about a subject, and what they tell of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from blinker import Signal
from sqlalchemy.orm import Session

from portal.core.localized import Localized

#: Sent with a RecipientsAsked; whose subject it is answers with staff ids, anybody else with none.
recipients_asked = Signal()
#: Sent with a SubjectsAsked; handlers answer with a Subject for each of theirs.
subjects_asked = Signal()
#: Sent with an AlarmRaised inside its transaction, once for each recipient.
alarm_raised = Signal()


@dataclass(frozen=True)
class RecipientsAsked:
    """Who has a role, such as "holder" or "unit_head", for a subject at this moment."""

    session: Session
    subject_kind: str
    subject_id: int
    round: int
    code: str
    role: str
    now: datetime


@dataclass(frozen=True)
class SubjectsAsked:
    """What things are called, and where they are shown; of each kind the ids."""

    session: Session
    ids: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Subject:
    """How a thing is named in an alarm, and the page that shows it, if there is one."""

    title: Localized
    endpoint: str = ""
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class AlarmRaised:
    """Somebody was told of a limit."""

    session: Session
    alarm_id: int
    watch_id: int
    subject_kind: str
    subject_id: int
    round: int
    code: str
    level: int
    kind: str
    recipient_id: int
    fallback: str
    now: datetime


def ask_recipients(question: RecipientsAsked) -> set[int]:
    """All who have the role, by whoever knows."""
    answers = recipients_asked.send(question)
    return {staff_id for _handler, found in answers for staff_id in found or ()}


def ask_subjects(
    session: Session, subjects: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], Subject]:
    """What the floors above call these things; what nobody knows any more is left out."""
    ids: dict[str, set[int]] = {}
    for kind, subject_id in subjects:
        ids.setdefault(kind, set()).add(subject_id)
    if not ids:
        return {}
    question = SubjectsAsked(
        session, {kind: tuple(sorted(found)) for kind, found in sorted(ids.items())}
    )
    known: dict[tuple[str, int], Subject] = {}
    for _handler, found in subjects_asked.send(question):
        known |= found or {}
    return known
