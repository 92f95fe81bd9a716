"""Before a shift ends that somebody else goes on with, the list is made and watched (AL-07)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.alarms.services.watching import arm
from portal.core.actor import SYSTEM
from portal.duty.coverage import Segment
from portal.duty.leave_models import Leave
from portal.duty.queries import find_place, list_held
from portal.duty.roster_queries import read_plan
from portal.duty.services.holding import lock_post
from portal.handover.away import find_leave, list_leaves
from portal.handover.limits import LATE_LADDER, late_limit
from portal.handover.models import Handover
from portal.handover.queries import find_open, list_things
from portal.handover.rules import READY, Reason
from portal.handover.services.making import make
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


def prepare(session: Session, now: datetime) -> None:
    """Sweep: two hours before a turn ends, list what its holder has to hand over.

    Safe to run twice: a turn's end of one person at one post is prepared once.
    """
    for ending in list_endings(session, now):
        lock_post(session, ending.post_id)
        if not _is_prepared(session, ending):
            _prepare(session, ending, now)


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


def _is_prepared(session: Session, ending: Ending) -> bool:
    same = select(Handover.id).where(
        Handover.post_id == ending.post_id,
        Handover.giver_id == ending.giver_id,
        Handover.due_at == ending.at,
    )
    return session.scalar(same) is not None


def _prepare(session: Session, ending: Ending, now: datetime) -> None:
    handover = find_open(session, post_id=ending.post_id, giver_id=ending.giver_id)
    if handover is None:
        new = _begin(ending)
        if not list_things(session, new, now):
            return
        new.due_at, new.receiver_id = ending.at, _find_receiver(session, ending)
        handover = make(session, new, actor=SYSTEM, now=now)
    elif handover.due_at is None:
        # The giver was faster.
        handover.due_at = ending.at
        session.flush()
    else:
        return
    arm(
        session,
        limit=late_limit(handover.id),
        ladder=LATE_LADDER,
        due_at=ending.at,
        actor=SYSTEM,
        now=now,
    )


def _begin(ending: Ending) -> Handover:
    post_id, giver_id, leave = ending.post_id, ending.giver_id, ending.leave
    if leave is None:
        return Handover(post_id=post_id, giver_id=giver_id, reason=Reason.SHIFT)
    return Handover(
        post_id=post_id, giver_id=giver_id, reason=Reason.LEAVE, until_at=leave.until_at
    )


def _find_receiver(session: Session, ending: Ending) -> int | None:
    """Who covers the leave, else who comes next, if named for the post; else the giver chooses."""
    cover_id = ending.leave.cover_staff_id if ending.leave else None
    for person in (cover_id, ending.next_id):
        if person is not None and find_place(session, post_id=ending.post_id, staff_id=person):
            return person
    return None
