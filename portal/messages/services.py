"""Queueing messages inside the transaction that gives reason for them."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.core import outbox
from portal.messages.models import Message
from portal.messages.queries import outbox_key

#: Outbox kind of each kind of address.
DELIVERY = {"email": "messages.email", "phone": "messages.sms"}


def queue_message(
    session: Session,
    *,
    template: str,
    kind: str,
    to: str,
    language: str,
    params: dict[str, Any],
    key: str,
    now: datetime,
    subject: tuple[str, int] | None = None,
    contact_id: int | None = None,
    expires_at: datetime | None = None,
    due: datetime | None = None,
) -> Message:
    """Write a message down; the worker sends it after the commit, and only once.

    ``template`` names ``<path>.txt`` (first line: subject) and ``<path>.sms.txt``; ``params``
    are values that JSON can carry; ``key`` must be the same for a repeat of the same message.
    What could not leave before ``expires_at`` does not leave at all.
    ``due`` is not before when it is sent; without one, at once.
    """
    subject_kind, subject_id = subject or ("", None)
    message = Message(
        key=key,
        kind=kind,
        address=to,
        contact_id=contact_id,
        subject_kind=subject_kind,
        subject_id=subject_id,
        template=template,
        language=language,
        params=json.dumps(params, ensure_ascii=False),
        created_at=now,
        expires_at=expires_at,
    )
    session.add(message)
    session.flush()
    entry = {"message": message.id}
    outbox.put(session, DELIVERY[kind], entry, key=outbox_key(message.id), due=due or now)
    return message
