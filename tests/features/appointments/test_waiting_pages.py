"""The waiting list as citizens and the window see it: join, be asked, answer by link, leave."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, Slot
from portal.appointments.services.waiting import leave_list
from portal.appointments.views.desk import BOOK
from portal.appointments.waiting_models import Waiting
from portal.core.actor import SYSTEM
from portal.identity.events import Retention, retention_ending
from portal.messages.models import Message
from portal.messages.texts import word
from portal.tenancy.queries import get_tenant
from tests.support.citizens import prove
from tests.support.pages import Page, post
from tests.support.waiting import (
    asked,
    cancelling,
    contact,
    declining,
    fill,
    joining,
    offers,
    slots_of,
    states,
)
from tests.support.walks import bookings, code_sent, sign_in
from tests.support.world import SHANGHAI, World, add_staff

HAN = re.compile(r"[\u3400-\u9fff]")


@pytest.fixture
def full(town: World) -> list[Booking]:
    return fill(town, slots_of(town)[0])


def join(client: FlaskClient, world: World, **boxes: str) -> Page:
    page = Page(client.get(f"/{world.slug}/book/birth/wait/"))
    filled: dict[str, Any] = {"name": "張麗華", "agreed": "y", "priority": "", "for_other": ""}
    return post(client, page, **filled | boxes)


def told(world: World, template: str) -> tuple[str, str]:
    """The newest message of a kind, worded as it goes out, and the address in it."""

    def read(session: Session) -> str:
        found = select(Message).where(Message.template == f"appointments/messages/{template}")
        message = session.scalars(found.order_by(Message.id.desc())).first()
        assert message is not None
        text = word(message, get_tenant(session))
        return text.subject + text.body

    body = world.do(read)
    link = re.search(r"https?://\S+", body)
    assert link
    return body, "/" + link[0].split("/", 3)[3]


def test_a_citizen_proves_a_contact_joins_and_sees_the_place(
    town: World, client: FlaskClient
) -> None:
    first = client.get(f"/{town.slug}/book/birth/wait/?day=2026-11-26")
    assert first.status_code == 303
    assert "/me/verify/" in first.location
    prove(client, town)
    page = Page(client.get(f"/{town.slug}/book/birth/wait/?day=2026-11-26"))
    assert page.form("first_day")["fields"]["first_day"] == "2026-11-26"
    town.do(joining(town, 7))
    shown = join(client, town)
    assert shown.status == 200
    assert "<b>2</b>" in shown.text
    mine = Page(client.get(f"/{town.slug}/me/waiting/"))
    assert shown.path in mine.text
    again = join(client, town)
    assert again.status == 422
    assert "候補名單" in again.text


@pytest.mark.parametrize(
    "boxes",
    [
        {"first_day": "2026-11-30", "last_day": "2026-11-25"},
        {"first_day": "2026-11-01"},
        {"last_day": "2027-11-25"},
        {"first_day": "", "last_day": "soon"},
        {"name": ""},
        {"agreed": ""},
    ],
)
def test_what_makes_no_sense_lands_on_the_form(
    town: World, client: FlaskClient, boxes: dict[str, str]
) -> None:
    prove(client, town)
    page = join(client, town, **boxes)
    assert page.status == 422
    assert 'role="alert"' in page.text
    assert states(town) == []


def test_the_picker_leads_to_the_list_and_the_search_for_ones_booking_to_ones_place(
    town: World, client: FlaskClient
) -> None:
    assert "/book/birth/wait/" in Page(client.get(f"/{town.slug}/book/birth/time/")).text
    assert "/me/waiting/" in Page(client.get(f"/{town.slug}/find/")).text


def test_from_a_day_without_any_place_one_waits_for_that_day(
    town: World, client: FlaskClient
) -> None:
    slot = slots_of(town)[0]
    day = slot.starts_at.astimezone(SHANGHAI).date().isoformat()
    path = f"/{town.slug}/book/birth/time/?day={day}"
    assert f"wait/?day={day}" not in Page(client.get(path)).text
    town.do(lambda s: s.execute(update(Slot).values(booked=Slot.capacity)))
    assert f"wait/?day={day}" in Page(client.get(path)).text


def test_opening_the_link_changes_nothing_and_the_button_books(
    town: World, client: FlaskClient, full: list[Booking]
) -> None:
    town.do(joining(town, 0))
    town.do(cancelling(town, full[0].id))
    _body, link = told(town, "offered")
    for _scanner in range(2):
        page = Page(client.get(link))
        assert page.status == 200
    assert asked(town) == [("waiting-0", "open")]
    done = post(client, page)
    assert "/b/" in done.path
    assert done.status == 200
    assert states(town) == ["booked"]
    after = Page(client.get(link))
    assert done.path.split("/")[3] in after.text
    assert client.post(link, data=page.forms[-1]["fields"]).status_code in {303, 422}
    assert len(offers(town)) == 1


def test_a_wrong_link_is_nothing(town: World, client: FlaskClient, full: list[Booking]) -> None:
    town.do(joining(town, 0))
    town.do(cancelling(town, full[0].id))
    for template in ("offered", "waiting"):
        _body, link = told(town, template)
        parts = link.rstrip("/").rpartition("/")
        assert client.get(f"{parts[0]}/{'0' * len(parts[2])}/").status_code == 404


def test_declining_asks_first_and_the_page_says_that_the_time_is_gone(
    town: World, client: FlaskClient, full: list[Booking]
) -> None:
    town.do(joining(town, 0))
    town.do(joining(town, 1))
    town.do(cancelling(town, full[0].id))
    _body, link = told(town, "offered")
    gone = post(client, Page(client.get(link + "decline/")))
    assert gone.status == 200
    assert asked(town) == [("waiting-0", "declined"), ("waiting-1", "open")]
    assert "已經給了別人" in gone.text
    assert Page(client.get(link + "decline/")).status == 200


def test_an_offer_that_ran_out_says_so_and_cannot_be_taken(
    town: World, client: FlaskClient, full: list[Booking]
) -> None:
    town.do(joining(town, 0))
    town.do(cancelling(town, full[0].id))
    _body, link = told(town, "offered")
    page = Page(client.get(link))
    town.wait(minutes=30)
    late = post(client, page)
    assert late.status == 422
    assert "不再為您保留" in late.text
    assert states(town) == ["offered"]


def test_ones_place_shows_the_kept_time_and_leaving_ends_it(
    town: World, client: FlaskClient, full: list[Booking]
) -> None:
    town.do(joining(town, 0))
    _body, link = told(town, "waiting")
    assert "/o/" not in Page(client.get(link)).text
    town.do(cancelling(town, full[0].id))
    assert f"/o/{offers(town)[0].id}/" in Page(client.get(link)).text
    left = post(client, Page(client.get(link + "leave/")))
    assert left.status == 200
    assert states(town) == ["left"]
    assert post(client, Page(client.get(link + "leave/"))).status == 422


@pytest.mark.parametrize("language", ["zh_Hant", "zh_Hans", "en"])
@pytest.mark.parametrize("kind", ["phone", "email"])
def test_the_messages_speak_the_persons_language(
    town: World, full: list[Booking], language: str, kind: str
) -> None:
    def set_up(session: Session) -> None:
        entry = joining(town, 0, contact_id=number)(session)
        entry.language = language

    number = contact(town, 0)
    town.do(set_up)
    town.do(cancelling(town, full[0].id))

    def read(session: Session) -> str:
        message = session.scalars(
            select(Message).where(Message.template == "appointments/messages/offered")
        ).one()
        message.kind = kind
        text = word(message, get_tenant(session))
        session.rollback()
        return text.subject + text.body

    body = re.sub(r"https?://\S+", "", town.do(read))
    assert bool(HAN.search(body)) == (language != "en")
    assert ("保留" in body) == (language == "zh_Hant") or language == "zh_Hans"
    assert "None" not in body


def test_the_window_puts_on_the_list_books_what_is_kept_and_takes_off(
    town: World, full: list[Booking]
) -> None:
    add_staff(town, "1001", [BOOK])
    clerk = sign_in(town, "1001")
    base = f"/{town.slug}/work/book/birth/waiting/"
    for name, number in (("孫七", "13511110000"), ("周八", "13511110001")):
        page = Page(clerk.get(base + "add/"))
        assert post(clerk, page, name=name, contact=number).path == base
    assert states(town) == ["waiting", "waiting"]
    nobody = post(clerk, Page(clerk.get(base + "add/")), name="吳九", contact="")
    assert nobody.status == 422
    town.do(cancelling(town, full[0].id))
    listed = Page(clerk.get(base))
    assert "/waiting/1/take/" in listed.text
    assert "/waiting/2/take/" not in listed.text
    made = post(clerk, Page(clerk.get(f"/{town.slug}/work/waiting/1/take/")))
    assert "/made/" in made.path
    assert Page(clerk.get(f"/{town.slug}/work/waiting/2/take/")).status == 200
    post(clerk, Page(clerk.get(f"/{town.slug}/work/waiting/2/remove/")))
    assert states(town) == ["booked", "left"]
    made_for = [row for row in bookings(town) if row.name == "孫七"]
    assert [row.channel for row in made_for] == ["counter"]


def test_what_is_kept_by_now_is_not_booked_by_a_yes_to_an_earlier_time(
    town: World, full: list[Booking]
) -> None:
    other = fill(town, slots_of(town)[1])
    town.do(joining(town, 0))
    town.do(cancelling(town, full[0].id))
    add_staff(town, "1001", [BOOK])
    clerk = sign_in(town, "1001")
    shown = Page(clerk.get(f"/{town.slug}/work/waiting/1/take/"))
    town.do(declining(town, offers(town)[0]))
    town.do(cancelling(town, other[0].id))
    assert asked(town) == [("waiting-0", "declined"), ("waiting-0", "open")]
    again = post(clerk, shown)
    assert again.status == 422
    assert states(town) == ["offered"]
    assert "/made/" in post(clerk, again).path, "now that the page has shown it"
    taken = [row for row in bookings(town) if row.name == "候補0"]
    assert [row.slot_id for row in taken] == [other[0].slot_id]


def test_one_sees_takes_along_and_erases_what_the_list_keeps(
    town: World, client: FlaskClient, full: list[Booking]
) -> None:
    prove(client, town)
    join(client, town)
    town.do(joining(town, 1))
    town.do(cancelling(town, full[0].id))
    assert "候補" in Page(client.get(f"/{town.slug}/me/")).text
    copied = client.get(f"/{town.slug}/me/export.json").get_data(as_text=True)
    assert "2026-11-24" in copied
    post(client, Page(client.get(f"/{town.slug}/me/erase/")))
    assert states(town) == ["left", "offered"], "what was kept goes to the next"
    erased = town.do(lambda s: s.get_one(Waiting, 1))
    assert (erased.name, erased.person_key) == (None, None)
    assert erased.erased_at is not None


def test_whoever_changes_the_number_is_known_by_the_new_one_and_waits_once(
    town: World, client: FlaskClient
) -> None:
    prove(client, town)
    join(client, town)
    asking = Page(client.get(f"/{town.slug}/me/contact/"))
    page = post(client, asking, contact="13911110000")
    assert post(client, page, code=code_sent(town)).status == 200
    assert join(client, town).status == 422
    assert states(town) == ["waiting"]


def test_who_waited_is_erased_once_it_was_kept_long_enough(town: World) -> None:
    for number in range(2):
        town.do(joining(town, number))
    town.do(lambda s: leave_list(s, entry=s.get_one(Waiting, 1), actor=SYSTEM, now=town.now))
    town.wait(days=400)
    town.do(lambda s: retention_ending.send(Retention(s, town.now - timedelta(days=365), town.now)))
    kept = town.do(lambda s: [row.name for row in s.scalars(select(Waiting).order_by(Waiting.id))])
    assert kept == [None, "候補1"], "whoever still stands in the list is not forgotten"
