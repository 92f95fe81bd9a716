"""Telling people of a limit: who they are, their rows, and the messages that go with them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import and_, not_, select, update
from sqlalchemy.orm import Session

from portal.alarms.events import (
    AlarmRaised,
    RecipientsAsked,
    alarm_raised,
    ask_recipients,
    ask_subjects,
)
from portal.alarms.models import Alarm, Watch
from portal.alarms.queries import list_overseers
from portal.alarms.rules import OVERSEER, Kind, Ladder
from portal.core.actor import SYSTEM
from portal.core.background import note_failure
from portal.core.ledger import record
from portal.core.localized import Localized
from portal.core.tenant import current_institution_id
from portal.core.unit import is_retryable
from portal.core.upsert import insert_into
from portal.identity.contacts import Address, BadContact, parse_address
from portal.identity.models import Staff
from portal.messages.services import queue_message
from portal.tenancy.queries import Tenant
from portal.web.languages import DEFAULT_LANGUAGE

log = structlog.get_logger("portal.alarms")
TEMPLATE = "alarms/messages/alarm"


@dataclass(frozen=True)
class Occasion:
    """What is raised: a level of a limit, on a day, and why it may reach others than it names."""

    watch: Watch
    level: int
    kind: Kind
    fallback: str = ""


def find_recipients(
    session: Session, watch: Watch, ladder: Ladder, level: int, now: datetime
) -> tuple[list[int], str]:
    """Whom a level reaches, and by which fallback if not those whom it names.

    Where nobody has its roles, or all who had them have left, the next level's people at once;
    at last those who oversee.
    """
    for position in range(level - 1, len(ladder)):
        found: set[int] = set()
        for role in ladder[position].recipients:
            found |= _ask(session, watch, role, now)
        people = _list_working(session, found)
        if people:
            return people, "" if position == level - 1 else "next_level"
    return list_overseers(session), "oversight"


def _ask(session: Session, watch: Watch, role: str, now: datetime) -> set[int]:
    question = RecipientsAsked(
        session, watch.subject_kind, watch.subject_id, watch.round, watch.code, role, now
    )
    found = ask_recipients(question)
    return set(list_overseers(session)) if role == OVERSEER and not found else found


def _list_working(session: Session, staff_ids: Collection[int]) -> list[int]:
    """Those who work here; none of them leaves until this transaction ends."""
    if not staff_ids:
        return []
    working = (
        select(Staff.id)
        .where(Staff.id.in_(sorted(staff_ids)), Staff.left_at.is_(None))
        .order_by(Staff.id)
        .with_for_update(read=True, key_share=True)
    )
    return list(session.scalars(working))


def tell(
    session: Session, occasion: Occasion, people: Collection[int], *, tenant: Tenant, now: datetime
) -> None:
    """Raise an alarm for each of these people, in the place of the older one of the same limit.

    One who cannot be sent a message, or for whom anything else fails, finds it on the page and
    keeps nobody else from being told.
    """
    watch = occasion.watch
    alarms = [_write(session, occasion, staff_id, tenant, now) for staff_id in sorted(people)]
    fresh = [alarm for alarm in alarms if alarm is not None]
    if not fresh:
        return
    title = _find_title(session, watch)
    for alarm in fresh:
        record(
            session,
            "alarms.alarm.raised",
            subject=(watch.subject_kind, watch.subject_id),
            actor=SYSTEM,
            now=now,
            alarm=alarm.id,
            limit=watch.code,
            level=alarm.level,
            to=alarm.recipient_id,
            fallback=alarm.fallback,
        )
        _pass_on(session, alarm, watch, title, tenant, now)
    session.flush()


def _write(
    session: Session, occasion: Occasion, staff_id: int, tenant: Tenant, now: datetime
) -> Alarm | None:
    """The row of one recipient; none when it stands already, whoever wrote it."""
    watch = occasion.watch
    key = {
        "watch_id": watch.id,
        "term": watch.term,
        "level": occasion.level,
        "local_date": now.astimezone(tenant.zone).date(),
        "recipient_id": staff_id,
    }
    is_the_same = and_(*(getattr(Alarm, name) == value for name, value in key.items()))
    session.execute(
        update(Alarm)
        .where(
            Alarm.watch_id == watch.id,
            Alarm.recipient_id == staff_id,
            Alarm.ended_at.is_(None),
            not_(is_the_same),
        )
        .values(ended_at=now)
        .execution_options(synchronize_session=False)
    )
    begun = {"fallback": occasion.fallback, "due_at": watch.due_at, "raised_at": now}
    alarm_id = session.scalar(
        insert_into(session, Alarm)
        .values(
            institution_id=current_institution_id(),
            kind=str(occasion.kind),
            failure="",
            **key,
            **begun,
        )
        .on_conflict_do_update(
            index_elements=["institution_id", *key],
            set_={**begun, "acknowledged_at": None, "ended_at": None},
            where=Alarm.ended_at.is_not(None),
        )
        .returning(Alarm.id)
    )
    if alarm_id is None:
        return None
    return session.get_one(Alarm, alarm_id, populate_existing=True)


def _find_title(session: Session, watch: Watch) -> Localized:
    """What the thing is called; nothing when nobody says, or fails to."""
    thing = (watch.subject_kind, watch.subject_id)
    try:
        with session.begin_nested():
            subject = ask_subjects(session, [thing]).get(thing)
    except Exception as error:
        if is_retryable(error):
            raise
        note_failure(log, "alarm_not_named", error, watch=watch.id)
        return {}
    return subject.title if subject else {}


def _pass_on(
    session: Session,
    alarm: Alarm,
    watch: Watch,
    title: Localized,
    tenant: Tenant,
    now: datetime,
) -> None:
    """Send the message and tell the floors above; a failure stays with this one recipient."""
    event = AlarmRaised(
        session,
        alarm.id,
        watch.id,
        watch.subject_kind,
        watch.subject_id,
        watch.round,
        watch.code,
        alarm.level,
        alarm.kind,
        alarm.recipient_id,
        alarm.fallback,
        now,
    )
    try:
        with session.begin_nested():
            if alarm.kind != Kind.WARN:
                _send(session, alarm, watch, title, tenant, now)
            alarm_raised.send(event)
            session.flush()
    except Exception as error:
        if is_retryable(error):
            raise
        note_failure(log, "alarm_not_told", error, alarm=alarm.id)
        alarm.failure = type(error).__name__[:60]


def _send(
    session: Session,
    alarm: Alarm,
    watch: Watch,
    title: Localized,
    tenant: Tenant,
    now: datetime,
) -> None:
    address = find_address(session.get_one(Staff, alarm.recipient_id), tenant)
    if address is None:
        return
    message = queue_message(
        session,
        template=TEMPLATE,
        kind=address.kind,
        to=address.value,
        language=DEFAULT_LANGUAGE,
        params={
            "code": watch.code,
            "title": title,
            "due_at": watch.due_at.isoformat(),
            "is_late": watch.due_at <= now,
            "starts_at": watch.starts_at.isoformat(),
        },
        key=f"alarm:{alarm.id}:{now:%Y%m%dT%H%M%S}",
        subject=("alarm", alarm.id),
        now=now,
    )
    alarm.message_id = message.id


def find_address(staff: Staff, tenant: Tenant) -> Address | None:
    """Where a member of staff reads messages: the own e-mail, else a number that can take them.

    An extension of the house or a fixed line takes none.
    """
    for written in (staff.email, staff.phone):
        try:
            return parse_address(written or "", tenant.region)
        except BadContact:
            continue
    return None
