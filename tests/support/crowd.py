"""Filling an institution with the rows of a year, so that plans are made as they will be."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import create_engine, insert, select, text
from sqlalchemy.orm import Session

from portal.alarms.models import Alarm, Watch
from portal.appointments.closure_models import ClosedBooking, Closure
from portal.appointments.models import Booking, Hold, Slot, Visit
from portal.appointments.offers_models import Offer
from portal.appointments.waiting_models import Waiting
from portal.catalog.models import Post, PostStaff, Service
from portal.core.base import Base
from portal.core.idempotency import IdempotencyKey
from portal.core.ledger import LedgerEntry
from portal.core.outbox import OutboxEntry
from portal.core.runtime import runtime
from portal.duty.attendance_models import AttendanceContest
from portal.duty.leave_models import Leave
from portal.duty.models import Absence, Concurrency, Presence
from portal.duty.offer_models import ShiftOffer
from portal.duty.roster_models import Shift
from portal.files.models import Attachment
from portal.handover.book_models import DutyBookCheck, DutyEntry
from portal.handover.models import Handover, HandoverItem
from portal.identity.contact_models import AccessLog, CitizenSession, Contact, OneTimeCode
from portal.identity.models import Staff
from portal.matters.models import Matter, MatterEvent
from portal.messages.models import Message
from portal.search.models import Posting
from tests.support.world import World

#: Tables that grow with every person served; holds and sessions are few, swept as they end.
GROWING = {
    model.__tablename__
    for model in (
        Absence,
        AccessLog,
        Alarm,
        Attachment,
        AttendanceContest,
        Booking,
        ClosedBooking,
        Concurrency,
        Contact,
        DutyBookCheck,
        DutyEntry,
        Handover,
        HandoverItem,
        IdempotencyKey,
        Leave,
        LedgerEntry,
        Matter,
        MatterEvent,
        Message,
        Offer,
        OneTimeCode,
        OutboxEntry,
        Posting,
        Presence,
        Shift,
        ShiftOffer,
        Slot,
        Visit,
        Waiting,
        Watch,
    )
}
#: How many people were served; each left a row in every table that grows.
MANY = 3000
HALF_AN_HOUR = timedelta(minutes=30)


def crowd(world: World) -> None:
    """Add a year of people served, and let PostgreSQL count them; SQLite is never told."""
    world.do(lambda session: _add_people(session, world.now))
    with world.app.app_context():
        engine = create_engine(runtime().config.owner_database_url)
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()


def _add_people(session: Session, now: datetime) -> None:
    posts = list(session.scalars(select(Post.id).order_by(Post.id)))
    staff = list(session.scalars(select(Staff.id).order_by(Staff.id)))
    service = session.scalars(select(Service.id).order_by(Service.id).limit(1)).one()

    def add(model: type[Base], row: Callable[[int, datetime], dict[str, Any]]) -> list[int]:
        """A row for each person, the latest yesterday; their numbers."""
        rows = [row(n, now - timedelta(days=1, hours=2 * n)) for n in range(MANY)]
        returning = insert(model).returning(model.id, sort_by_parameter_order=True)  # type: ignore[attr-defined]
        return list(session.scalars(returning, rows))

    # Whoever looks serves somewhere, too, so that what lies at a post is read as well.
    like = session.get_one(Post, posts[0])
    desk = Post(unit_id=like.unit_id, code="desk", name={"zh_Hant": "總臺"}, plate="總")
    session.add(desk)
    session.flush()
    session.add_all(PostStaff(post_id=desk.id, staff_id=one) for one in staff)

    def at_window(n: int, at: datetime) -> dict[str, Any]:
        return {"service_id": service, "post_id": posts[n % len(posts)], "local_date": at.date()}

    contacts = add(
        Contact,
        lambda n, at: {"kind": "phone", "key": f"c{n}", "language": "en", "created_at": at},
    )
    slots = add(
        Slot,
        lambda n, at: {
            "service_id": service,
            "post_id": posts[n % len(posts)],
            "starts_at": at,
            "ends_at": at + HALF_AN_HOUR,
            "pool": "public",
            "public_from": at,
            "capacity": 2,
        },
    )
    # Of kept times there are as many as a rush makes, and none has run out.
    add(
        Hold,
        lambda n, _at: {
            "slot_id": slots[n],
            "holder": f"h{n}",
            "network": f"n{n}",
            "network_seat": 1,
            "contact_id": contacts[n],
            "expires_at": now + timedelta(days=1),
        },
    )
    booked = add(
        Booking,
        lambda n, at: {
            **at_window(n, at),
            "reference": f"C{n:06}",
            "slot_id": slots[n],
            "starts_at": at,
            "ends_at": at + HALF_AN_HOUR,
            "state": "done",
            "channel": "online",
            "person_key": f"p{n}",
            "contact_id": contacts[n],
            "language": "en",
            "created_at": at,
        },
    )
    waited = add(
        Waiting,
        lambda n, at: {
            "service_id": service,
            "contact_id": contacts[n],
            "contact_seat": 1,
            "first_day": at.date(),
            "last_day": at.date(),
            "state": "over",
            "channel": "online",
            "person_key": f"p{n}",
            "language": "en",
            "created_at": at,
            "ended_at": at,
        },
    )
    add(
        Offer,
        lambda n, at: {
            "kind": "waiting",
            "slot_id": slots[n],
            "contact_id": contacts[n],
            "waiting_id": waited[n],
            "token": f"t{n}",
            "state": "expired",
            "expires_at": at,
            "created_at": at,
        },
    )
    closures = add(
        Closure, lambda _n, at: {"kind": "hours", "from_at": at, "reason": {}, "created_at": at}
    )
    add(
        ClosedBooking,
        lambda n, at: {
            "closure_id": closures[n // 10],
            "booking_id": booked[n],
            "state": "moved",
            "old_slot_id": slots[n],
            "old_starts_at": at,
            "answer": "accepted",
        },
    )
    add(Visit, lambda n, at: {**at_window(n, at), "state": "done", "created_at": at})
    add(
        Message,
        lambda n, at: {
            "key": f"m{n}",
            "kind": "phone",
            "contact_id": contacts[n],
            "subject_kind": "booking",
            "subject_id": booked[n],
            "template": "appointments/messages/confirmed",
            "language": "en",
            "state": "sent",
            "created_at": at,
        },
    )
    add(
        OutboxEntry,
        lambda n, at: {
            "key": f"o{n}",
            "kind": "messages.sms",
            "payload": {},
            "state": "done",
            "due": at,
            "created_at": at,
        },
    )
    seen = {"actor_kind": "staff", "actor_id": 1, "subject_kind": "booking"}
    add(
        LedgerEntry,
        lambda n, at: {
            **seen,
            "at": at,
            "code": "appointments.booking.made",
            "subject_id": booked[n],
            "data": {},
        },
    )
    add(
        AccessLog,
        lambda n, at: {
            **seen,
            "at": at,
            "subject_id": booked[n],
            "details": "name",
            "purpose": "serving",
        },
    )
    add(
        CitizenSession,
        lambda n, at: {"token_hash": f"t{n}", "contact_id": contacts[n], "expires_at": at},
    )
    add(
        OneTimeCode,
        lambda n, at: {
            "contact_key": f"c{n}",
            "purpose": "booking",
            "code_hash": "-",
            "expires_at": at,
        },
    )
    # Of four matters one is under way; half of them say the same word.
    brought = add(
        Matter,
        lambda n, at: {
            "year": 2025,
            "number": n + 1,
            "reference": f"Q-2025-{n + 1:05}",
            "kind": "repair",
            "channel": "phone",
            "state": "closed" if n % 4 else "received",
            "identity": "anonymous",
            "language": "en",
            "reception": [],
            "first_asked_id": staff[n % len(staff)],
            "opened_by_id": staff[n % len(staff)],
            "holder_staff_id": staff[n % len(staff)],
            "opened_at": at,
            "accepted_at": at,
            "fed_back_at": at,
            "told_at": at if n % 4 else None,
            "ended_at": at if n % 4 else None,
        },
    )
    add(
        MatterEvent,
        lambda n, at: {
            "matter_id": brought[n],
            "number": 1,
            "round": 1,
            "at": at,
            "code": "opened",
            "actor_kind": "staff",
            "state": "received",
            "holder_staff_id": staff[n % len(staff)],
        },
    )
    add(
        Posting,
        lambda n, _at: {
            "kind": "matter",
            "gram": "漏水" if n % 2 else "路灯",
            "ref_id": brought[n],
        },
    )
    add(
        DutyEntry,
        lambda n, at: {
            "matter_id": brought[n],
            "post_id": posts[n % len(posts)],
            "at": at,
            "finished_at": at if n % 4 else None,
        },
    )
    been = add(
        Presence,
        lambda n, at: {
            "post_id": posts[n % len(posts)],
            "staff_id": staff[n % len(staff)],
            "signed_in_at": at,
            "left_at": at,
            "signed_out_at": at,
        },
    )
    add(
        DutyBookCheck,
        lambda n, at: {
            "presence_id": been[n],
            "checked_by_id": staff[(n + 1) % len(staff)],
            "checked_at": at,
        },
    )
    add(
        Absence,
        lambda n, at: {
            "presence_id": been[n],
            "reason": "meal",
            "left_at": at,
            "expected_at": at + HALF_AN_HOUR,
            "back_at": at,
        },
    )
    add(
        Concurrency,
        lambda n, at: {
            "post_id": posts[n % len(posts)],
            "staff_id": staff[n % len(staff)],
            "asked_at": at,
            "reason": "-",
            "until_at": at + HALF_AN_HOUR,
            "decided_at": at,
            "is_granted": False,
        },
    )
    taken = add(
        Handover,
        lambda n, at: {
            "year": 2025,
            "number": n + 1,
            "reference": f"JB-2025-{n + 1:05}",
            "post_id": posts[n % len(posts)],
            "giver_id": staff[n % len(staff)],
            "receiver_id": staff[(n + 1) % len(staff)],
            "reason": "shift",
            "state": "confirmed",
            "made_at": at,
            "giver_signed_at": at,
            "receiver_signed_at": at,
            "moved_at": at,
        },
    )
    add(
        HandoverItem,
        lambda n, at: {"handover_id": taken[n], "kind": "key", "words": "-", "added_at": at},
    )
    kept = add(
        Shift,
        lambda n, at: {
            "post_id": posts[n % len(posts)],
            "staff_id": staff[n % len(staff)],
            "part": "A",
            "starts_at": at,
            "ends_at": at + HALF_AN_HOUR,
            "state": "published",
        },
    )
    add(
        AttendanceContest,
        lambda n, at: {
            "shift_id": kept[n],
            "staff_id": staff[n % len(staff)],
            "made_at": at + HALF_AN_HOUR,
            "decided_by_id": staff[(n + 1) % len(staff)],
            "decided_at": at + 2 * HALF_AN_HOUR,
            "is_upheld": True,
        },
    )
    add(
        ShiftOffer,
        lambda n, at: {
            "shift_id": kept[n],
            "shift_version": 0,
            "from_staff_id": staff[n % len(staff)],
            "to_staff_id": staff[(n + 1) % len(staff)],
            "made_at": at,
            "ends_at": at,
            "ended_at": at,
            "state": "lapsed",
        },
    )
    add(
        Leave,
        lambda n, at: {
            "staff_id": staff[n % len(staff)],
            "from_at": at,
            "until_at": at + HALF_AN_HOUR,
            "kind": "annual",
            "state": "withdrawn",
            "asked_at": at,
        },
    )
    # Half of what is watched has ended; the other half is not due yet.
    watched = add(
        Watch,
        lambda n, at: {
            "subject_kind": "pretended",
            "subject_id": 1000 + n,
            "round": 1,
            "code": "AL-04",
            "ladder": [],
            "starts_at": at,
            "due_at": at,
            "next_at": now + timedelta(days=1) if n % 2 else None,
            "ended_at": None if n % 2 else at,
        },
    )
    add(
        Alarm,
        lambda n, at: {
            "watch_id": watched[n],
            "term": 1,
            "level": 1,
            "local_date": at.date(),
            "recipient_id": staff[n % len(staff)],
            "due_at": at,
            "kind": "chase",
            "raised_at": at,
            "ended_at": None if n % 2 else at,
        },
    )
    add(
        Attachment,
        lambda n, at: {
            "subject_kind": "pretended",
            "subject_id": 1000 + n,
            "position": 1,
            "media_type": "image/jpeg",
            "size": 1,
            "sha256": f"{n:064x}",
            "stored_name": f"{n:032x}",
            "actor_kind": "citizen",
            "uploaded_at": at,
        },
    )
    add(IdempotencyKey, lambda n, at: {"key": f"k{n}", "purpose": "-", "created_at": at})
