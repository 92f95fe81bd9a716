"""What a recipient says to an alarm, and who gets it when somebody else answers for the thing."""

from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from portal.alarms.models import Alarm, Watch
from portal.alarms.queries import list_watches
from portal.alarms.rules import Kind, read_ladder
from portal.alarms.services.telling import Occasion, find_recipients, tell
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.ledger import record
from portal.identity.staff_events import StaffLeft, staff_left
from portal.tenancy.queries import get_tenant

#: Without an order, for which SQLite would walk through all there is.
_OPEN = select(Alarm).where(Alarm.ended_at.is_(None))


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
    _tell_anew(event.session, _OPEN.where(Alarm.recipient_id == event.staff_id), event.now)


def tell_anew(session: Session, *, subject: tuple[str, int], now: datetime) -> None:
    """Move the open alarms of a thing to those who answer for it now, once that has changed."""
    watches = [watch.id for watch in list_watches(session, subject)]
    _tell_anew(session, _OPEN.where(Alarm.watch_id.in_(watches)), now)


def _tell_anew(session: Session, found: Select[Alarm], now: datetime) -> None:
    alarms = sorted(session.scalars(found), key=lambda alarm: alarm.id)
    tenant = get_tenant(session) if alarms else None
    for alarm in alarms:
        assert tenant is not None
        watch = session.get_one(Watch, alarm.watch_id)
        ladder = read_ladder(watch.ladder)
        people, fallback = find_recipients(session, watch, ladder, alarm.level, now)
        if alarm.recipient_id in people:
            continue
        alarm.ended_at = now
        session.flush()
        # Who knows of the limit already, maybe by a higher level, is not told again.
        told = session.scalars(_OPEN.where(Alarm.watch_id == watch.id))
        fresh = set(people) - {known.recipient_id for known in told}
        occasion = Occasion(watch, alarm.level, Kind(alarm.kind), fallback)
        tell(session, occasion, fresh, tenant=tenant, now=now)
