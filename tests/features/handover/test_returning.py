"""Handing back: what is left goes back by the same two signatures, with what became of the rest."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.appointments.services.window import finish, start_serving
from portal.core.actor import SYSTEM
from portal.handover.rules import Kind, Reason, State, WrongState
from portal.handover.services.signing import Signing
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
