"""What the person is told by message: its number, the record, a pause, the result."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from portal.identity.contact_models import Contact
from portal.matters.answer_rules import answer_until
from portal.matters.events import MatterStep, matter_stepped
from portal.matters.intake_rules import Channel
from portal.matters.models import Matter, MatterWords
from portal.matters.queries import matter_token
from portal.matters.rules import Outcome, Verb
from portal.messages.services import queue_message
from portal.tenancy.queries import get_settings, get_tenant

#: The message of each step that the person is told of.
TEMPLATES: Mapping[str, str] = {
    # Whoever sends it keeps its number and its page.
    "opened": "sent",
    Verb.CONFIRM: "confirmed",
    Verb.GRANT_TIME: "extended",
    Verb.PAUSE: "paused",
    Verb.UPHOLD: "upheld",
    Verb.RESUME: "resumed",
    Verb.TELL: "told",
    Verb.REOPEN: "reopened",
    # Whoever did not do it reads here that somebody else has.
    Verb.WITHDRAW: "withdrawn",
    Verb.VOID: "voided",
    Verb.CLOSE: "closed",
}


@matter_stepped.connect
def tell_person(step: MatterStep) -> None:
    """Queue the message inside the step's own transaction; nobody is told without a contact."""
    if step.code not in TEMPLATES:
        return
    session = step.session
    matter = session.get_one(Matter, step.matter_id)
    if matter.contact_id is None or not _is_news(step, matter):
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
        "answer_until": answer_until(matter.told_at).isoformat() if matter.told_at else "",
        "phone": _phone(step),
    }
    queue_message(
        session,
        template=f"matters/messages/{_template(step, matter)}",
        kind=contact.kind,
        to=contact.value or "",
        language=matter.language,
        params=params,
        key=f"matter:{matter.id}:{step.event_id}",
        subject=("matter", matter.id),
        contact_id=contact.id,
        now=step.now,
    )


def _is_news(step: MatterStep, matter: Matter) -> bool:
    """Whether the person does not know it already.

    Who stands at the window hears the number there.
    """
    return step.code != "opened" or matter.channel == Channel.ONLINE


def _template(step: MatterStep, matter: Matter) -> str:
    """What it is told by; whoever did not say that it is solved reads that somebody did."""
    if step.code == Verb.CLOSE and matter.outcome == Outcome.SOLVED:
        return "solved"
    return TEMPLATES[step.code]


def _phone(step: MatterStep) -> str:
    """The number that somebody calls for whom the message holds a surprise."""
    rules = get_settings(step.session, get_tenant(step.session), at=step.now)
    return rules.presence.phones[0].number


def _words(step: MatterStep) -> str:
    said = select(MatterWords).where(MatterWords.event_id == step.event_id, MatterWords.is_public)
    row = step.session.scalars(said).first()
    return (row.words if row else "") or ""
