"""An emergency: the head moves everything at once; the signatures are owed within a day."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from portal.catalog.models import PostStaff
from portal.core.actor import SYSTEM
from portal.core.errors import Forbidden
from portal.duty.rules import Standing
from portal.handover.rules import OrdersForSelf, State
from portal.handover.services.signing import Signing
from portal.identity.models import Staff, Unit
from portal.identity.services import staffing
from portal.identity.services.granting import EDIT_ROLES, EDIT_STAFF
from tests.support.handover import Relay
from tests.support.world import add_staff


def test_the_head_moves_everything_in_the_own_name_at_once(relay: Relay) -> None:
    hall = relay.hall
    hall.sign_in(hall.a)
    matter = relay.open_matter(hall.a)
    relay.book(14)
    listed = relay.begin(hall.a, hall.c)
    ordered = relay.order(hall.a, hall.b)
    row = relay.read(ordered)
    assert (row.state, row.ordered_by_id, row.moved_at) == (
        State.ORDERED,
        hall.head,
        hall.world.now,
    )
    assert relay.matter(matter).holder_staff_id == hall.b
    seat = hall.seat()
    assert seat.own is not None
    assert seat.own.presence.staff_id == hall.b
    assert relay.read(listed).state == State.WITHDRAWN


def test_both_signatures_end_it(relay: Relay) -> None:
    hall = relay.hall
    relay.open_matter(hall.a)
    ordered = relay.order(hall.a, hall.b)
    hall.sweep()
    assert hall.told(hall.a) == hall.told(hall.b) == ["AL-07s"]
    assert relay.confirm(ordered) is Signing.DONE
    assert relay.read(ordered).state == State.ORDERED
    hall.world.wait(hours=2)
    assert relay.sign_after(ordered) is Signing.DONE
    row = relay.read(ordered)
    assert row.state == State.CONFIRMED
    assert row.moved_at is not None
    assert row.moved_at < hall.world.now
    assert hall.told(hall.a) == hall.told(hall.b) == []


def test_al_07_a_signature_missing_after_a_day_goes_to_the_head_then_the_leader(
    relay: Relay,
) -> None:
    hall = relay.hall
    relay.open_matter(hall.a)
    ordered = relay.order(hall.a, hall.b)
    relay.confirm(ordered)
    hall.world.wait(hours=23, minutes=59)
    hall.sweep()
    assert "AL-07s" not in hall.told(hall.head)
    hall.world.wait(minutes=1)
    hall.sweep()
    assert "AL-07s" in hall.told(hall.head)
    assert "AL-07s" in hall.told(hall.a)
    assert "AL-07s" not in hall.told(hall.b)
    hall.world.wait(hours=2)
    hall.sweep()
    assert "AL-07s" in hall.told(hall.leader)
    relay.sign_after(ordered)
    assert "AL-07s" not in hall.told(hall.leader)


def test_nobody_but_the_head_orders_it(relay: Relay) -> None:
    hall = relay.hall
    matter = relay.open_matter(hall.a)
    with pytest.raises(Forbidden):
        relay.order(hall.a, hall.b, by=hall.c)
    assert relay.matter(matter).holder_staff_id == hall.a


def have_guest(relay: Relay) -> None:
    """The leader heads a unit of their own and is named for the window as well."""
    hall = relay.hall

    def build(session: Session, _now: object) -> None:
        other = Unit(code="civil", name={"zh_Hant": "X"}, head_id=hall.c)
        session.add(other)
        session.flush()
        session.get_one(Staff, hall.leader).unit_id = other.id
        session.add(PostStaff(post_id=hall.window, staff_id=hall.leader, position="C"))

    relay.do(build)


def test_the_head_of_the_post_has_no_say_over_who_is_only_named_there(relay: Relay) -> None:
    hall = relay.hall
    have_guest(relay)
    matter = relay.open_matter(hall.leader)
    with pytest.raises(Forbidden):
        relay.order(hall.leader, hall.b)
    assert relay.matter(matter).holder_staff_id == hall.leader
    relay.order(hall.leader, hall.b, by=hall.c)
    assert relay.matter(matter).holder_staff_id == hall.b


def test_the_head_of_the_post_orders_for_who_is_signed_in_there(relay: Relay) -> None:
    hall = relay.hall
    have_guest(relay)
    hall.sign_in(hall.leader)
    matter = relay.open_matter(hall.leader)
    relay.order(hall.leader, hall.b)
    assert relay.matter(matter).holder_staff_id == hall.b


def test_nobody_takes_over_by_the_own_order(relay: Relay) -> None:
    hall = relay.hall

    def build(session: Session, _now: object) -> None:
        session.add(PostStaff(post_id=hall.window, staff_id=hall.head, position="C"))

    relay.do(build)
    matter = relay.open_matter(hall.a)
    with pytest.raises(OrdersForSelf):
        relay.order(hall.a, hall.head)
    assert relay.matter(matter).holder_staff_id == hall.a


def test_whoever_oversees_hears_of_an_order_at_once(relay: Relay) -> None:
    hall = relay.hall
    relay.open_matter(hall.a)
    relay.order(hall.a, hall.b)
    hall.sweep()
    assert hall.told(hall.leader) == ["AL-07s"]


def test_a_receiver_at_another_post_gets_the_matters_and_the_post_raises_its_alarm(
    relay: Relay,
) -> None:
    hall = relay.hall
    hall.sign_in(hall.a)
    hall.sign_in(hall.b, hall.desk)
    matter = relay.open_matter(hall.a)
    relay.order(hall.a, hall.b)
    assert relay.matter(matter).holder_staff_id == hall.b
    assert hall.standing() is Standing.EMPTY
    assert "AL-06" in hall.watched()


def test_the_receiver_signs_although_the_giver_has_left(relay: Relay) -> None:
    hall = relay.hall
    add_staff(hall.world, "ADM", [EDIT_STAFF, EDIT_ROLES])
    matter = relay.open_matter(hall.a)
    ordered = relay.order(hall.a, hall.b)

    def leave(session: Session, now: datetime) -> None:
        known = {"actor": SYSTEM, "now": now}
        staffing.hand_over(session, staff_id=hall.a, to_staff_id=hall.c, **known)  # type: ignore[arg-type]
        staffing.let_go(session, staff_id=hall.a, **known)  # type: ignore[arg-type]

    relay.do(leave)
    hall.sweep()
    assert "AL-07s" in hall.told(hall.b)
    assert relay.confirm(ordered) is Signing.DONE
    assert "AL-07s" not in hall.told(hall.b)
    hall.world.wait(days=3)
    hall.sweep()
    assert hall.told(hall.head) == []
    assert relay.matter(matter).holder_staff_id == hall.b
