"""An emergency: the head moves everything at once, by name and with words; signatures follow."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.alarms.services.watching import arm
from portal.catalog.models import Post
from portal.core.actor import Actor
from portal.core.errors import Forbidden
from portal.handover.limits import UNSIGNED_LADDER, unsigned_limit
from portal.handover.models import Handover
from portal.handover.queries import find_open, list_orderers
from portal.handover.rules import OWED, NeedsWords, OrdersForSelf, OwnEmergency, Reason, State
from portal.handover.services.listing import call_off, check_giver, check_receiver
from portal.handover.services.making import lock, make, note
from portal.handover.services.moving import carry_out, hold_still
from portal.handover.services.signing import Signing, judge
from portal.identity.services.signing_code import TypedCode


def order(
    session: Session,
    *,
    post: Post,
    giver_id: int,
    receiver_id: int,
    words: str,
    typed: TypedCode,
    actor: Actor,
    now: datetime,
) -> tuple[Signing, Handover | None]:
    """Move everything from one to the other now; both owe their signatures within a day.

    Raises Forbidden for who is not above the giver, OwnEmergency, OrdersForSelf, NotYours for a
    giver who is not at the post, NoReceiver on ``receiver``, NeedsWords and NoSigningCode.
    """
    if actor.kind != "staff" or actor.id not in list_orderers(session, post, giver_id):
        raise Forbidden
    if actor.id == giver_id:
        raise OwnEmergency(field="giver")
    if actor.id == receiver_id:
        raise OrdersForSelf(field="receiver")
    check_giver(session, post.id, giver_id)
    check_receiver(session, post.id, giver_id=giver_id, receiver_id=receiver_id)
    if not words.strip():
        raise NeedsWords(field="words")
    outcome = judge(session, typed, actor, now)
    if outcome is not Signing.DONE:
        return outcome, None
    standing = find_open(session, post_id=post.id, giver_id=giver_id)
    if standing is not None:
        lock(session, standing, standing.version)
        call_off(session, standing, actor=actor, now=now)
    return outcome, _move(session, _new(post, giver_id, receiver_id, words, actor, now), actor, now)


def _new(
    post: Post, giver_id: int, receiver_id: int, words: str, actor: Actor, now: datetime
) -> Handover:
    return Handover(
        post_id=post.id,
        giver_id=giver_id,
        receiver_id=receiver_id,
        reason=Reason.EMERGENCY,
        ordered_by_id=actor.id,
        words=words.strip(),
        owed_until=now + OWED,
    )


def _move(session: Session, handover: Handover, actor: Actor, now: datetime) -> Handover:
    hold_still(session, handover)
    make(session, handover, actor=actor, now=now)
    carry_out(session, handover, actor=actor, now=now)
    handover.moved_at, handover.state = now, State.ORDERED
    note(session, handover, "ordered", actor=actor, now=now)
    arm(
        session,
        limit=unsigned_limit(handover.id),
        ladder=UNSIGNED_LADDER,
        due_at=now + OWED,
        actor=actor,
        now=now,
        is_told_at_once=True,
    )
    return handover
