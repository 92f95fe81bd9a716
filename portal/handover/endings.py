"""Where a turn at a post ends and the post, or the leave of who keeps it, goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.duty.coverage import Segment
from portal.duty.leave_models import Leave
from portal.duty.queries import list_held
from portal.duty.roster_queries import read_plan
from portal.handover.away import find_leave, list_leaves
from portal.handover.models import Handover
from portal.handover.rules import READY
from portal.tenancy.queries import get_tenant

#: As far as the roster is read past that, to see who comes next.
MARGIN = timedelta(minutes=1)


@dataclass(frozen=True)
class Ending:
    """Somebody is at a post whose turn there ends, and who does not come back to it.

    Somebody else's turn begins, or a leave before the next of the own.
    """

    post_id: int
    giver_id: int
    at: datetime
    next_id: int | None
    leave: Leave | None = None


def list_endings(session: Session, now: datetime) -> list[Ending]:
    """Where a turn of who is signed in ends soon, and the post or a leave goes on; by post."""
    plan = read_plan(session, get_tenant(session), now, now + READY + MARGIN)
    held = list_held(session, post_ids=list(plan.by_id)) if plan.by_id else []
    here = [one.presence for one in held if not one.presence.is_cover]
    leaves = list_leaves(session, {one.staff_id for one in here}, now) if here else {}
    found = []
    for one in here:
        segments, own = plan.covered.get(one.post_id, ()), leaves.get(one.staff_id, ())
        ending = find_ending(segments, one.staff_id, now)
        end = ending[0] if ending else find_end(segments, one.staff_id, now)
        leave = find_leave(session, own, end) if own and end else None
        if end is not None and (ending is not None or leave is not None):
            next_id = ending[1] if ending else None
            found.append(Ending(one.post_id, one.staff_id, end, next_id, leave))
    return sorted(found, key=lambda ending: ending.post_id)


def find_end(segments: Sequence[Segment], staff_id: int, now: datetime) -> datetime | None:
    """When somebody's turn ends within two hours, whatever comes after it."""
    ends_at: datetime | None = None
    for segment in sorted(segments, key=lambda each: each.start):
        keeper = segment.duty.staff_id if segment.duty else None
        if (ends_at or now) < segment.start or (ends_at is not None and keeper != staff_id):
            break
        ends_at = segment.end
    return ends_at if ends_at is not None and ends_at <= now + READY else None


def find_ending(
    segments: Sequence[Segment], staff_id: int, now: datetime
) -> tuple[datetime, int | None] | None:
    """When somebody's turn ends within two hours and the post goes on, and with whom."""
    ends_at: datetime | None = None
    for segment in sorted(segments, key=lambda each: each.start):
        keeper = segment.duty.staff_id if segment.duty else None
        is_first = ends_at is None
        if ends_at is not None and segment.start > ends_at:
            # The post is closed in between: nobody takes it over.
            return None
        if keeper != staff_id and not (is_first and segment.start <= now):
            is_near = not is_first and segment.start <= now + READY
            return (segment.start, keeper) if is_near else None
        ends_at = segment.end
    return None


def keeps_on(segments: Sequence[Segment], staff_id: int, since: datetime, now: datetime) -> bool:
    """Whether somebody has kept a post by the roster from a moment until now, and nobody else."""
    passed = [each for each in segments if each.end > since and each.start <= now]
    keepers = {each.duty.staff_id if each.duty else None for each in passed}
    return keepers == {staff_id}


def is_prepared(session: Session, ending: Ending) -> bool:
    """Whether there is a list for it, done or not."""
    same = select(Handover.id).where(
        Handover.post_id == ending.post_id,
        Handover.giver_id == ending.giver_id,
        Handover.due_at == ending.at,
    )
    return session.scalar(same) is not None
