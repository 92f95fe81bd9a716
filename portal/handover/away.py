"""Who goes on leave before the next turn, and so does not come back to what is in hand."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.duty.leave_models import Leave
from portal.duty.leave_rules import LeaveState
from portal.duty.roster_queries import read_plan
from portal.handover.rules import AHEAD
from portal.tenancy.queries import get_tenant

DAY = timedelta(days=1)


def list_leaves(
    session: Session, staff_ids: Collection[int], after: datetime
) -> dict[int, list[Leave]]:
    """The approved leave of some people that lies or begins within the next days, by person."""
    found = select(Leave).where(
        Leave.staff_id.in_(sorted(staff_ids)),
        Leave.until_at > after,
        Leave.from_at <= after + AHEAD,
        Leave.state == LeaveState.APPROVED,
    )
    leaves: dict[int, list[Leave]] = {}
    for leave in sorted(session.scalars(found), key=lambda one: (one.from_at, one.id)):
        leaves.setdefault(leave.staff_id, []).append(leave)
    return leaves


def find_leave(session: Session, leaves: Collection[Leave], after: datetime) -> Leave | None:
    """Of somebody's leave the one that begins before the next turn after a moment, if any.

    Whoever is on no roster about then is expected on the next day.
    """
    ahead = [leave for leave in leaves if leave.until_at > after]
    if not ahead:
        return None
    leave = ahead[0]
    if leave.from_at <= after:
        return leave
    plan = read_plan(session, get_tenant(session), after - DAY, leave.from_at)
    turns = plan.turns.get(leave.staff_id, ())
    if any(turn.end > after for turn in turns):
        return None
    return leave if turns or leave.from_at <= after + DAY else None
