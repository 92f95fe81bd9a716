"""How the worker delivers a queued message: load, send without a transaction, record."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.core.outbox import Delivery
from portal.core.runtime import runtime
from portal.messages.events import Sending, is_still_wanted
from portal.messages.gateways import Refused, send_mail, send_sms
from portal.messages.models import Message
from portal.messages.texts import Text, word
from portal.tenancy.queries import get_tenant


@dataclass(frozen=True)
class Letter:
    """A worded message ready to go; none of it is read from the database any more."""

    kind: str
    to: str
    text: Text
    sender: str
    is_needed: bool


@dataclass(frozen=True)
class Outcome:
    """What became of it: sent, refused for good with the provider's words, or not needed."""

    refusal: str = ""
    is_dropped: bool = False


def load(session: Session, payload: dict[str, Any]) -> Letter:
    """Read and word the message; one that was erased or sent meanwhile is not needed.

    Nor is one that came too late, or that is no longer true: asked at the last moment.
    """
    message = session.get(Message, payload["message"])
    if message is None or message.address is None or not _is_needed(session, message):
        return Letter("", "", Text("", ""), "", is_needed=False)
    tenant = get_tenant(session)
    return Letter(message.kind, message.address, word(message, tenant), tenant.slug, True)


def _is_needed(session: Session, message: Message) -> bool:
    now = runtime().clock.now()
    if message.state != "queued" or (message.expires_at and message.expires_at < now):
        return False
    subject, params = (message.subject_kind, message.subject_id), json.loads(message.params or "{}")
    return is_still_wanted(Sending(session, message.template, subject, params, now))


def send(letter: Letter, key: str) -> Outcome:
    """Hand it to its gateway; in the demonstration it stays on the outbox page."""
    config = runtime().config
    if not letter.is_needed:
        return Outcome(is_dropped=True)
    try:
        if letter.kind == "email" and config.smtp_url:
            send_mail(config, to=letter.to, text=letter.text, key=key, sender=letter.sender)
        elif letter.kind == "phone" and config.sms_url:
            send_sms(config, to=letter.to, text=letter.text, key=f"{letter.sender}:{key}")
    except Refused as refusal:
        # Providers quote the address, which is kept encrypted and in one place only.
        return Outcome(refusal=str(refusal).replace(letter.to, "…")[:200])
    return Outcome()


def keep_record(session: Session, payload: dict[str, Any], outcome: Outcome, now: datetime) -> None:
    """Write down what became of the message."""
    message = session.get(Message, payload["message"])
    if message is None or message.state != "queued":
        return
    if outcome.is_dropped:
        message.state = "dropped"
    else:
        message.state = "refused" if outcome.refusal else "sent"
        message.sent_at = None if outcome.refusal else now
    message.refusal = outcome.refusal
    session.flush()


MAIL = Delivery("messages.email", load, send, keep_record)
SMS = Delivery("messages.sms", load, send, keep_record, one_by_one=True)
