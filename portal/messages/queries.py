"""Reads of messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, String, and_, cast, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.core.outbox import OutboxEntry, list_parked_keys
from portal.messages.models import Message

PAGE = 30
#: What a message is that was tried in vain until nobody tries any more.
GIVEN_UP = "given_up"
#: States of a message that never arrived.
LOST = frozenset({"refused", GIVEN_UP})


def outbox_key(message_id: int | str) -> str:
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


@dataclass(frozen=True)
class Fate:
    """What became of one message, without a word of it."""

    id: int
    state: str
    written_at: datetime


def list_fates(session: Session, kind: str, subject_ids: Sequence[int]) -> dict[int, list[Fate]]:
    """What became of all that was written about some things, each thing's in order."""
    rows = session.execute(
        select(Message.id, Message.subject_id, Message.state, Message.created_at)
        .where(
            Message.subject_kind == kind,
            Message.subject_id.in_(subject_ids),
            Message.erased_at.is_(None),
        )
        .order_by(Message.id)
    ).all()
    waiting = [outbox_key(row.id) for row in rows if row.state == "queued"]
    parked = list_parked_keys(session, waiting) if waiting else set()
    found: dict[int, list[Fate]] = {}
    for number, subject_id, state, written_at in rows:
        became = GIVEN_UP if outbox_key(number) in parked else state
        found.setdefault(subject_id or 0, []).append(Fate(number, became, written_at))
    return found


def is_lost(kind: str, subject_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """In a statement about things: whether any message about one never arrived."""
    key = literal(outbox_key("")) + cast(Message.id, String)
    parked = select(OutboxEntry.id).where(OutboxEntry.key == key, OutboxEntry.state == "parked")
    return (
        select(Message.id)
        .where(
            Message.subject_kind == kind,
            Message.subject_id == subject_id,
            Message.erased_at.is_(None),
            or_(
                Message.state == "refused",
                and_(Message.state == "queued", parked.correlate(Message).exists()),
            ),
        )
        .exists()
    )
