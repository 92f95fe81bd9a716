"""Making a list of what is handed over, and keeping it true to the facts until it is signed."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.errors import Stale
from portal.core.ledger import record
from portal.handover.models import Handover, HandoverItem
from portal.handover.queries import MATTER, find_last_taken, list_items, list_lines, list_things
from portal.handover.rules import BY_HAND, Changes, State, Thing, compare
from portal.identity.queries.staff import get_working_staff
from portal.records.rules import write_serial
from portal.records.services import draw_serial
from portal.tenancy.queries import get_tenant

BOOK, PREFIX = "handover", "JB"


def make(session: Session, handover: Handover, *, actor: Actor, now: datetime) -> Handover:
    """Give a new handover its number, and list all that there is to hand over."""
    get_working_staff(session, handover.giver_id)
    if handover.receiver_id is not None:
        get_working_staff(session, handover.receiver_id)
    handover.made_at, handover.year = now, now.astimezone(get_tenant(session).zone).year
    handover.made_by_id = actor.id if actor.kind == "staff" else None
    handover.state = State.LISTING
    handover.number = draw_serial(session, book=BOOK, year=handover.year)
    handover.reference = write_serial(PREFIX, handover.year, handover.number)
    session.add(handover)
    session.flush()
    note(session, handover, "made", actor=actor, now=now, reason=handover.reason)
    refresh(session, handover, now=now)
    _carry_things(session, handover, now)
    return handover


def _carry_things(session: Session, handover: Handover, now: datetime) -> None:
    """Seals, keys and what else the giver took over here stand on the list until they go on."""
    last = find_last_taken(session, post_id=handover.post_id, receiver_id=handover.giver_id)
    if last is None:
        return
    for item in list_items(session, [last.id]).get(last.id, []):
        if item.kind in BY_HAND:
            carried = HandoverItem(
                handover_id=handover.id, kind=item.kind, words=item.words, added_at=now
            )
            session.add(carried)
    session.flush()


def lock(session: Session, handover: Handover, version: int) -> None:
    """Take a handover in hand as it was shown; raises Stale."""
    session.refresh(handover, with_for_update=True)
    if handover.version != version:
        raise Stale(version=handover.version)


def note(
    session: Session,
    handover: Handover,
    what: str,
    *,
    actor: Actor,
    now: datetime,
    **data: int | str | None,
) -> None:
    """Raise the version of a handover in hand and write down what was done."""
    handover.version += 1
    session.flush()
    record(
        session,
        f"handover.handover.{what}",
        subject=("handover", handover.id),
        actor=actor,
        now=now,
        post=handover.post_id,
        giver=handover.giver_id,
        receiver=handover.receiver_id,
        **data,
    )


def find_changes(session: Session, handover: Handover, now: datetime) -> Changes:
    """What differs between a list and the facts."""
    items = list_items(session, [handover.id]).get(handover.id, [])
    return compare(list_lines(items), list_things(session, handover, now))


def refresh(session: Session, handover: Handover, *, now: datetime) -> Changes:
    """Make a list say what is the case; what changed is to be ticked anew.

    What is gone from a list that nobody has signed yet leaves it.
    """
    changes = find_changes(session, handover, now)
    is_signed = handover.giver_signed_at is not None
    for thing in changes.added:
        session.add(_line(handover, thing, is_new=is_signed, now=now))
    for item_id, thing in changes.moved:
        item = session.get_one(HandoverItem, item_id)
        item.kind, item.at, item.state = thing.kind, thing.at, thing.state
        item.gone_at, item.is_new = None, is_signed
        untick(item)
    for item_id in changes.gone:
        item = session.get_one(HandoverItem, item_id)
        if not is_signed:
            session.delete(item)
            continue
        item.gone_at, item.is_new = now, True
        untick(item)
    session.flush()
    return changes


def untick(item: HandoverItem) -> None:
    """It is to be seen again."""
    item.ticked_at = item.refused_at = None


def _line(handover: Handover, thing: Thing, *, is_new: bool, now: datetime) -> HandoverItem:
    kind, subject_id = thing.subject
    return HandoverItem(
        handover_id=handover.id,
        kind=thing.kind,
        matter_id=subject_id if kind == MATTER else None,
        booking_id=None if kind == MATTER else subject_id,
        at=thing.at,
        state=thing.state,
        added_at=now,
        is_new=is_new,
    )
