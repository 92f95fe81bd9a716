"""The tick: raising what is due, once each, whatever else fails."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.alarms.models import Watch
from portal.alarms.queries import list_overseers
from portal.alarms.rules import Course, Kind, find_due, next_look, read_ladder, retry_after
from portal.alarms.services.telling import Occasion, find_recipients, log, tell
from portal.calendar.opening import Schedule
from portal.calendar.queries import Openings, get_openings
from portal.core.actor import SYSTEM
from portal.core.background import note_failure
from portal.core.ledger import record
from portal.core.unit import is_retryable
from portal.tenancy.queries import Tenant, get_tenant

#: Limits that one tick looks at; what is left has its turn a minute later.
BATCH = 200


def raise_due(session: Session, now: datetime) -> None:
    """Sweep: raise the levels whose moment has come.

    Each limit says when it is to be looked at next, so that an index finds these alone, however
    many are open. A second worker skips the rows in the first one's hand, and a worker that dies
    lets go of them with its transaction.
    """
    due = (
        select(Watch)
        .where(Watch.next_at <= now)
        .order_by(Watch.next_at, Watch.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    )
    watches = session.scalars(due).all()
    if not watches:
        return
    tenant = get_tenant(session)
    openings = get_openings(session, tenant.zone, tenant.region)
    for watch in watches:
        look_at(session, watch, openings=openings, tenant=tenant, now=now)
    session.flush()


def look_at(
    session: Session, watch: Watch, *, openings: Openings, tenant: Tenant, now: datetime
) -> None:
    """Raise what is due of one limit; a failure stays with it and is shown to those who oversee.

    It is tried again, ever more seldom and for ever.
    """
    try:
        with session.begin_nested():
            _raise(session, watch, openings.schedule(watch.schedule_id), tenant, now)
    except Exception as error:
        if is_retryable(error):
            raise
        note_failure(log, "limit_failed", error, watch=watch.id)
        _note_failed(session, watch, type(error).__name__, tenant, now)


def _raise(
    session: Session, watch: Watch, schedule: Schedule | None, tenant: Tenant, now: datetime
) -> None:
    course = course_of(watch)
    level = find_due(course, schedule, now)
    if level is None:
        # The hours are other ones by now than when the moment was worked out.
        _advance(session, watch, next_at=next_look(course, schedule))
        return
    reached = replace(course, level=level, raised_at=now)
    if not _advance(
        session,
        watch,
        level=level,
        raised_at=now,
        next_at=next_look(reached, schedule),
        failures=0,
        failure="",
    ):
        return
    people, fallback = find_recipients(session, watch, course.ladder, level, now)
    if not people:
        raise LookupError("nobody works here who could be told")
    occasion = Occasion(watch, level, course.ladder[level - 1].kind, fallback)
    tell(session, occasion, people, tenant=tenant, now=now)


def course_of(watch: Watch) -> Course:
    """How far a limit has come, as a rule sees it."""
    return Course(read_ladder(watch.ladder), watch.due_at, watch.level, watch.raised_at)


def _advance(session: Session, watch: Watch, **values: object) -> bool:
    """Change a limit only while its token is the one that was read; whether it was."""
    changed = session.scalar(
        update(Watch)
        .where(Watch.id == watch.id, Watch.token == watch.token, Watch.next_at == watch.next_at)
        .values(**values)
        .returning(Watch.id)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        return False
    session.refresh(watch)
    return True


def _note_failed(
    session: Session, watch: Watch, failure: str, tenant: Tenant, now: datetime
) -> None:
    """Write down that a limit cannot be raised, and tell those who oversee in its place."""
    # What was read inside the part that failed is not so.
    session.refresh(watch)
    failures = watch.failures + 1
    noted = {"failures": failures, "failure": failure[:60], "next_at": now + retry_after(failures)}
    if not _advance(session, watch, **noted):
        return
    record(
        session,
        "alarms.watch.failed",
        subject=(watch.subject_kind, watch.subject_id),
        actor=SYSTEM,
        now=now,
        limit=watch.code,
        failures=failures,
        failure=watch.failure,
    )
    occasion = Occasion(watch, watch.level + 1, Kind.ESCALATE, "failed")
    tell(session, occasion, list_overseers(session), tenant=tenant, now=now)
