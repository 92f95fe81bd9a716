"""What has to be handed over when somebody leaves a post, the desk, or the institution."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.alarms.services.watching import end
from portal.appointments.queries import list_promised
from portal.catalog.models import Post
from portal.duty.events import Leaving, Onward, leaving_asked
from portal.duty.queries import read_seat
from portal.handover.away import find_leave, list_leaves
from portal.handover.limits import kept_limit, list_unsigned, unsigned_limit
from portal.handover.models import Handover
from portal.handover.queries import (
    find_open,
    is_at_another,
    list_kept,
    list_receivers,
    list_standing,
    list_things,
)
from portal.handover.rules import Reason, State
from portal.handover.services.listing import call_off
from portal.handover.services.making import lock
from portal.identity.queries.staff import list_working
from portal.identity.staff_events import StaffLeft, staff_left
from portal.matters.services.passing_on import list_held
from portal.tenancy.queries import get_tenant

DAY = timedelta(days=1)


@leaving_asked.connect
def say_what_is_owed(question: Leaving) -> Onward:
    """The list that is under way, or the page on which one begins."""
    session = question.session
    is_owed = owes(session, question.post_id, question.staff_id, question.now)
    handover = find_open(session, post_id=question.post_id, giver_id=question.staff_id)
    if handover is not None:
        return Onward("handover.show", {"handover_id": handover.id}, is_owed)
    return Onward("handover.begin", {"post_id": question.post_id}, is_owed)


def owes(session: Session, post_id: int, staff_id: int, now: datetime) -> bool:
    """Whether who leaves an open post leaves something live there that a colleague could take.

    Whoever goes home when the post closes comes back to what is in hand, and hands nothing over;
    not so whoever goes on leave before the next turn.
    """
    if not list_receivers(session, post_id, giver_id=staff_id):
        return False
    leave = find_leave(session, list_leaves(session, [staff_id], now).get(staff_id, ()), now)
    if leave is not None:
        away = Handover(post_id=post_id, giver_id=staff_id, reason=Reason.LEAVE)
        return bool(list_things(session, away, now))
    seat = read_seat(session, session.get_one(Post, post_id), now)
    if seat.opening is None:
        return False
    going = Handover(post_id=post_id, giver_id=staff_id, reason=Reason.SHIFT)
    if not is_at_another(session, going) and list_held(session, staff_id):
        return True
    until = min(seat.opening.ends_at, now + DAY)
    zone = get_tenant(session).zone
    return bool(list_promised(session, post_id=post_id, after=now, before=until, zone=zone))


@staff_left.connect
def call_off_what_stands(event: StaffLeft) -> None:
    """Nobody waits for the signature of who does not work here any more."""
    session, left = event.session, event.staff_id
    for handover in list_standing(session, left):
        lock(session, handover, handover.version)
        if handover.state != State.ORDERED:
            call_off(session, handover, actor=event.actor, now=event.now)
        elif not list_working(session, list_unsigned(handover) - {left}):
            end(session, limit=unsigned_limit(handover.id), actor=event.actor, now=event.now)
    for handover in list_kept(session, left):
        end(session, limit=kept_limit(handover.id), actor=event.actor, now=event.now)
