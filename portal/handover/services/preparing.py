"""Before a shift ends that somebody else goes on with, the list is made and watched (AL-07)."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.alarms.services.watching import arm
from portal.core.actor import SYSTEM
from portal.duty.queries import find_place
from portal.duty.services.holding import lock_post
from portal.handover.endings import Ending, is_prepared, list_endings
from portal.handover.limits import LATE_LADDER, late_limit
from portal.handover.models import Handover
from portal.handover.queries import find_open, list_things
from portal.handover.rules import Reason
from portal.handover.services.following import follow
from portal.handover.services.making import make


def prepare(session: Session, now: datetime) -> None:
    """Sweep: two hours before a turn ends, list what its holder has to hand over.

    Safe to run twice: a turn's end of one person at one post is prepared once. Where the roster
    has moved it since, the list is due then.
    """
    endings = list_endings(session, now)
    follow(session, endings, now)
    for ending in endings:
        lock_post(session, ending.post_id)
        if not is_prepared(session, ending):
            _prepare(session, ending, now)


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
