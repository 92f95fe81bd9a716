"""Reads of watched limits and of the alarms that people have open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.alarms.events import Subject, ask_subjects
from portal.alarms.models import Alarm, Watch
from portal.alarms.permissions import OVERSEE
from portal.alarms.rules import Limit
from portal.core.errors import NotFound
from portal.core.listing import Listing, fetch_page
from portal.core.runtime import runtime
from portal.identity.queries.staff import list_holders
from portal.identity.services.granting import EDIT_ROLES
from portal.tenancy.queries import Tenant

#: By how much looking at the limits may lag behind before a page says so.
LAG = timedelta(minutes=10)


@dataclass(frozen=True)
class AlarmLine:
    """An open alarm with its limit and the thing that it is about, if anybody still names it."""

    alarm: Alarm
    watch: Watch
    subject: Subject | None


def alarms_address(tenant: Tenant) -> str:
    """The full address of the page of one's own alarms, for messages."""
    return f"{runtime().config.base_url}/{tenant.slug}/work/alarms/"


def select_watch(limit: Limit) -> Select[Watch]:
    """The one row of a limit."""
    return select(Watch).where(
        Watch.subject_kind == limit.subject_kind,
        Watch.subject_id == limit.subject_id,
        Watch.round == limit.round,
        Watch.code == limit.code,
    )


def find_watch(session: Session, limit: Limit) -> Watch | None:
    """A limit that is or was watched, if it ever was."""
    return session.scalar(select_watch(limit))


def list_watches(session: Session, subject: tuple[str, int]) -> list[Watch]:
    """All that is or was watched of a thing, by round and code."""
    kind, subject_id = subject
    of_subject = select(Watch).where(Watch.subject_kind == kind, Watch.subject_id == subject_id)
    return list(session.scalars(of_subject.order_by(Watch.round, Watch.code)))


def list_alarms_of(session: Session, staff_id: int, page: int = 1) -> Listing[AlarmLine]:
    """One page of what somebody has open, what is due first on top.

    Three statements and what the floors above need to name their things, whatever the number.
    """
    own = (
        select(Alarm)
        .where(Alarm.recipient_id == staff_id, Alarm.ended_at.is_(None))
        .order_by(Alarm.due_at, Alarm.id)
    )
    found = fetch_page(session, own, page)
    return Listing(_with_subjects(session, found.rows), found.page, found.total)


def _with_subjects(session: Session, alarms: Sequence[Alarm]) -> list[AlarmLine]:
    if not alarms:
        return []
    ids = {alarm.watch_id for alarm in alarms}
    rows = session.scalars(select(Watch).where(Watch.id.in_(sorted(ids))))
    watches = {watch.id: watch for watch in rows}
    things = ((watch.subject_kind, watch.subject_id) for watch in watches.values())
    subjects = ask_subjects(session, things)
    lines = []
    for alarm in alarms:
        watch = watches[alarm.watch_id]
        subject = subjects.get((watch.subject_kind, watch.subject_id))
        lines.append(AlarmLine(alarm, watch, subject))
    return lines


def count_open(session: Session, staff_id: int) -> int:
    """How many alarms somebody has open, seen or not."""
    open_ones = select(func.count(Alarm.id)).where(
        Alarm.recipient_id == staff_id, Alarm.ended_at.is_(None)
    )
    return session.scalar(open_ones) or 0


def get_own_alarm(session: Session, alarm_id: int, *, staff_id: int) -> Alarm:
    """An alarm of somebody's own; raises NotFound for anybody else's."""
    alarm = session.get(Alarm, alarm_id)
    if alarm is None or alarm.recipient_id != staff_id:
        raise NotFound
    return alarm


def find_neglected_since(session: Session, *, now: datetime) -> datetime | None:
    """Since when limits that are due have not been looked at; none while the watching works."""
    oldest = select(func.min(Watch.next_at)).where(Watch.next_at < now - LAG)
    return session.scalar(oldest)


def list_overseers(session: Session) -> list[int]:
    """Who is told when nobody else can be: never an empty list while somebody keeps the roles.

    Whoever oversees one unit only comes after those who oversee the institution.
    """
    everywhere = list_holders(session, OVERSEE, everywhere=True)
    return everywhere or list_holders(session, OVERSEE) or list_holders(session, EDIT_ROLES)
