"""Reads of messages."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.outbox import list_parked_keys
from portal.messages.models import Message

PAGE = 30
#: What a message is that was tried in vain until nobody tries any more.
GIVEN_UP = "given_up"


def outbox_key(message_id: int) -> str:
    """By which key the outbox knows a message."""
    return f"message:{message_id}"


def read_states(session: Session, messages: list[Message]) -> dict[int, str]:
    """What became of each message; what the outbox has parked is on its way no longer."""
    waiting = [outbox_key(message.id) for message in messages if message.state == "queued"]
    parked = list_parked_keys(session, waiting) if waiting else set()
    return {
        message.id: GIVEN_UP if outbox_key(message.id) in parked else message.state
        for message in messages
    }


def list_messages(session: Session, *, offset: int = 0) -> list[Message]:
    """The newest messages that can still be read, one more than a page holds."""
    return list(
        session.scalars(
            select(Message)
            .where(Message.erased_at.is_(None))
            .order_by(Message.id.desc())
            .offset(offset)
            .limit(PAGE + 1)
        )
    )


def list_messages_about(session: Session, kind: str, subject_id: int) -> list[Message]:
    """What was sent about a thing, the newest first."""
    return list(
        session.scalars(
            select(Message)
            .where(Message.subject_kind == kind, Message.subject_id == subject_id)
            .order_by(Message.id.desc())
            .limit(PAGE)
        )
    )
