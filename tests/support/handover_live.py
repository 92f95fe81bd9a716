"""An evening at a post of the demonstration: who gives, who takes over, and what is in hand."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.models import Slot
from portal.appointments.rules import Channel
from portal.appointments.services.bookings import Order, Person, book_slot
from portal.catalog.models import Post, PostStaff, Service
from portal.core.actor import Actor
from portal.demonstration.logins import PIN
from portal.duty.models import Presence
from portal.duty.services.presence import sign_in
from portal.handover.models import HandoverItem
from portal.handover.rules import Kind, Reason, State
from portal.handover.services.listing import add_item, begin
from portal.identity.models import Staff, Unit
from portal.identity.passwords import hash_password
from portal.matters.services.opening import open_matter
from portal.tenancy.queries import get_settings, get_tenant
from tests.support.matters import ACCOUNT, BRINGER
from tests.support.world import World, add_staff

GIVER, RECEIVER = "7001", "7002"
NAMES = {GIVER: "陳志強", RECEIVER: "王麗華"}


def set_evening(world: World) -> int:
    """GIVER is at a post with two matters and two appointments, RECEIVER comes; the post's id."""
    people = {number: add_staff(world, number, []) for number in (GIVER, RECEIVER)}
    with world.app.app_context():
        pin_hash = hash_password(PIN)

    def work(session: Session) -> int:
        post = _open_post(session, "evening")
        for (number, staff_id), position in zip(people.items(), "AB", strict=True):
            person = session.get_one(Staff, staff_id)
            person.name, person.pin_hash = NAMES[number], pin_hash
            session.add(PostStaff(post_id=post.id, staff_id=staff_id, position=position))
        session.flush()
        giver = Actor("staff", people[GIVER])
        sign_in(session, post=post, actor=giver, now=world.now)
        tenant = get_tenant(session)
        rules = get_settings(session, tenant, at=world.now)
        for _matter in range(2):
            open_matter(
                session,
                account=ACCOUNT,
                bringer=BRINGER,
                first_asked_id=people[GIVER],
                prefix=rules.matters.prefix,
                zone=tenant.zone,
                actor=giver,
                now=world.now,
            )
        for hours, name in ((2, "周小梅"), (26, "吳美娟")):
            book_slot(
                session,
                slot_id=_add_slot(session, world, post, hours),
                order=Order(Person(name=name, key=None), None, Channel.COUNTER),
                rules=rules.booking,
                zone=tenant.zone,
                actor=giver,
                now=world.now,
            )
        return post.id

    return world.do(work)


def _open_post(session: Session, code: str) -> Post:
    unit = session.scalars(select(Unit).order_by(Unit.id)).first()
    assert unit is not None
    name = {"zh_Hant": "晚班窗口", "zh_Hans": "晚班窗口", "en": "Evening window"}
    post = Post(unit_id=unit.id, code=code, name=name, plate="晚", position=90)
    session.add(post)
    session.flush()
    return post


def _add_slot(session: Session, world: World, post: Post, hours: int) -> int:
    service = session.scalars(select(Service.id).order_by(Service.id)).first()
    starts_at = world.now + timedelta(hours=hours)
    slot = Slot(
        service_id=service,
        post_id=post.id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=20),
        pool="counter",
        public_from=world.now,
        capacity=1,
    )
    session.add(slot)
    session.flush()
    return slot.id


@dataclass(frozen=True)
class Lists:
    """A post with a list that somebody gives, and one that is offered to the same person."""

    post_id: int
    given: int
    given_item: int
    offered: int
    offered_item: int
    book_id: int


def list_for(world: World, number: str) -> Lists:
    """Both lists, with a line each; the person may order an emergency there, too."""
    colleague = add_staff(world, "7003", [])

    def work(session: Session) -> Lists:
        post = _open_post(session, "walked")
        me = session.scalars(select(Staff.id).where(Staff.number == number)).one()
        session.get_one(Unit, post.unit_id).deputy_id = me
        for staff_id, position in ((me, "A"), (colleague, "B")):
            session.add(PostStaff(post_id=post.id, staff_id=staff_id, position=position))
        session.flush()
        rows, items = [], []
        for giver, receiver in ((me, colleague), (colleague, me)):
            actor = Actor("staff", giver)
            row = begin(
                session,
                post=post,
                receiver_id=receiver,
                reason=Reason.SHIFT,
                actor=actor,
                now=world.now,
            )
            item: HandoverItem = add_item(
                session,
                handover=row,
                version=row.version,
                kind=Kind.KEY,
                words="抽屜鑰匙兩把",
                actor=actor,
                now=world.now,
            )
            rows.append(row)
            items.append(item.id)
        rows[1].giver_signed_at, rows[1].state = world.now, State.OFFERED
        book = Presence(post_id=post.id, staff_id=colleague, signed_in_at=world.now)
        book.left_at = book.signed_out_at = world.now
        session.add(book)
        session.flush()
        return Lists(post.id, rows[0].id, items[0], rows[1].id, items[1], book.id)

    return world.do(work)
