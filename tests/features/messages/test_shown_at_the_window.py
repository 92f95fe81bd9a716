"""The window sees what was not delivered, and that the person is to be phoned."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.appointments.call_models import PhoneCall
from portal.appointments.services.reminders import send_reminders
from portal.appointments.views.today import SERVE
from tests.support.citizens import prove
from tests.support.delivering import deliver
from tests.support.gateways import OK, MailServer
from tests.support.pages import Page, post
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


def test_the_day_shows_whom_to_phone_until_somebody_is_reached(
    town: World, mail: MailServer, client: FlaskClient
) -> None:
    add_staff(town, "1001", [SERVE])
    prove(client, town, contact=CONTACT)
    deliver(town)
    mail.recipient_answer = "550 No such person"
    book_online(client, town, contact=CONTACT, day="2026-11-25")
    deliver(town)
    clerk = sign_in(town, "1001")
    clerk.get(f"/{town.slug}/work/today/?language=en")
    day, calls = f"/{town.slug}/work/today/1/", f"/{town.slug}/work/today/1/calls/"
    person = f"/{town.slug}/work/today/booking/{bookings(town)[0].id}/"
    assert "No message reached 1 person." in Page(clerk.get(day)).text
    assert "Not phoned yet" in Page(clerk.get(calls)).text
    post(clerk, Page(clerk.get(person)), action="/phoned/", outcome="not_reached")
    colleague = sign_in(town, "1001")
    colleague.get(f"{day}?language=en")
    assert "Phoned 1 time, not reached" in Page(colleague.get(calls)).text
    page = Page(colleague.get(person))
    assert "Not reached" in page.text
    assert "陳志強" in page.text
    assert "Reached" in post(colleague, page, action="/phoned/", outcome="reached").text
    assert "Everybody has been reached." in Page(clerk.get(calls)).text
    assert "No message reached" not in Page(clerk.get(day)).text


def test_a_later_message_that_arrives_tells_the_person(
    town: World, mail: MailServer, client: FlaskClient
) -> None:
    add_staff(town, "1001", [SERVE])
    prove(client, town, contact=CONTACT)
    deliver(town)
    mail.recipient_answer = "550 No such person"
    book_online(client, town, contact=CONTACT, day="2026-11-25")
    deliver(town)
    assert "Please phone the person." in shown(town).text
    mail.recipient_answer = OK
    town.wait(hours=23)
    booking = bookings(town)[0]
    town.wait(seconds=(booking.starts_at - timedelta(days=1) - town.now).total_seconds())
    town.do(lambda session: send_reminders(session, town.now))
    deliver(town)
    assert "Please phone the person." not in shown(town).text


def test_a_call_needs_to_say_how_it_went(town: World, client: FlaskClient) -> None:
    add_staff(town, "1001", [SERVE])
    book_online(client, town, contact=CONTACT, day="2026-11-25")
    clerk = sign_in(town, "1001")
    person = f"/{town.slug}/work/today/booking/{bookings(town)[0].id}/"
    token = Page(clerk.get(person)).forms[0]["fields"]["csrf_token"]
    sent = clerk.post(f"{person}phoned/", data={"csrf_token": token, "outcome": "maybe"})
    assert sent.status_code == 303
    assert town.do(lambda session: session.scalars(select(PhoneCall)).all()) == []
