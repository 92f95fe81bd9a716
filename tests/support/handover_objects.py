"""Examples of what the pages of handovers name: lists in each stage, and their lines."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.models import Post, PostStaff
from portal.core.actor import Actor
from portal.duty.models import Presence
from portal.handover.models import Handover, HandoverItem
from portal.handover.rules import Kind, Reason, State
from portal.handover.services.making import make
from portal.identity.models import Staff
from portal.identity.passwords import hash_password
from tests.support.duty_objects import add_person, add_post
from tests.support.handover import PIN
from tests.support.world import World


def hand_over(world: World, admin_id: int) -> dict[str, Any]:
    """The administrator gives and takes posts over; two colleagues are named for them as well."""
    with world.app.app_context():
        pin_hash = hash_password(PIN)
    return world.do(lambda session: _hand_over(session, world, admin_id, pin_hash))


def _hand_over(session: Session, world: World, admin_id: int, pin_hash: str) -> dict[str, Any]:
    session.get_one(Staff, admin_id).pin_hash = pin_hash
    window = session.scalars(select(Post).order_by(Post.id)).first()
    assert window is not None
    second, third = (add_person(session, window, number, world.now) for number in ("H8", "H9"))
    posts = []
    for number in range(4):
        posts.append(add_post(session, window, f"h{number}").id)
        first = add_person(session, window, f"H{number}", world.now)
        for person, position in ((first, "A"), (admin_id, "B"), (second, "C"), (third, "C")):
            session.add(PostStaff(post_id=posts[-1], staff_id=person, position=position))
    session.flush()
    here, other, spare, away = posts
    listed, untrue, offered, doubted, ordered, taken = (
        _make(session, world, post_id, *people, reason)
        for post_id, people, reason in (
            (here, (admin_id, second), Reason.SHIFT),
            (other, (admin_id, second), Reason.SHIFT),
            (here, (second, admin_id), Reason.SHIFT),
            (here, (third, admin_id), Reason.SHIFT),
            (away, (third, second), Reason.SHIFT),
            (away, (second, admin_id), Reason.LEAVE),
        )
    )
    lines = {row.id: _line(session, world, row) for row in (listed, offered, doubted)}
    # What has ended since stands there no more.
    gone = session.scalars(select(HandoverItem).where(HandoverItem.handover_id == untrue.id)).all()
    for item in gone:
        session.delete(item)
    for row in (offered, doubted):
        row.giver_signed_at, row.state = world.now, State.OFFERED
    ordered.giver_id, ordered.reason, ordered.ordered_by_id = admin_id, Reason.EMERGENCY, third
    ordered.owed_until, ordered.words = world.now + timedelta(hours=24), "突然暈倒"
    ordered.moved_at, ordered.state = world.now, State.ORDERED
    taken.giver_signed_at = taken.receiver_signed_at = taken.moved_at = world.now
    taken.state = State.CONFIRMED
    book = Presence(post_id=spare, staff_id=third, signed_in_at=world.now)
    book.left_at = book.signed_out_at = world.now
    session.add(book)
    session.flush()
    return {
        "book_id": book.id,
        "handover_id": listed.id,
        "item_id": lines[listed.id],
        "untrue_handover_id": untrue.id,
        "offered_handover_id": offered.id,
        "offered_item_id": lines[offered.id],
        "doubted_handover_id": doubted.id,
        "doubted_item_id": lines[doubted.id],
        "ordered_handover_id": ordered.id,
        "taken_handover_id": taken.id,
        "handed_post_id": spare,
        "second_id": second,
        "third_id": third,
    }


def _make(
    session: Session, world: World, post_id: int, giver: int, receiver: int, reason: Reason
) -> Handover:
    row = Handover(post_id=post_id, giver_id=giver, receiver_id=receiver, reason=reason)
    return make(session, row, actor=Actor("staff", giver), now=world.now)


def _line(session: Session, world: World, row: Handover) -> int:
    item = HandoverItem(handover_id=row.id, kind=Kind.KEY, words="鑰匙兩把", added_at=world.now)
    session.add(item)
    session.flush()
    return item.id
