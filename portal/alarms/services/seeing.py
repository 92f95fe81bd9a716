"""What a recipient says to an alarm, and who gets it when somebody else answers for the thing."""

from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from portal.alarms.models import Alarm, Watch
from portal.alarms.queries import list_overseers, list_watches
from portal.alarms.rules import Kind, read_ladder
from portal.alarms.services.telling import Occasion, find_recipients, log, tell
from portal.core.actor import Actor
from portal.core.background import note_failure
from portal.core.errors import NotFound
from portal.core.ledger import record
from portal.core.unit import is_retryable
from portal.identity.staff_events import StaffLeft, staff_left
from portal.tenancy.queries import Tenant, get_tenant

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
    if watches:
        _tell_anew(session, _OPEN.where(Alarm.watch_id.in_(watches)), now)


def _tell_anew(session: Session, found: Select[Alarm], now: datetime) -> None:
    """Alarm by alarm; one that fails goes to those who oversee and keeps nobody from leaving."""
    alarms = sorted(session.scalars(found), key=lambda alarm: alarm.id)
    tenant = get_tenant(session) if alarms else None
    for alarm in alarms:
        assert tenant is not None
        watch = session.get_one(Watch, alarm.watch_id)
        try:
            with session.begin_nested():
                ladder = read_ladder(watch.ladder)
                people, fallback = find_recipients(session, watch, ladder, alarm.level, now)
        except Exception as error:
            if is_retryable(error):
                raise
            note_failure(log, "alarm_not_moved", error, alarm=alarm.id)
            people, fallback = list_overseers(session), "failed"
        if alarm.recipient_id not in people:
            _move(session, alarm, watch, people, fallback, tenant, now)


def _move(
    session: Session,
    alarm: Alarm,
    watch: Watch,
    people: list[int],
    fallback: str,
    tenant: Tenant,
    now: datetime,
) -> None:
    """End an alarm and raise it for these people; who knows of its limit already is left alone."""
    alarm.ended_at = now
    session.flush()
    known = session.scalars(_OPEN.where(Alarm.watch_id == watch.id))
    fresh = set(people) - {other.recipient_id for other in known}
    occasion = Occasion(watch, alarm.level, Kind(alarm.kind), fallback)
    tell(session, occasion, fresh, tenant=tenant, now=now)
