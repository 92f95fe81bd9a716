"""What a recipient says to an alarm, and who gets it when somebody else answers for the thing."""

from datetime import datetime

from sqlalchemy import Result, select, update
from sqlalchemy.orm import Session

from portal.alarms.models import Alarm, Watch
from portal.alarms.rules import Kind, read_ladder
from portal.alarms.services.telling import Occasion, find_recipients, tell
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.ledger import record
from portal.identity.staff_events import StaffLeft, staff_left
from portal.tenancy.queries import get_tenant

#: Open alarms with their limits.
_OPEN = (
    select(Alarm, Watch)
    .join(Watch, Watch.id == Alarm.watch_id)
    .where(Alarm.ended_at.is_(None))
    .order_by(Alarm.id)
)


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
    _tell_anew(
        session, session.execute(_OPEN.where(Alarm.recipient_id == event.staff_id)), event.now
    )


def tell_anew(session: Session, *, subject: tuple[str, int], now: datetime) -> None:
    """Move the open alarms of a thing to those who answer for it now, once that has changed."""
    kind, subject_id = subject
    of_subject = _OPEN.where(Watch.subject_kind == kind, Watch.subject_id == subject_id)
    _tell_anew(session, session.execute(of_subject), now)


def _tell_anew(session: Session, found: Result[Alarm, Watch], now: datetime) -> None:
    rows = found.all()
    tenant = get_tenant(session) if rows else None
    for alarm, watch in rows:
        assert tenant is not None
        ladder = read_ladder(watch.ladder)
        people, fallback = find_recipients(session, watch, ladder, alarm.level, now)
        if alarm.recipient_id in people:
            continue
        alarm.ended_at = now
        session.flush()
        # Who knows of the limit already, maybe by a higher level, is not told again.
        told = select(Alarm.recipient_id).where(
            Alarm.watch_id == watch.id, Alarm.ended_at.is_(None)
        )
        people = sorted(set(people) - set(session.scalars(told)))
        occasion = Occasion(watch, alarm.level, Kind(alarm.kind), fallback)
        tell(session, occasion, people, tenant=tenant, now=now)
