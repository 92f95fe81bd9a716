"""Life-like history by the hundred thousand: people, bookings, and the trail they left."""

import secrets
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, Slot
from portal.catalog.models import Offering, Post, Service
from portal.core.base import Base
from portal.core.ledger import LedgerEntry
from portal.core.outbox import OutboxEntry
from portal.identity.contact_models import CitizenSession, Contact, OneTimeCode
from portal.messages.models import Message
from tests.support.world import SHANGHAI, World, add_staff, local

#: Times of a post's day, and people at each.
TIMES = [(hour, minute) for hour in (9, 10, 11, 13, 14, 15, 16) for minute in (0, 30)]
EACH = 2
#: People on the measured day, at the measured post, however many there are around them.
TODAY = 10
#: The clerk whose day is shown.
CLERK = "1001"
NAMES = ["張麗華", "王建國", "李秀英", "欧阳文静", "陳志強", "Anna Schmidt", "劉洋", "黃美玲"]


def fill(world: World, *, posts: int, bookings: int) -> None:
    """Bring an institution with one post to so many posts and bookings."""
    add_staff(world, CLERK, ["appointments.booking.serve"])
    post_ids = world.do(lambda session: _add_posts(session, posts))
    if posts == 10:
        # Where confirming is measured, times stand open as well.
        world.publish()
    today = world.now.astimezone(SHANGHAI).date()
    planned = _plan(post_ids, today, bookings)
    while part := list(islice(planned, 5000)):
        world.do(lambda session, part=part: _write(session, part, today, with_trail=posts == 10))


def _add_posts(session: Session, count: int) -> list[int]:
    """More windows like the first one, with the same service."""
    first = session.scalars(select(Post)).one()
    offered = session.scalars(select(Offering)).one()
    for number in range(2, count + 1):
        post = Post(
            unit_id=first.unit_id,
            code=f"w{number + 100}",
            name={"zh_Hant": f"{number}號窗口", "en": f"Window {number}"},
            plate=str(number),
            place=first.place,
            position=number,
        )
        session.add(post)
        session.flush()
        session.add(
            Offering(
                service_id=offered.service_id,
                post_id=post.id,
                slot_minutes=offered.slot_minutes,
                capacity=offered.capacity,
            )
        )
    return list(session.scalars(select(Post.id).order_by(Post.position, Post.id)))


def _plan(post_ids: list[int], today: date, bookings: int) -> Iterator[tuple[int, datetime]]:
    """Post and time of every booking: today's first, then back through the days."""
    left = bookings - TODAY
    for number in range(TODAY):
        hour, minute = TIMES[number % len(TIMES)]
        yield post_ids[0], local(today, hour, minute)
    day = today
    while left > 0:
        for post_id in post_ids if day < today else post_ids[1:]:
            for hour, minute in TIMES:
                for _ in range(min(EACH, left)):
                    yield post_id, local(day, hour, minute)
                    left -= 1
        day -= timedelta(days=1)


def _write(
    session: Session, planned: list[tuple[int, datetime]], today: date, *, with_trail: bool
) -> None:
    service = session.scalars(select(Service)).one()
    now = local(today, 8)
    connection = session.connection()
    slots = _slots(connection, service.id, planned)
    contacts = _insert(
        connection,
        Contact,
        (
            {
                "kind": "phone",
                "value": f"+86139{secrets.randbelow(10**8):08d}",
                "key": secrets.token_hex(16),
                "language": "zh_Hant",
                "created_at": now,
                "verified_at": now,
            }
            for _ in planned[::3]
        ),
    )
    rows = [
        {
            "reference": _reference(),
            "service_id": service.id,
            "post_id": post_id,
            "slot_id": slots[post_id, at],
            "starts_at": at,
            "ends_at": at + timedelta(minutes=30),
            "local_date": at.date(),
            "state": "booked" if at.date() == today else ("no_show" if number % 9 == 0 else "done"),
            "channel": "online",
            "person_key": secrets.token_hex(16),
            "contact_id": contacts[number // 3],
            "contact_seat": number % 3 + 1 if at.date() == today else None,
            "name": NAMES[number % len(NAMES)],
            "language": "zh_Hant",
            "created_at": at - timedelta(days=3),
        }
        for number, (post_id, at) in enumerate(planned)
    ]
    booking_ids = _insert(connection, Booking, rows)
    if with_trail:
        _leave_trail(connection, booking_ids, contacts, now)


def _slots(
    connection: Connection, service_id: int, planned: list[tuple[int, datetime]]
) -> dict[tuple[int, datetime], int]:
    """A counter slot for each post and time; the public ones of today may stand already."""
    keys = sorted(set(planned))
    known = {
        (post_id, at): slot_id
        for slot_id, post_id, at in connection.execute(
            select(Slot.id, Slot.post_id, Slot.starts_at).where(
                Slot.service_id == service_id,
                Slot.pool == "counter",
                Slot.starts_at.between(min(at for _, at in keys), max(at for _, at in keys)),
            )
        )
    }
    missing = [key for key in keys if key not in known]
    ids = _insert(
        connection,
        Slot,
        (
            {
                "service_id": service_id,
                "post_id": post_id,
                "starts_at": at,
                "ends_at": at + timedelta(minutes=30),
                "pool": "counter",
                "public_from": at - timedelta(days=1),
                "capacity": 20,
                "booked": EACH,
            }
            for post_id, at in missing
        ),
    )
    return {**known, **dict(zip(missing, ids, strict=True))}


def _leave_trail(
    connection: Connection, booking_ids: list[int], contacts: list[int], now: datetime
) -> None:
    """What a booking writes besides itself."""
    made = {
        "at": now,
        "code": "appointments.booking.made",
        "actor_kind": "citizen",
        "subject_kind": "booking",
        "data": {"slot": 1, "channel": "online", "overbooked": False},
    }
    _insert(connection, LedgerEntry, ({**made, "subject_id": i} for i in booking_ids))
    message = {
        "kind": "phone",
        "address": "+8613900000000",
        "subject_kind": "booking",
        "template": "appointments/messages/confirmed",
        "language": "zh_Hant",
        "params": "{}",
        "state": "sent",
        "created_at": now,
    }
    messages = _insert(
        connection,
        Message,
        (
            {**message, "key": f"booking:{i}:0:confirmed", "subject_id": i, "contact_id": contact}
            for i, contact in zip(booking_ids, _thrice(contacts), strict=False)
        ),
    )
    sent = {"kind": "messages.sms", "state": "done", "due": now, "created_at": now}
    _insert(
        connection,
        OutboxEntry,
        ({**sent, "key": f"message:{i}", "payload": {"message": i}} for i in messages),
    )
    code = {"purpose": "booking", "code_hash": "0" * 32, "expires_at": now, "ended_at": now}
    keys = [secrets.token_hex(16) for _ in contacts]
    _insert(connection, OneTimeCode, ({**code, "contact_key": key} for key in keys))
    _insert(
        connection,
        CitizenSession,
        (
            {"token_hash": key, "contact_id": contact, "expires_at": now}
            for key, contact in zip(keys, contacts, strict=True)
        ),
    )


def _thrice(ids: list[int]) -> Iterator[int]:
    for found in ids:
        yield from (found, found, found)


def _reference() -> str:
    """Letters only: never one that the application gives."""
    return "".join(secrets.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(7))


def _insert(connection: Connection, model: type[Base], rows: Iterable[dict[str, Any]]) -> list[int]:
    """Insert rows in bulk; their ids in the same order."""
    values = list(rows)
    if not values:
        return []
    statement = insert(model.__table__).returning(
        model.__table__.c.id, sort_by_parameter_order=True
    )
    return list(connection.execute(statement, values).scalars())
