"""What changes between the two signatures is seen by whoever signs, or nothing is signed."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.appointments.services.bookings import cancel_booking
from portal.core.actor import SYSTEM
from portal.handover.models import Handover, HandoverItem
from portal.handover.rules import Kind, State
from portal.handover.services import listing
from portal.handover.services.signing import Signing
from portal.matters.models import Matter
from portal.matters.services import handling
from portal.tenancy.settings import BookingRules
from tests.support.duty import staff
from tests.support.handover import Relay
from tests.support.world import SHANGHAI


def cancel(relay: Relay, booking_id: int) -> None:
    """The office calls an appointment off."""

    def work(session: Session, now: datetime) -> None:
        row = session.get_one(Booking, booking_id)
        cancel_booking(
            session,
            booking=row,
            version=row.version,
            rules=BookingRules(),
            zone=SHANGHAI,
            actor=SYSTEM,
            now=now,
        )

    relay.do(work)


def test_a_matter_that_came_meanwhile_is_ticked_first(relay: Relay) -> None:
    hall = relay.hall
    first = relay.open_matter(hall.a)
    handover = relay.begin(hall.a, hall.b)
    relay.offer(handover)
    late = relay.open_matter(hall.a)
    assert relay.confirm(handover) is Signing.CHANGED
    new = [item for item in relay.items(handover) if item.is_new]
    assert [(item.matter_id, item.ticked_at) for item in new] == [(late, None)]
    assert relay.matter(first).holder_staff_id == hall.a
    assert relay.confirm(handover) is Signing.DONE
    assert relay.matter(late).holder_staff_id == hall.b


def test_w_yy_2_an_appointment_made_or_cancelled_meanwhile_is_seen(relay: Relay) -> None:
    hall = relay.hall
    gone = relay.book(14)
    handover = relay.begin(hall.a, hall.b)
    relay.offer(handover)
    cancel(relay, gone)
    new = relay.book(15, who="孫大偉")
    assert relay.confirm(handover) is Signing.CHANGED
    lines = {item.booking_id: item for item in relay.items(handover)}
    assert set(lines) == {gone, new}
    assert lines[gone].gone_at is not None
    assert not any(item.ticked_at for item in lines.values())
    assert relay.read(handover).state == State.OFFERED
    assert relay.confirm(handover) is Signing.DONE


def test_w_yy_2_an_appointment_that_was_moved_is_ticked_at_its_new_time(relay: Relay) -> None:
    hall = relay.hall
    booking = relay.book(14)
    handover = relay.begin(hall.a, hall.b)
    relay.offer(handover)

    def move(session: Session, _now: datetime) -> None:
        row = session.get_one(Booking, booking)
        row.starts_at, row.ends_at = (
            at + timedelta(hours=1) for at in (row.starts_at, row.ends_at)
        )

    relay.do(move)
    assert relay.confirm(handover) is Signing.CHANGED
    [line] = relay.items(handover)
    assert (line.at, line.ticked_at) == (relay.booking(booking).starts_at, None)
    assert relay.confirm(handover) is Signing.DONE


def test_a_matter_that_ended_meanwhile_stays_to_be_seen_and_does_not_move(relay: Relay) -> None:
    hall = relay.hall
    matter = relay.open_matter(hall.a)
    handover = relay.begin(hall.a, hall.b)
    relay.offer(handover)

    def withdraw(session: Session, now: datetime) -> None:
        row = session.get_one(Matter, matter)
        handling.withdraw(
            session, matter=row, version=row.version, words="不用了", actor=SYSTEM, now=now
        )

    relay.do(withdraw)
    assert relay.confirm(handover) is Signing.CHANGED
    assert relay.confirm(handover) is Signing.DONE
    assert relay.matter(matter).holder_staff_id == hall.a


def test_the_giver_signs_only_what_stands_on_the_list(relay: Relay) -> None:
    hall = relay.hall
    handover = relay.begin(hall.a, hall.b)
    matter = relay.open_matter(hall.a)
    assert relay.offer(handover) is Signing.CHANGED
    assert [item.matter_id for item in relay.items(handover)] == [matter]
    assert relay.offer(handover) is Signing.DONE


def test_a_line_that_the_giver_changes_is_ticked_again(relay: Relay) -> None:
    hall = relay.hall
    handover = relay.begin(hall.a, hall.b)
    seal, keys = (relay.add(handover, kind, "一枚") for kind in (Kind.SEAL, Kind.KEY))
    relay.offer(handover)
    assert relay.confirm(handover, [seal]) is Signing.UNTICKED
    relay.refuse(handover, keys)

    def change(session: Session, now: datetime) -> None:
        row = session.get_one(Handover, handover)
        listing.change_item(
            session,
            handover=row,
            version=row.version,
            item=session.get_one(HandoverItem, seal),
            words="兩枚",
            is_ready=None,
            actor=staff(hall.a),
            now=now,
        )

    relay.do(change)
    assert not any(item.ticked_at for item in relay.items(handover))
