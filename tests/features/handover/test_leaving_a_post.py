"""Signing out of a post: nobody leaves an open one and what is in hand there to nobody."""

import pytest

from portal.duty.rules import HandOverFirst, Standing
from portal.handover.rules import State
from portal.identity.staff_events import StaffLeft, staff_left
from tests.support.duty import staff
from tests.support.handover import Relay


def test_w_ab_3_who_has_matters_in_hand_hands_over_before_leaving(relay: Relay) -> None:
    hall = relay.hall
    here = hall.sign_in(hall.a)
    relay.open_matter(hall.a)
    with pytest.raises(HandOverFirst):
        hall.sign_out(here)
    relay.hand_over(hall.a, hall.b)
    seat = hall.seat()
    assert seat.own is not None
    assert seat.own.presence.staff_id == hall.b


def test_w_yy_2_who_is_expected_today_is_handed_over_too(relay: Relay) -> None:
    hall = relay.hall
    here = hall.sign_in(hall.a)
    relay.book(11)
    with pytest.raises(HandOverFirst):
        hall.sign_out(here)


def test_who_leaves_nothing_behind_signs_out(relay: Relay) -> None:
    hall = relay.hall
    here = hall.sign_in(hall.a)
    hall.sign_out(here)
    assert hall.standing() is Standing.EMPTY


def test_who_goes_when_the_post_closes_keeps_what_is_in_hand(relay: Relay) -> None:
    hall = relay.hall
    here = hall.sign_in(hall.a)
    matter = relay.open_matter(hall.a)
    hall.at(17)
    hall.sign_out(here)
    assert relay.matter(matter).holder_staff_id == hall.a


def test_who_stays_at_another_post_leaves_nothing_behind(relay: Relay) -> None:
    hall = relay.hall
    hall.sign_in(hall.b, hall.desk)
    hall.decide(hall.ask(hall.b, hall.window), hall.head)
    second = hall.sign_in(hall.b)
    relay.open_matter(hall.b)
    hall.sign_out(second)
    assert hall.standing(hall.desk) is Standing.HERE


def test_who_stays_at_another_post_hands_over_only_who_is_expected(relay: Relay) -> None:
    hall = relay.hall
    hall.sign_in(hall.b, hall.desk)
    hall.decide(hall.ask(hall.b, hall.window), hall.head)
    second = hall.sign_in(hall.b)
    matter = relay.open_matter(hall.b)
    booking = relay.book(10)
    with pytest.raises(HandOverFirst):
        hall.sign_out(second)
    row = relay.hand_over(hall.b, hall.a)
    assert [item.booking_id for item in relay.items(row)] == [booking]
    assert relay.matter(matter).holder_staff_id == hall.b
    assert hall.standing(hall.desk) is Standing.HERE


def test_what_waits_for_somebody_who_has_left_is_called_off(relay: Relay) -> None:
    hall = relay.hall
    relay.open_matter(hall.a)
    open_one = relay.begin(hall.a, hall.b)
    ordered = relay.order(hall.c, hall.b)
    hall.sweep()
    relay.do(
        lambda session, now: staff_left.send(StaffLeft(session, hall.b, staff(hall.head), now))
    )
    assert relay.read(open_one).state == State.WITHDRAWN
    assert relay.read(ordered).state == State.ORDERED
    # Whoever is still here owes a signature as before.
    assert "AL-07s" in hall.told(hall.c)
