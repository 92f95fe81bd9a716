"""Handing back: what is left goes back by the same two signatures, with what became of the rest."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.appointments.services.window import finish, start_serving
from portal.core.actor import SYSTEM
from portal.handover.models import Handover
from portal.handover.queries import list_to_return
from portal.handover.rules import Kind, Reason, State, WrongState
from portal.handover.services.signing import Signing
from portal.identity.models import Staff
from portal.identity.staff_events import StaffLeft, staff_left
from portal.matters.desk_events import DeskAsked, ask_desk
from portal.matters.models import Matter
from portal.matters.services import handling
from tests.support.duty import staff
from tests.support.handover import Relay


def test_what_is_left_goes_back_and_the_first_asked_is_who_it_was(relay: Relay) -> None:
    hall = relay.hall
    left, ended = relay.open_matter(hall.a), relay.open_matter(hall.a)
    own = relay.open_matter(hall.b)
    served = relay.book(14)
    taken = relay.hand_over(hall.a, hall.b, Reason.LEAVE)
    assert relay.matter(left).stands_in_id == hall.b

    def work(session: Session, now: datetime) -> None:
        row = session.get_one(Matter, ended)
        handling.withdraw(
            session, matter=row, version=row.version, words="不用了", actor=SYSTEM, now=now
        )
        booking = session.get_one(Booking, served)
        start_serving(
            session, booking=booking, version=booking.version, actor=staff(hall.b), now=now
        )
        finish(session, served=booking, version=booking.version, actor=staff(hall.b), now=now)

    hall.at(14)
    relay.do(work)
    back = relay.give_back(taken)
    lines = {(item.kind, item.matter_id or item.booking_id) for item in relay.items(back)}
    assert lines == {(Kind.MATTER, left), (Kind.DONE, ended), (Kind.DONE, served)}
    assert relay.offer(back) is Signing.DONE
    assert relay.confirm(back) is Signing.DONE
    matter = relay.matter(left)
    assert (matter.holder_staff_id, matter.first_asked_id) == (hall.a, hall.a)
    assert matter.stands_in_id is None
    assert relay.matter(own).holder_staff_id == hall.b
    assert relay.read(taken).state == State.RETURNED
    assert relay.read(back).state == State.CONFIRMED


def test_it_is_handed_back_once(relay: Relay) -> None:
    hall = relay.hall
    relay.open_matter(hall.a)
    taken = relay.hand_over(hall.a, hall.b, Reason.LEAVE)
    back = relay.give_back(taken)
    relay.offer(back)
    relay.confirm(back)
    with pytest.raises(WrongState):
        relay.give_back(taken)


def keep_for(relay: Relay, days: int) -> int:
    """B has taken over for so many days; the handover's id."""
    hall = relay.hall
    relay.open_matter(hall.a)
    row = relay.begin(hall.a, hall.b, Reason.LEAVE)

    def say(session: Session, now: datetime) -> None:
        session.get_one(Handover, row).until_at = now + timedelta(days=days)

    relay.do(say)
    relay.offer(row)
    relay.confirm(row)
    return row


def desk_of(relay: Relay, staff_id: int) -> list[str]:
    """What the desk says about handovers."""
    lines = relay.do(lambda session, now: ask_desk(DeskAsked(session, staff_id, now)))
    return [line.said for line in lines if line.endpoint.startswith("handover.")]


def told(relay: Relay, staff_id: int) -> list[str]:
    """What somebody has open of handing back."""
    return [code for code in relay.hall.told(staff_id) if code.startswith("AL-07")]


def test_what_is_not_back_when_the_time_is_over_is_asked_for(relay: Relay) -> None:
    hall = relay.hall
    taken = keep_for(relay, 2)
    hall.world.wait(days=1)
    hall.sweep()
    assert (desk_of(relay, hall.b), told(relay, hall.b)) == ([], [])
    hall.world.wait(days=1)
    hall.sweep()
    assert desk_of(relay, hall.b) == ["Hand it back"]
    assert told(relay, hall.a) == told(relay, hall.b) == ["AL-07b"]
    hall.world.wait(days=2)
    hall.sweep()
    assert "AL-07b" in told(relay, hall.head)
    back = relay.give_back(taken)
    assert desk_of(relay, hall.b) == ["Hand it over"]
    relay.offer(back)
    relay.confirm(back)
    assert (desk_of(relay, hall.b), told(relay, hall.b), told(relay, hall.head)) == ([], [], [])


def test_what_was_taken_over_long_ago_is_still_to_be_handed_back(relay: Relay) -> None:
    hall = relay.hall
    taken = keep_for(relay, 2)
    hall.world.wait(days=100)
    found = relay.do(lambda session, _now: list_to_return(session, hall.b))
    assert [row.id for row in found] == [taken]


def test_nothing_goes_back_to_who_has_left(relay: Relay) -> None:
    hall = relay.hall
    keep_for(relay, 2)

    def leave(session: Session, now: datetime) -> None:
        session.get_one(Staff, hall.a).left_at = now
        staff_left.send(StaffLeft(session, hall.a, staff(hall.head), now))

    relay.do(leave)
    hall.world.wait(days=3)
    hall.sweep()
    assert desk_of(relay, hall.b) == []
