"""Queueing messages and having the worker deliver them."""

from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.outbox import Delivery, OutboxEntry
from portal.core.worker import Worker
from portal.messages.delivery import MAIL, SMS, Letter, Outcome
from portal.messages.models import Message
from portal.messages.services import queue_message
from tests.support.world import World

MAILBOX, PHONE = "li@people.example", "+8613812345678"


def queue_code(world: World, **changes: Any) -> int:
    """Queue a one-time code and commit; the message's id."""
    return world.do(lambda session: write_code(session, world, **changes).id)


def write_code(session: Session, world: World, **changes: Any) -> Message:
    """Queue a one-time code in the running transaction."""
    values: dict[str, Any] = {
        "template": "messages/code",
        "kind": "email",
        "to": MAILBOX,
        "language": "en",
        "params": {"code": "123456", "minutes": 10},
        "key": "code:1",
        **changes,
    }
    return queue_message(session, now=world.now, **values)


def make_worker(
    app: Flask,
    world: World,
    *,
    name: str = "postman",
    deliveries: tuple[Delivery[Letter, Outcome], ...] = (MAIL, SMS),
) -> Worker:
    """A worker that does nothing but deliver."""
    return Worker(
        app, deliveries=deliveries, sweeps=(), name=name, list_institutions=lambda: [world.id]
    )


def deliver(world: World, *, hours: float = 0) -> None:
    """Deliver what is due; with ``hours``, also what becomes due while that time passes."""
    worker, end = make_worker(world.app, world), world.now + timedelta(hours=hours)
    while True:
        while worker.run_once():
            pass
        waiting = [entry.lease_until or entry.due for entry in entries(world, state="ready")]
        following = min(waiting, default=end)
        if following >= end:
            break
        world.wait(seconds=(following - world.now).total_seconds())
    world.wait(seconds=(end - world.now).total_seconds())


def messages(world: World) -> list[Message]:
    """All messages, the oldest first."""
    return world.do(lambda session: list(session.scalars(select(Message).order_by(Message.id))))


def entries(world: World, *, state: str = "") -> list[OutboxEntry]:
    """All outbox entries, or those in one state, the oldest first."""
    wanted = select(OutboxEntry).order_by(OutboxEntry.id)
    found = world.do(lambda session: list(session.scalars(wanted)))
    return [entry for entry in found if state in ("", entry.state)]
