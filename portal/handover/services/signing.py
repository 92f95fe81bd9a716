"""The two signatures: the giver's on the list, the receiver's on each line of it."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from portal.alarms.services.watching import end
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.duty.queries import find_place
from portal.handover.limits import (
    kept_limit,
    late_limit,
    list_unsigned,
    unsigned_limit,
    watch_offered,
    watch_return,
)
from portal.handover.models import Handover, HandoverItem
from portal.handover.queries import list_items
from portal.handover.rules import (
    RETURNABLE,
    NeedsWords,
    NoReceiver,
    NotNamed,
    NotSameItem,
    State,
    Verb,
    next_state,
)
from portal.handover.services.making import lock, note, refresh, untick
from portal.handover.services.moving import carry_out, hold_still
from portal.handover.telling import tell_receiver
from portal.identity.queries.staff import list_working
from portal.identity.services import signing_code
from portal.identity.services.signing_code import TypedCode
from portal.identity.services.signing_in import Outcome


class Signing(StrEnum):
    """How it ended when somebody signed; whatever it is, the request commits."""

    DONE = "done"
    WRONG = "wrong"
    LOCKED = "locked"
    #: The list was not true any more; what is new on it is to be seen first.
    CHANGED = "changed"
    #: Not every line is ticked.
    UNTICKED = "unticked"


def offer(
    session: Session,
    *,
    handover: Handover,
    version: int,
    typed: TypedCode,
    actor: Actor,
    now: datetime,
) -> Signing:
    """The giver signs the list as it stands; what was refused before is ticked anew.

    Raises NoReceiver, WrongState, NoSigningCode.
    """
    lock(session, handover, version)
    _check_is(handover.giver_id, actor)
    after = next_state(State(handover.state), Verb.OFFER)
    if handover.receiver_id is None:
        raise NoReceiver(field="receiver")
    if refresh(session, handover, now=now):
        note(session, handover, "refreshed", actor=actor, now=now)
        return Signing.CHANGED
    outcome = judge(session, typed, actor, now)
    if outcome is not Signing.DONE:
        return outcome
    for item in _items(session, handover):
        if item.refused_at is not None:
            untick(item)
        item.is_new = False
    handover.giver_signed_at, handover.state = now, after
    note(session, handover, "offered", actor=actor, now=now)
    watch_offered(session, handover, actor=actor, now=now)
    tell_receiver(session, handover, now)
    return outcome


def tick(
    session: Session,
    *,
    handover: Handover,
    version: int,
    item_ids: Collection[int],
    actor: Actor,
    now: datetime,
) -> None:
    """The receiver has understood these lines, one by one.

    A line that is left out is not ticked any more. What came meanwhile is put on the list.
    """
    _take_as_receiver(session, handover, version, actor)
    if handover.state == State.OFFERED:
        item_ids = set(item_ids) - refresh(session, handover, now=now).item_ids
    _tick(session, handover, item_ids, now)
    note(session, handover, "ticked", actor=actor, now=now, ticked=len(set(item_ids)))


def refuse(
    session: Session,
    *,
    handover: Handover,
    version: int,
    item: HandoverItem,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    """The receiver does not take one line: the list goes back, and the giver's signature is void.

    Raises NeedsWords on ``reason``, and WrongState.
    """
    lock(session, handover, version)
    _check_is(handover.receiver_id, actor)
    after = next_state(State(handover.state), Verb.REFUSE)
    if item.handover_id != handover.id:
        raise NotSameItem
    if not reason.strip():
        raise NeedsWords(field="reason")
    item.ticked_at, item.refused_at, item.refusal = None, now, reason.strip()
    handover.state, handover.giver_signed_at = after, None
    note(session, handover, "refused", actor=actor, now=now, item=item.id)
    if handover.due_at is None:
        end(session, limit=late_limit(handover.id), actor=actor, now=now)


def confirm(
    session: Session,
    *,
    handover: Handover,
    version: int,
    item_ids: Collection[int],
    typed: TypedCode,
    actor: Actor,
    now: datetime,
) -> Signing:
    """The receiver signs, and at that second everything moves; or nothing does (I-6).

    The list is read anew with both people in hand: what is new on it is to be ticked first. After
    an emergency everything has moved already, and only the signature is added. Raises WrongState,
    NoSigningCode, and what keeps the receiver from being at the post.
    """
    _take_as_receiver(session, handover, version, actor)
    is_order = handover.state == State.ORDERED
    is_changed = False
    if not is_order:
        hold_still(session, handover)
        if not find_place(session, post_id=handover.post_id, staff_id=actor.id or 0):
            raise NotNamed
        changes = refresh(session, handover, now=now)
        # What has changed by now was not seen, whatever was sent.
        item_ids, is_changed = set(item_ids) - changes.item_ids, bool(changes)
    is_all = all(item.id in item_ids for item in _items(session, handover))
    if is_changed or not is_all:
        _tick(session, handover, item_ids, now)
        note(session, handover, "ticked", actor=actor, now=now, ticked=len(set(item_ids)))
        return Signing.CHANGED if is_changed else Signing.UNTICKED
    outcome = judge(session, typed, actor, now)
    if outcome is not Signing.DONE:
        return outcome
    _tick(session, handover, item_ids, now)
    handover.receiver_signed_at = now
    if is_order:
        _add_signature(session, handover, "receiver_signed", actor, now)
        return outcome
    carry_out(session, handover, actor=actor, now=now)
    handover.moved_at = now
    handover.state = next_state(State(handover.state), Verb.CONFIRM)
    note(session, handover, "confirmed", actor=actor, now=now)
    _end_original(session, handover, actor, now)
    end(session, limit=late_limit(handover.id), actor=actor, now=now)
    if handover.reason in RETURNABLE:
        watch_return(session, handover, actor=actor, now=now)
    return outcome


def sign_after(
    session: Session,
    *,
    handover: Handover,
    version: int,
    typed: TypedCode,
    actor: Actor,
    now: datetime,
) -> Signing:
    """The giver's signature that was missing after an emergency."""
    lock(session, handover, version)
    _check_is(handover.giver_id, actor)
    next_state(State(handover.state), Verb.COMPLETE)
    if handover.giver_signed_at is not None:
        raise NotFound
    outcome = judge(session, typed, actor, now)
    if outcome is Signing.DONE:
        handover.giver_signed_at = now
        _add_signature(session, handover, "giver_signed", actor, now)
    return outcome


def _add_signature(
    session: Session, handover: Handover, what: str, actor: Actor, now: datetime
) -> None:
    unsigned = list_unsigned(handover)
    if not unsigned:
        handover.state = next_state(State(handover.state), Verb.COMPLETE)
    # Whoever does not work here any more signs nothing, and nobody waits for it.
    if not list_working(session, unsigned):
        end(session, limit=unsigned_limit(handover.id), actor=actor, now=now)
    note(session, handover, what, actor=actor, now=now)


def _end_original(session: Session, handover: Handover, actor: Actor, now: datetime) -> None:
    """What was handed over for a while is back."""
    if handover.returns_id is None:
        return
    original = session.get_one(Handover, handover.returns_id)
    session.refresh(original, with_for_update=True)
    original.ended_at = now
    original.state = next_state(State(original.state), Verb.RETURN)
    note(session, original, "returned", actor=actor, now=now)
    end(session, limit=kept_limit(original.id), actor=actor, now=now)


def _take_as_receiver(session: Session, handover: Handover, version: int, actor: Actor) -> None:
    lock(session, handover, version)
    _check_is(handover.receiver_id, actor)
    is_owed = handover.state == State.ORDERED and handover.receiver_signed_at is None
    if not is_owed:
        next_state(State(handover.state), Verb.CONFIRM)


def _tick(session: Session, handover: Handover, item_ids: Collection[int], now: datetime) -> None:
    for item in _items(session, handover):
        item.ticked_at = (item.ticked_at or now) if item.id in item_ids else None
    session.flush()


def _items(session: Session, handover: Handover) -> list[HandoverItem]:
    return list_items(session, [handover.id]).get(handover.id, [])


def _check_is(staff_id: int | None, actor: Actor) -> None:
    if actor.kind != "staff" or actor.id != staff_id:
        raise NotFound


def judge(session: Session, typed: TypedCode, actor: Actor, now: datetime) -> Signing:
    """How the code of whoever signs is found; a wrong one is counted. Raises NoSigningCode."""
    outcome = signing_code.confirm(session, typed=typed, actor=actor, now=now)
    if outcome is Outcome.DONE:
        return Signing.DONE
    return Signing.LOCKED if outcome is Outcome.LOCKED else Signing.WRONG
