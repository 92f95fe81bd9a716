"""What colleagues told each other of a person is shown to that person, and erased."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.handover.models import Handover, HandoverItem
from portal.handover.services import listing
from portal.identity.services.privacy import collect_data, erase_person
from tests.support.duty import staff
from tests.support.handover import Relay
from tests.support.walks import book_online

SAID = "輪椅，走後門"


def test_a_person_reads_what_was_said_at_a_handover_and_has_it_erased(relay: Relay) -> None:
    hall = relay.hall
    book_online(relay.world.client(), relay.world)
    row = relay.begin(hall.a, hall.b)
    [item] = relay.items(row)

    def say(session: Session, now: datetime) -> int:
        handover = session.get_one(Handover, row)
        listing.change_item(
            session,
            handover=handover,
            version=handover.version,
            item=session.get_one(HandoverItem, item.id),
            words=SAID,
            is_ready=None,
            actor=staff(hall.a),
            now=now,
        )
        contact = session.scalars(select(Booking.contact_id)).one()
        assert contact is not None
        return contact

    contact = relay.do(say)
    shown = relay.do(lambda session, _now: repr(collect_data(session, contact_id=contact)))
    assert SAID in shown

    def erase(session: Session, now: datetime) -> None:
        session.scalars(select(Booking)).one().state = "done"
        erase_person(session, contact_id=contact, actor=staff(hall.head), now=now)

    hall.world.wait(days=14)
    relay.do(erase)
    assert relay.items(row)[0].words is None
