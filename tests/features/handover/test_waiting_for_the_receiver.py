"""A signed list that waits: the receiver is told, and what is not taken over is not forgotten."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.handover.rules import Reason
from portal.identity.models import Staff
from portal.messages.models import Message
from portal.messages.texts import word
from portal.tenancy.queries import get_tenant
from tests.support.handover import Relay


def give_addresses(relay: Relay) -> None:
    """B can be reached by mail."""

    def work(session: Session, _now: object) -> None:
        session.get_one(Staff, relay.hall.b).email = "b1@town.example"

    relay.do(work)


def told(relay: Relay) -> list[str]:
    """To whom messages of a waiting list went."""
    found = select(Message).where(Message.template == "handover/messages/offered")
    rows = relay.do(lambda session, _now: list(session.scalars(found.order_by(Message.id))))
    return [row.address or "" for row in rows]


def test_the_receiver_is_told_each_time_that_the_giver_has_signed(relay: Relay) -> None:
    hall = relay.hall
    give_addresses(relay)
    relay.open_matter(hall.a)
    row = relay.begin(hall.a, hall.b)
    assert told(relay) == []
    relay.offer(row)
    assert told(relay) == ["b1@town.example"]
    relay.refuse(row, relay.items(row)[0].id)
    relay.offer(row)
    assert told(relay) == ["b1@town.example"] * 2


def test_al_07_a_list_that_nobody_takes_over_is_asked_for_after_a_working_day(
    relay: Relay,
) -> None:
    hall = relay.hall
    relay.open_matter(hall.a)
    row = relay.begin(hall.a, hall.b, Reason.LEAVE)
    relay.offer(row)
    hall.world.wait(hours=6)
    hall.sweep()
    assert "AL-07" not in hall.told(hall.b)
    hall.world.wait(days=1, hours=4)
    hall.sweep()
    assert all("AL-07" in hall.told(one) for one in (hall.a, hall.b, hall.head))
    assert "AL-07" not in hall.told(hall.leader)
    hall.world.wait(days=1)
    hall.sweep()
    assert "AL-07" in hall.told(hall.leader)
    relay.confirm(row)
    assert "AL-07" not in hall.told(hall.a) + hall.told(hall.b) + hall.told(hall.leader)


def test_what_was_sent_back_does_not_wait_for_the_receiver(relay: Relay) -> None:
    hall = relay.hall
    relay.open_matter(hall.a)
    row = relay.begin(hall.a, hall.b, Reason.LEAVE)
    relay.offer(row)
    relay.refuse(row, relay.items(row)[0].id)
    hall.world.wait(days=3)
    hall.sweep()
    assert "AL-07" not in hall.told(hall.b)


@pytest.mark.parametrize("kind", ["email", "phone"])
def test_the_message_leads_to_the_list(relay: Relay, kind: str) -> None:
    hall = relay.hall
    give_addresses(relay)
    relay.open_matter(hall.a)
    row = relay.begin(hall.a, hall.b)
    relay.offer(row)

    def read(session: Session, _now: datetime) -> str:
        message = session.scalars(select(Message).where(Message.key.like("handover:%"))).one()
        message.kind = kind
        text = word(message, get_tenant(session))
        return f"{text.subject} {text.body}"

    with relay.world.app.app_context():
        said = relay.do(read)
    assert f"/work/handover/{row}/" in said
    assert "林秀蘭" in said
