"""Limits from being set to being met: armed, moved, paused, resumed and ended."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.alarms.models import Alarm, Watch
from portal.alarms.queries import select_watch
from portal.alarms.rules import (
    Ladder,
    Limit,
    Unit,
    Wait,
    begin,
    check_ladder,
    look_after_pause,
    moment_after,
    next_look,
    read_ladder,
    write_ladder,
)
from portal.alarms.services.raising import course_of, look_at
from portal.calendar.opening import Schedule
from portal.calendar.queries import get_openings
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.ledger import Value, record
from portal.tenancy.queries import get_tenant


def arm(
    session: Session,
    *,
    limit: Limit,
    ladder: Ladder,
    due_at: datetime,
    actor: Actor,
    now: datetime,
    schedule_id: int | None = None,
    is_told_at_once: bool = False,
) -> Watch:
    """Watch a limit from now on, by the rungs as they are now.

    One that is watched already, or was, begins anew with them. ``schedule_id`` says whose hours
    are working time; without one, the institution's own. ``is_told_at_once``: nobody has heard
    of it yet, so that a rung that is over by now is raised instead of passed. Raises ValueError
    for a ladder that could fall silent.
    """
    check_ladder(ladder)
    watch = _find_locked(session, limit)
    schedule = _read_schedule(session, schedule_id) if _is_counted(ladder) else None
    if watch is None:
        watch = Watch(
            subject_kind=limit.subject_kind,
            subject_id=limit.subject_id,
            round=limit.round,
            code=limit.code,
            term=0,
            token=0,
        )
    watch.ladder, watch.schedule_id = write_ladder(ladder), schedule_id
    watch.starts_at, watch.paused_at, watch.ended_at = now, None, None
    _begin(watch, ladder, due_at, schedule, now)
    if is_told_at_once:
        watch.level, watch.next_at = 0, now
    session.add(watch)
    session.flush()
    _change_alarms(session, watch, ended_at=now)
    _record(session, "alarms.watch.armed", watch, actor, now, due=f"{due_at:%Y-%m-%dT%H:%M}")
    return watch


def move_due(
    session: Session, *, limit: Limit, due_at: datetime, actor: Actor, now: datetime
) -> Watch:
    """Promise another moment: the ladder begins anew from it, and what was raised before ends.

    While the limit is paused it stays so, as from now. Raises NotFound when it is not watched.
    """
    watch = _get_running(session, limit)
    ladder = read_ladder(watch.ladder)
    schedule = _read_schedule(session, watch.schedule_id) if _is_counted(ladder) else None
    _begin(watch, ladder, due_at, schedule, now)
    if watch.paused_at is not None:
        watch.paused_at, watch.next_at = now, None
    session.flush()
    _change_alarms(session, watch, ended_at=now)
    _record(session, "alarms.watch.moved", watch, actor, now, due=f"{due_at:%Y-%m-%dT%H:%M}")
    return watch


def _begin(
    watch: Watch, ladder: Ladder, due_at: datetime, schedule: Schedule | None, now: datetime
) -> None:
    """A new due moment with the ladder from its foot."""
    course = begin(ladder, due_at, schedule, now)
    watch.due_at, watch.level, watch.raised_at = due_at, course.level, None
    # What was due before it was set has not been neglected since then.
    watch.next_at = max(next_look(course, schedule), now)
    watch.term, watch.token = watch.term + 1, watch.token + 1
    watch.failures, watch.failure = 0, ""


def pause(session: Session, *, limit: Limit, actor: Actor, now: datetime) -> Watch:
    """Stop the clock; what was due before is still raised, what comes later waits.

    A pause that stands is left as it is. Raises NotFound when the limit is not watched.
    """
    watch = _get_running(session, limit)
    if watch.paused_at is not None:
        return watch
    if watch.next_at is not None and watch.next_at <= now:
        tenant = get_tenant(session)
        openings = get_openings(session, tenant.zone, tenant.region)
        look_at(session, watch, openings=openings, tenant=tenant, now=now)
    watch.paused_at, watch.next_at = now, None
    watch.token += 1
    session.flush()
    _record(session, "alarms.watch.paused", watch, actor, now)
    return watch


def resume(session: Session, *, limit: Limit, length: Wait, actor: Actor, now: datetime) -> Watch:
    """Let the clock go on, the due moment later by the length that counts, in its own unit.

    Nothing that was not due when the pause began is due at once. A limit that is not paused is
    left as it is. Raises NotFound when it is not watched.
    """
    watch = _get_running(session, limit)
    if watch.paused_at is None:
        return watch
    schedule = _read_schedule(session, watch.schedule_id)
    due_at = moment_after(watch.due_at, length, schedule)
    watch.next_at = look_after_pause(
        course_of(watch),
        due_at=due_at,
        paused_at=watch.paused_at,
        schedule=schedule,
        now=now,
    )
    watch.due_at, watch.paused_at = due_at, None
    watch.token += 1
    session.flush()
    _change_alarms(session, watch, due_at=due_at)
    _record(
        session,
        "alarms.watch.resumed",
        watch,
        actor,
        now,
        length=length.amount,
        unit=str(length.unit),
    )
    return watch


def end(session: Session, *, limit: Limit, actor: Actor, now: datetime) -> bool:
    """Watch a limit no longer, because it was met or is of no use; whether it was watched."""
    watch = _find_locked(session, limit)
    if watch is None or watch.ended_at is not None:
        return False
    _end(session, watch, actor, now)
    return True


def end_all(session: Session, *, subject: tuple[str, int], actor: Actor, now: datetime) -> int:
    """Watch nothing of a thing any longer; how many limits that ended."""
    kind, subject_id = subject
    running = (
        select(Watch)
        .where(Watch.subject_kind == kind, Watch.subject_id == subject_id, Watch.ended_at.is_(None))
        .order_by(Watch.round, Watch.code)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    watches = session.scalars(running).all()
    for watch in watches:
        _end(session, watch, actor, now)
    return len(watches)


def _end(session: Session, watch: Watch, actor: Actor, now: datetime) -> None:
    watch.ended_at, watch.next_at, watch.paused_at = now, None, None
    watch.token += 1
    session.flush()
    _change_alarms(session, watch, ended_at=now)
    _record(session, "alarms.watch.ended", watch, actor, now)


def _change_alarms(session: Session, watch: Watch, **values: datetime) -> None:
    """Change what is open of a limit."""
    session.execute(
        update(Alarm)
        .where(Alarm.watch_id == watch.id, Alarm.ended_at.is_(None))
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _find_locked(session: Session, limit: Limit) -> Watch | None:
    """The row of a limit, in nobody else's hand until this transaction ends."""
    return session.scalar(
        select_watch(limit)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def _get_running(session: Session, limit: Limit) -> Watch:
    watch = _find_locked(session, limit)
    if watch is None or watch.ended_at is not None:
        raise NotFound
    return watch


def _is_counted(ladder: Ladder) -> bool:
    """Whether any rung lies a number of working days or minutes away."""
    return any(level.after.unit is not Unit.MINUTES for level in ladder)


def _read_schedule(session: Session, schedule_id: int | None) -> Schedule | None:
    tenant = get_tenant(session)
    return get_openings(session, tenant.zone, tenant.region).schedule(schedule_id)


def _record(
    session: Session, code: str, watch: Watch, actor: Actor, now: datetime, **data: Value
) -> None:
    record(
        session,
        code,
        subject=(watch.subject_kind, watch.subject_id),
        actor=actor,
        now=now,
        limit=watch.code,
        round=watch.round,
        token=watch.token,
        **data,
    )
