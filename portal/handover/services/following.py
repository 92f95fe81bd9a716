"""A list is due when the turn ends: the roster may move that while it stands."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.alarms.services.watching import arm, end
from portal.core.actor import SYSTEM
from portal.duty.queries import list_held
from portal.duty.roster_queries import read_plan
from portal.duty.services.holding import lock_post
from portal.handover.endings import Ending, is_prepared, keeps_on
from portal.handover.limits import LATE_LADDER, late_limit, watch_offered
from portal.handover.models import Handover
from portal.handover.queries import IS_OPEN
from portal.handover.rules import OPEN, State
from portal.handover.services.listing import call_off
from portal.handover.services.making import note
from portal.tenancy.queries import get_tenant

#: The version of a list that nobody has done anything to since it was made.
UNTOUCHED = 1
#: The roster is read until just after the present moment, and not for longer back than this.
MOMENT, BACK = timedelta(minutes=1), timedelta(days=1)


def follow(session: Session, endings: Collection[Ending], now: datetime) -> None:
    """Have each list be due at the end of the turn as the roster says by now.

    Where the turn does not end soon any more, what nobody has touched is withdrawn; anything
    else is due at no time until the end comes near again.
    """
    by_giver = {(one.post_id, one.giver_id): one for one in endings}
    for handover in _list_due(session):
        ending = by_giver.get((handover.post_id, handover.giver_id))
        is_same = ending is not None and ending.at == handover.due_at
        if is_same or not _is_moved(session, handover, now):
            continue
        lock_post(session, handover.post_id)
        session.refresh(handover, with_for_update=True)
        if State(handover.state) in OPEN:
            is_new = ending is not None and not is_prepared(session, ending)
            _move(session, handover, ending.at if ending and is_new else None, now)


def _list_due(session: Session) -> list[Handover]:
    """What is due at the end of a turn, of givers who are signed in at the post."""
    due = select(Handover).where(IS_OPEN, Handover.due_at.is_not(None))
    rows = sorted(session.scalars(due), key=lambda row: (row.post_id, row.id))
    held = list_held(session, post_ids={row.post_id for row in rows}) if rows else []
    here = {(one.presence.post_id, one.presence.staff_id) for one in held}
    return [row for row in rows if (row.post_id, row.giver_id) in here]


def _is_moved(session: Session, handover: Handover, now: datetime) -> bool:
    """What is past its time was due, unless the turn of the giver has gone on ever since."""
    assert handover.due_at is not None
    if handover.due_at > now:
        return True
    plan = read_plan(session, get_tenant(session), max(handover.due_at, now - BACK), now + MOMENT)
    return keeps_on(plan.covered.get(handover.post_id, ()), handover.giver_id, handover.due_at, now)


def _move(session: Session, handover: Handover, due_at: datetime | None, now: datetime) -> None:
    limit = late_limit(handover.id)
    if due_at is None and handover.made_by_id is None and handover.version == UNTOUCHED:
        call_off(session, handover, actor=SYSTEM, now=now)
        return
    handover.due_at = due_at
    note(session, handover, "due_moved", actor=SYSTEM, now=now)
    if due_at is None:
        end(session, limit=limit, actor=SYSTEM, now=now)
        if handover.state == State.OFFERED:
            watch_offered(session, handover, actor=SYSTEM, now=now)
    else:
        arm(session, limit=limit, ladder=LATE_LADDER, due_at=due_at, actor=SYSTEM, now=now)
