"""The window sees what was not delivered, and that the person is to be phoned."""

import pytest
from flask.testing import FlaskClient

from portal.appointments.views.today import SERVE
from tests.support.citizens import prove
from tests.support.delivering import deliver
from tests.support.gateways import MailServer
from tests.support.pages import Page
from tests.support.walks import book_online, bookings, sign_in
from tests.support.world import World, add_staff

CONTACT = "li@people.example"


def shown(town: World) -> Page:
    """What the window reads about the first booking."""
    clerk = sign_in(town, "1001")
    clerk.get(f"/{town.slug}/work/today/?language=en")
    return Page(clerk.get(f"/{town.slug}/work/today/booking/{bookings(town)[0].id}/"))


@pytest.mark.parametrize("answer", ["550 No such person", "450 Never today"])
def test_a_message_that_never_arrived_asks_the_window_to_phone(
    town: World, mail: MailServer, client: FlaskClient, answer: str
) -> None:
    add_staff(town, "1001", [SERVE])
    prove(client, town, contact=CONTACT)
    deliver(town)
    mail.recipient_answer = answer
    book_online(client, town, contact=CONTACT, day="2026-11-25")
    assert "On its way" in shown(town).text
    assert "Please phone the person." not in shown(town).text
    deliver(town, hours=30)
    page = shown(town)
    assert "Not delivered" in page.text
    assert "Please phone the person." in page.text


def test_a_message_that_arrived_is_shown_as_sent(
    town: World, mail: MailServer, client: FlaskClient
) -> None:
    add_staff(town, "1001", [SERVE])
    book_online(client, town, contact=CONTACT, day="2026-11-25")
    deliver(town)
    assert len(mail.mails) == 2
    page = shown(town)
    assert "Sent" in page.text
    assert "Not delivered" not in page.text
