"""The giver's list: begun, completed by hand, and withdrawn."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.alarms.services.watching import end
from portal.catalog.models import Post
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.duty.queries import find_place, list_held
from portal.handover.limits import late_limit
from portal.handover.models import Handover, HandoverItem
from portal.handover.queries import find_open, list_items, list_receivers, list_things
from portal.handover.rules import (
    BY_HAND,
    Kind,
    NeedsWords,
    NoReceiver,
    NotSameItem,
    NotYours,
    OpenAlready,
    Reason,
    State,
    StillOwed,
    Verb,
    check_mending,
    check_until,
    next_state,
)
from portal.handover.services.making import lock, make, note, refresh, untick


def begin(
    session: Session,
    *,
    post: Post,
    receiver_id: int,
    reason: Reason,
    actor: Actor,
    now: datetime,
    until_at: datetime | None = None,
) -> Handover:
    """Begin to hand a post over to somebody who is named for it.

    Raises NotYours, NoReceiver on ``receiver``, NotSoLong on ``until``, and OpenAlready.
    """
    if actor.kind != "staff" or actor.id is None:
        raise NotFound
    check_until(until_at, reason, now)
    check_giver(session, post.id, actor.id)
    check_receiver(session, post.id, giver_id=actor.id, receiver_id=receiver_id)
    if find_open(session, post_id=post.id, giver_id=actor.id) is not None:
        raise OpenAlready
    handover = Handover(
        post_id=post.id,
        giver_id=actor.id,
        receiver_id=receiver_id,
        reason=reason,
        until_at=until_at,
    )
    return make(session, handover, actor=actor, now=now)


def check_giver(session: Session, post_id: int, staff_id: int) -> None:
    """Raises NotYours for who is neither named for a post nor signed in there."""
    if find_place(session, post_id=post_id, staff_id=staff_id):
        return
    held = list_held(session, post_ids=[post_id], staff_id=staff_id)
    if not any(not one.presence.is_cover for one in held):
        raise NotYours


def check_receiver(session: Session, post_id: int, *, giver_id: int, receiver_id: int) -> None:
    """Raises NoReceiver for who is not named for a post, or gives it."""
    named = list_receivers(session, post_id, giver_id=giver_id)
    if receiver_id not in {person.id for person in named}:
        raise NoReceiver(field="receiver")


def choose_receiver(
    session: Session,
    *,
    handover: Handover,
    version: int,
    receiver_id: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Say who takes over, who has seen nothing yet; of a return that is settled.

    Raises NoReceiver and WrongState.
    """
    _take(session, handover, version, actor)
    if handover.returns_id is not None:
        raise NoReceiver(field="receiver")
    check_receiver(session, handover.post_id, giver_id=handover.giver_id, receiver_id=receiver_id)
    if receiver_id != handover.receiver_id:
        for item in list_items(session, [handover.id]).get(handover.id, []):
            untick(item)
    handover.receiver_id = receiver_id
    note(session, handover, "receiver_chosen", actor=actor, now=now)


def bring_up_to_date(
    session: Session, *, handover: Handover, version: int, actor: Actor, now: datetime
) -> None:
    """List what came since, and nothing that is gone."""
    _take(session, handover, version, actor)
    changes = refresh(session, handover, now=now)
    note(session, handover, "refreshed", actor=actor, now=now, changes=len(changes))


def add_item(
    session: Session,
    *,
    handover: Handover,
    version: int,
    kind: Kind,
    words: str,
    actor: Actor,
    now: datetime,
) -> HandoverItem:
    """Write down a thing that no record knows of. Raises NeedsWords and WrongState."""
    _take(session, handover, version, actor)
    if kind not in BY_HAND:
        raise NotFound
    item = HandoverItem(
        handover_id=handover.id, kind=kind, words=_said(words), added_at=now, is_new=False
    )
    session.add(item)
    session.flush()
    note(session, handover, "item_added", actor=actor, now=now, item=item.id)
    return item


def change_item(
    session: Session,
    *,
    handover: Handover,
    version: int,
    item: HandoverItem,
    words: str,
    is_ready: bool | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Say what the receiver must know of a line, which is then to be ticked again."""
    _take(session, handover, version, actor)
    _check_on(handover, item)
    item.words = _said(words) if Kind(item.kind) in BY_HAND else words.strip() or None
    item.is_ready = is_ready if item.kind == Kind.APPOINTMENT else None
    untick(item)
    note(session, handover, "item_changed", actor=actor, now=now, item=item.id)


def drop_item(
    session: Session,
    *,
    handover: Handover,
    version: int,
    item: HandoverItem,
    actor: Actor,
    now: datetime,
) -> None:
    """Take away what the giver has written down; nothing else leaves a list by hand."""
    _take(session, handover, version, actor)
    _check_on(handover, item)
    if Kind(item.kind) not in BY_HAND:
        raise NotFound
    item_id = item.id
    session.delete(item)
    session.flush()
    note(session, handover, "item_dropped", actor=actor, now=now, item=item_id)


def withdraw(
    session: Session, *, handover: Handover, version: int, actor: Actor, now: datetime
) -> None:
    """Hand nothing over after all. Raises StillOwed for what is due at the end of a shift."""
    lock(session, handover, version)
    if actor.id != handover.giver_id:
        raise NotFound
    next_state(State(handover.state), Verb.WITHDRAW)
    is_in_use = session.get_one(Post, handover.post_id).is_active
    if handover.due_at is not None and is_in_use and list_things(session, handover, now):
        raise StillOwed
    call_off(session, handover, actor=actor, now=now)


def call_off(session: Session, handover: Handover, *, actor: Actor, now: datetime) -> None:
    """End a handover in hand that has moved nothing; the end of a turn may be listed anew."""
    handover.ended_at, handover.due_at = now, None
    handover.state = next_state(State(handover.state), Verb.WITHDRAW)
    note(session, handover, "withdrawn", actor=actor, now=now)
    end(session, limit=late_limit(handover.id), actor=actor, now=now)


def _take(session: Session, handover: Handover, version: int, actor: Actor) -> None:
    lock(session, handover, version)
    if actor.kind != "staff" or actor.id != handover.giver_id:
        raise NotFound
    check_mending(State(handover.state))


def _check_on(handover: Handover, item: HandoverItem) -> None:
    if item.handover_id != handover.id:
        raise NotSameItem


def _said(words: str) -> str:
    if not words.strip():
        raise NeedsWords(field="words")
    return words.strip()
