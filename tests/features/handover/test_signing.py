"""Two signatures: nothing moves before the second, and everything moves at that one (I-6)."""

from datetime import datetime

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.appointments.services.window import start_serving
from portal.core.errors import Stale
from portal.core.ledger import LedgerEntry
from portal.duty.rules import SignedInElsewhere, Standing
from portal.handover.models import Handover
from portal.handover.rules import Kind, OpenAlready, State, WrongState
from portal.handover.services.listing import choose_receiver
from portal.handover.services.signing import Signing
from portal.identity.models import Staff
from portal.identity.signing_rules import NoSigningCode
from portal.matters.models import MatterEvent
from tests.support.duty import staff
from tests.support.handover import Relay


def test_w_ab_3_everything_moves_at_the_second_signature_and_not_before(relay: Relay) -> None:
    hall = relay.hall
    hall.sign_in(hall.a)
    first, second = relay.open_matter(hall.a), relay.open_matter(hall.a)
    others = relay.open_matter(hall.c)
    relay.book(14)
    handover = relay.begin(hall.a, hall.b)
    relay.add(handover, Kind.SEAL, "業務章1枚，右側抽屜")
    assert relay.offer(handover) is Signing.DONE
    assert {relay.matter(one).holder_staff_id for one in (first, second)} == {hall.a}
    seat = hall.seat()
    assert seat.own is not None
    assert seat.own.presence.staff_id == hall.a
    hall.world.wait(minutes=3)
    assert relay.confirm(handover) is Signing.DONE
    row, now = relay.read(handover), hall.world.now
    assert (row.state, row.moved_at, row.receiver_signed_at) == (State.CONFIRMED, now, now)
    for one in (first, second):
        matter = relay.matter(one)
        assert (matter.holder_staff_id, matter.first_asked_id) == (hall.b, hall.a)
    assert relay.matter(others).holder_staff_id == hall.c
    seat = hall.seat()
    assert seat.standing is Standing.HERE
    assert seat.own is not None
    assert (seat.own.presence.staff_id, seat.own.presence.signed_in_at) == (hall.b, now)


def test_the_timeline_says_who_holds_it_now(relay: Relay) -> None:
    hall = relay.hall
    matter = relay.open_matter(hall.a)
    relay.hand_over(hall.a, hall.b)
    events = select(MatterEvent).where(MatterEvent.matter_id == matter).order_by(MatterEvent.number)
    last = relay.do(lambda session, _now: list(session.scalars(events)))[-1]
    assert (last.code, last.staff_id, last.holder_staff_id) == ("handed_over", hall.a, hall.b)


def test_who_is_served_meanwhile_is_served_on_by_the_receiver(relay: Relay) -> None:
    hall = relay.hall
    booking = relay.book(14)

    def serve(session: Session, now: datetime) -> None:
        row = session.get_one(Booking, booking)
        start_serving(session, booking=row, version=row.version, actor=staff(hall.a), now=now)

    hall.at(14)
    relay.do(serve)
    relay.hand_over(hall.a, hall.b)
    assert relay.booking(booking).server_id == hall.b


def test_w_ab_3_one_line_unticked_and_nothing_moves(relay: Relay) -> None:
    hall = relay.hall
    matter = relay.open_matter(hall.a)
    relay.book(14)
    relay.book(15, who="孫大偉")
    handover = relay.begin(hall.a, hall.b)
    relay.offer(handover)
    ids = [item.id for item in relay.items(handover)]
    assert relay.confirm(handover, ids[:-1]) is Signing.UNTICKED
    assert relay.read(handover).state == State.OFFERED
    assert relay.matter(matter).holder_staff_id == hall.a
    ticked = {item.id for item in relay.items(handover) if item.ticked_at}
    assert ticked == set(ids[:-1])
    assert relay.confirm(handover) is Signing.DONE


def test_w_yy_2_each_appointment_of_fourteen_days_is_a_line(relay: Relay) -> None:
    today = relay.book(14)
    handover = relay.begin(relay.hall.a, relay.hall.b)
    [item] = relay.items(handover)
    assert (item.kind, item.booking_id) == (Kind.APPOINTMENT, today)
    assert item.at == relay.booking(today).starts_at


def test_a_wrong_pin_is_counted_and_moves_nothing(relay: Relay) -> None:
    hall = relay.hall
    matter = relay.open_matter(hall.a)
    handover = relay.begin(hall.a, hall.b)
    relay.offer(handover)
    assert {relay.confirm(handover, pin="1111") for _time in range(5)} == {Signing.WRONG}
    assert relay.confirm(handover) is Signing.LOCKED
    assert relay.matter(matter).holder_staff_id == hall.a
    hall.world.wait(minutes=16)
    assert relay.confirm(handover) is Signing.DONE


def test_nobody_signs_without_a_pin_or_a_telephone(relay: Relay) -> None:
    hall = relay.hall
    relay.open_matter(hall.a)

    def forget(session: Session, _now: datetime) -> None:
        session.get_one(Staff, hall.a).pin_hash = None

    handover = relay.begin(hall.a, hall.b)
    relay.do(forget)
    with pytest.raises(NoSigningCode):
        relay.offer(handover)


def test_what_is_refused_goes_back_and_is_signed_anew(relay: Relay) -> None:
    hall = relay.hall
    relay.open_matter(hall.a)
    handover = relay.begin(hall.a, hall.b)
    keys = relay.add(handover, Kind.KEY, "鑰匙3把")
    relay.offer(handover)
    relay.refuse(handover, keys)
    row = relay.read(handover)
    assert (row.state, row.giver_signed_at) == (State.REFUSED, None)
    with pytest.raises(WrongState):
        relay.confirm(handover)
    assert relay.offer(handover) is Signing.DONE
    [line] = [item for item in relay.items(handover) if item.id == keys]
    assert (line.refused_at, line.refusal) == (None, "少了一把")
    assert relay.confirm(handover) is Signing.DONE


def test_a_receiver_who_is_at_another_post_takes_nothing(relay: Relay) -> None:
    hall = relay.hall
    hall.sign_in(hall.a)
    hall.sign_in(hall.b, hall.desk)
    matter = relay.open_matter(hall.a)
    handover = relay.begin(hall.a, hall.b)
    relay.offer(handover)
    with pytest.raises(SignedInElsewhere):
        relay.confirm(handover)
    assert relay.matter(matter).holder_staff_id == hall.a
    assert relay.read(handover).state == State.OFFERED


def test_one_list_of_a_post_at_a_time(relay: Relay) -> None:
    handover = relay.begin(relay.hall.a, relay.hall.b)
    with pytest.raises(OpenAlready):
        relay.begin(relay.hall.a, relay.hall.c)
    relay.withdraw(handover)
    assert relay.begin(relay.hall.a, relay.hall.c) != handover


def test_a_page_that_is_out_of_date_signs_nothing(relay: Relay) -> None:
    hall = relay.hall
    handover = relay.begin(hall.a, hall.b)
    shown = relay.read(handover).version
    relay.add(handover, Kind.CASH, "零錢200元")
    relay.offer(handover)
    with pytest.raises(Stale):
        relay.confirm(handover, version=shown)


def test_each_step_has_its_line_in_the_ledger(relay: Relay) -> None:
    relay.open_matter(relay.hall.a)
    relay.hand_over(relay.hall.a, relay.hall.b)
    entries = select(LedgerEntry.code).order_by(LedgerEntry.id)
    codes = relay.do(lambda session, _now: list(session.scalars(entries)))
    own = [code for code in codes if code.startswith(("handover.", "matters.matter.handed"))]
    assert own == [
        "handover.handover.made",
        "handover.handover.offered",
        "matters.matter.handed_over",
        "handover.handover.confirmed",
    ]


def test_another_receiver_has_seen_nothing_yet(relay: Relay) -> None:
    hall = relay.hall
    handover = relay.begin(hall.a, hall.b)
    seal, keys = (relay.add(handover, kind, "一枚") for kind in (Kind.SEAL, Kind.KEY))
    relay.offer(handover)
    assert relay.confirm(handover, [seal]) is Signing.UNTICKED
    relay.refuse(handover, keys)

    def choose(session: Session, now: datetime) -> None:
        row = session.get_one(Handover, handover)
        choose_receiver(
            session,
            handover=row,
            version=row.version,
            receiver_id=hall.c,
            actor=staff(hall.a),
            now=now,
        )

    relay.do(choose)
    assert not any(item.ticked_at for item in relay.items(handover))
    assert relay.offer(handover) is Signing.DONE
    assert relay.read(handover).receiver_id == hall.c


def test_what_the_telephone_shows_signs_once(relay: Relay) -> None:
    hall = relay.hall
    secret = pyotp.random_base32()

    def learn(session: Session, _now: datetime) -> None:
        for person in (hall.a, hall.b):
            row = session.get_one(Staff, person)
            row.pin_hash, row.totp_secret = None, secret

    relay.do(learn)
    handover = relay.begin(hall.a, hall.b)
    code = pyotp.TOTP(secret).at(hall.world.now)
    assert relay.offer(handover, code) is Signing.DONE
    relay.withdraw(handover)
    again = relay.begin(hall.a, hall.b)
    assert relay.offer(again, code) is Signing.WRONG
    hall.world.wait(seconds=30)
    assert relay.offer(again, pyotp.TOTP(secret).at(hall.world.now)) is Signing.DONE


def test_keys_that_were_taken_over_stand_on_the_next_list(relay: Relay) -> None:
    hall = relay.hall
    first = relay.begin(hall.a, hall.b)
    relay.add(first, Kind.KEY, "抽屜鑰匙2把")
    relay.offer(first)
    relay.confirm(first)
    second = relay.begin(hall.b, hall.a)
    assert [(item.kind, item.words) for item in relay.items(second)] == [(Kind.KEY, "抽屜鑰匙2把")]
    relay.offer(second)
    relay.confirm(second)
    # They lie with the other one by now.
    assert relay.items(relay.begin(hall.b, hall.a)) == []
    [third] = relay.items(relay.begin(hall.a, hall.c))
    assert third.ticked_at is None
