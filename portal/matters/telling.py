"""What the person is told by message: the record, a pause, the result."""

from typing import Any

from sqlalchemy import select

from portal.identity.contact_models import Contact
from portal.matters.events import MatterStep, matter_stepped
from portal.matters.models import Matter, MatterWords
from portal.matters.queries import matter_token
from portal.matters.rules import Verb
from portal.messages.services import queue_message

#: The message of each step that the person is told of.
TEMPLATES = {
    Verb.CONFIRM: "confirmed",
    Verb.GRANT_TIME: "extended",
    Verb.PAUSE: "paused",
    Verb.UPHOLD: "upheld",
    Verb.RESUME: "resumed",
    Verb.TELL: "told",
    Verb.REOPEN: "reopened",
}


@matter_stepped.connect
def tell_person(step: MatterStep) -> None:
    """Queue the message inside the step's own transaction; nobody is told without a contact."""
    if step.code not in TEMPLATES:
        return
    session = step.session
    matter = session.get_one(Matter, step.matter_id)
    if matter.contact_id is None:
        return
    contact = session.get_one(Contact, matter.contact_id)
    words = _words(step)
    params: dict[str, Any] = {
        "reference": matter.reference,
        "token": matter_token(matter.reference),
        "title": matter.title,
        "place": matter.place,
        "body": matter.body,
        "words": words,
        "due_at": matter.due_at.isoformat() if matter.due_at else "",
    }
    queue_message(
        session,
        template=f"matters/messages/{TEMPLATES[Verb(step.code)]}",
        kind=contact.kind,
        to=contact.value or "",
        language=matter.language,
        params=params,
        key=f"matter:{matter.id}:{step.event_id}",
        subject=("matter", matter.id),
        contact_id=contact.id,
        now=step.now,
    )


def _words(step: MatterStep) -> str:
    said = select(MatterWords).where(MatterWords.event_id == step.event_id, MatterWords.is_public)
    row = step.session.scalars(said).first()
    return (row.words if row else "") or ""
