"""What a recipient says to an alarm, and what becomes of it when its recipient leaves."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.alarms.models import Alarm, Watch
from portal.alarms.rules import Kind, read_ladder
from portal.alarms.services.telling import Occasion, find_recipients, tell
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.ledger import record
from portal.identity.staff_events import StaffLeft, staff_left
from portal.tenancy.queries import Tenant, get_tenant


def acknowledge(session: Session, *, alarm: Alarm, actor: Actor, now: datetime) -> None:
    """Write down that its recipient has seen an alarm, once.

    That ends nothing: it stays until its limit ends, and the ladder is climbed further. Raises
    NotFound for anybody but the recipient.
    """
    if actor.kind != "staff" or actor.id != alarm.recipient_id:
        raise NotFound
    seen = session.scalar(
        update(Alarm)
        .where(Alarm.id == alarm.id, Alarm.acknowledged_at.is_(None), Alarm.ended_at.is_(None))
        .values(acknowledged_at=now)
        .returning(Alarm.id)
        .execution_options(synchronize_session=False)
    )
    if seen is None:
        return
    session.refresh(alarm)
    record(session, "alarms.alarm.acknowledged", subject=("alarm", alarm.id), actor=actor, now=now)


@staff_left.connect
def pass_alarms_on(event: StaffLeft) -> None:
    """Raise what somebody had open anew, for whoever answers in that person's place."""
    session = event.session
    rows = session.execute(
        select(Alarm, Watch)
        .join(Watch, Watch.id == Alarm.watch_id)
        .where(Alarm.recipient_id == event.staff_id, Alarm.ended_at.is_(None))
        .order_by(Watch.id)
    ).all()
    tenant = get_tenant(session) if rows else None
    for alarm, watch in rows:
        alarm.ended_at = event.now
        session.flush()
        assert tenant is not None
        _raise_anew(session, alarm, watch, tenant, event.now)


def _raise_anew(
    session: Session, alarm: Alarm, watch: Watch, tenant: Tenant, now: datetime
) -> None:
    """The same level to the people it names now, besides those who know of the limit already."""
    ladder = read_ladder(watch.ladder)
    people, fallback = find_recipients(session, watch, ladder, alarm.level, now)
    told = set(
        session.scalars(
            select(Alarm.recipient_id).where(Alarm.watch_id == watch.id, Alarm.ended_at.is_(None))
        )
    )
    occasion = Occasion(watch, alarm.level, Kind(alarm.kind), fallback)
    tell(session, occasion, set(people) - told, tenant=tenant, now=now)
