"""Reads of messages."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.messages.models import Message

PAGE = 30


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
