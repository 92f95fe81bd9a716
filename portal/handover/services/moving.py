"""The second at which responsibility moves: everything in one transaction, or nothing (I-6)."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.appointments.services.serving_on import pass_serving
from portal.catalog.models import Post
from portal.core.actor import Actor
from portal.duty.services.holding import lock_person, lock_post
from portal.duty.services.relieving import relieve
from portal.handover.models import Handover
from portal.handover.queries import ANSWERING, list_items
from portal.handover.rules import ANSWERED, Kind, Reason
from portal.matters.services.passing_on import pass_on


def hold_still(session: Session, handover: Handover) -> None:
    """Take the post and both people in hand: until the end, nothing is given to either of them."""
    assert handover.receiver_id is not None
    lock_post(session, handover.post_id)
    for staff_id in sorted((handover.giver_id, handover.receiver_id)):
        lock_person(session, staff_id)


def carry_out(session: Session, handover: Handover, *, actor: Actor, now: datetime) -> None:
    """Move the matters on the list, who is being served, and the place at the post.

    The caller has both people in hand and sets the state. Raises what keeps the receiver from
    being at the post: SignedInElsewhere, NoPlace, TwoPostsAtMost; an order waits for nothing.
    """
    assert handover.receiver_id is not None
    _move_things(session, handover, actor=actor, now=now)
    relieve(
        session,
        post=session.get_one(Post, handover.post_id),
        giver_id=handover.giver_id,
        receiver_id=handover.receiver_id,
        actor=actor,
        now=now,
        is_emergency=handover.ordered_by_id is not None,
    )


def _move_things(session: Session, handover: Handover, *, actor: Actor, now: datetime) -> None:
    assert handover.receiver_id is not None
    items = list_items(session, [handover.id]).get(handover.id, [])
    matters = {
        item.matter_id: item.state
        for item in items
        if item.kind == Kind.MATTER and item.matter_id is not None and item.gone_at is None
    }
    pass_on(
        session,
        matter_ids=[one for one, state in matters.items() if state != ANSWERED],
        answered_ids=[one for one, state in matters.items() if state == ANSWERED],
        answering=ANSWERING[Reason(handover.reason)],
        giver_id=handover.giver_id,
        receiver_id=handover.receiver_id,
        actor=actor,
        now=now,
    )
    pass_serving(
        session,
        post_id=handover.post_id,
        giver_id=handover.giver_id,
        receiver_id=handover.receiver_id,
        actor=actor,
        now=now,
    )
