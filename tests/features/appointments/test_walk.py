"""Booking online: four steps, one promise, and what can go wrong on the way."""

import re
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from portal.appointments.models import Hold, Slot
from portal.catalog.indexing import index_service
from portal.catalog.models import Service
from portal.messages.models import Message
from tests.support.citizens import prove
from tests.support.pages import Page, post
from tests.support.walks import PHONE, book_online, bookings, choose_time, code_sent, give_details
from tests.support.world import World


def test_a_citizen_books_in_four_steps(town: World, client: FlaskClient) -> None:
    page = book_online(client, town)
    assert page.status == 200
    [booking] = bookings(town)
    assert (booking.state, booking.name, booking.channel) == ("booked", "張麗華", "online")
    assert f"/b/{booking.reference}/" in page.path
    assert booking.reference in page.text
    assert "張麗華" not in page.text
    assert "張○華" in page.text
    assert town.do(lambda s: s.get_one(Slot, booking.slot_id)).booked == 1
    assert town.do(lambda s: s.scalars(select(Hold)).all()) == []


def test_the_confirmation_is_queued_once_in_the_citizens_language(
    town: World, client: FlaskClient
) -> None:
    client.get(f"/{town.slug}/?language=en")
    book_online(client, town)
    sent = town.do(lambda s: s.scalars(select(Message).order_by(Message.id)).all())
    assert [m.template for m in sent] == ["messages/code", "appointments/messages/confirmed"]
    assert {m.language for m in sent} == {"en"}
    assert {m.address for m in sent} == {"+8613812345678"}


def test_a_wrong_code_books_nothing_and_five_end_the_code(town: World, client: FlaskClient) -> None:
    page = give_details(client, choose_time(client, town))
    right = code_sent(town)
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(5):
        page = post(client, page, code=wrong)
        assert page.status == 422
    assert post(client, page, code=right).status == 422
    assert bookings(town) == []


def test_a_double_click_on_the_last_button_books_once(town: World, client: FlaskClient) -> None:
    page = give_details(client, choose_time(client, town))
    data = {**page.form()["fields"], "code": code_sent(town)}
    first = client.post(page.path, data=data)
    second = client.post(page.path, data=data)
    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    assert len(bookings(town)) == 1


def test_the_hold_ends_after_ten_minutes_and_says_so(town: World, client: FlaskClient) -> None:
    page = give_details(client, choose_time(client, town))
    town.wait(minutes=10)
    gone = post(client, page, code=code_sent(town))
    assert gone.status == 410
    assert bookings(town) == []


def test_an_expired_hold_gives_its_place_to_the_next(town: World, client: FlaskClient) -> None:
    slot = Page(client.get(f"/{town.slug}/book/birth/time/")).values("slot")[0]
    choose_time(client, town, slot=slot)
    assert town.do(lambda s: s.get_one(Slot, int(slot))).booked == 1
    town.wait(minutes=11)
    other = town.client()
    assert book_online(other, town, slot=slot).status == 200
    assert town.do(lambda s: s.get_one(Slot, int(slot))).booked == 1


def test_one_browser_holds_one_place(town: World, client: FlaskClient) -> None:
    page = Page(client.get(f"/{town.slug}/book/birth/time/"))
    first, second = page.values("slot")[:2]
    choose_time(client, town, slot=first)
    choose_time(client, town, slot=second)
    taken = town.do(lambda s: {x.id: x.booked for x in s.scalars(select(Slot))})
    assert (taken[int(first)], taken[int(second)]) == (0, 1)


def test_i_9_one_live_booking_for_a_person_service_and_day(
    town: World, client: FlaskClient
) -> None:
    page = book_online(client, town)
    day = bookings(town)[0].local_date.isoformat()
    again = book_online(client, town, day=day)
    assert again.status == 422
    assert len(bookings(town)) == 1
    assert "/b/" in page.path


def test_three_live_bookings_for_a_contact(town: World, client: FlaskClient) -> None:
    for name in ("張一", "張二", "張三"):
        assert "/b/" in book_online(client, town, name=name).path
    refused = book_online(client, town, name="張四")
    assert refused.status == 422
    assert len(bookings(town)) == 3


def test_a_full_slot_is_told_so(town: World, client: FlaskClient) -> None:
    slot = Page(client.get(f"/{town.slug}/book/birth/time/")).values("slot")[0]
    starts_at = town.do(lambda s: s.get_one(Slot, int(slot))).starts_at
    pools = select(Slot).where(Slot.starts_at == starts_at, Slot.public_from <= town.now)
    capacity = sum(slot.capacity for slot in town.do(lambda s: s.scalars(pools).all()))
    for number in range(capacity):
        book_online(town.client(), town, contact=f"1381234567{number}", slot=slot)
    page = Page(client.get(f"/{town.slug}/book/birth/time/"))
    refused = post(client, page, slot=slot)
    assert refused.status == 422
    assert len(bookings(town)) == capacity


def test_bad_input_gets_its_message_and_changes_nothing(town: World, client: FlaskClient) -> None:
    page = choose_time(client, town)
    for values in (
        {"name": "", "contact": PHONE},
        {"name": "張", "contact": "12"},
        {"name": "x" * 61, "contact": PHONE},
        {"name": "張", "contact": "a@b"},
        {"name": "\x00", "contact": PHONE},
        {"name": "張", "contact": "<script>alert(1)</script>"},
    ):
        sent: dict[str, Any] = {"agreed": "y", "priority": "", "for_other": "", **values}
        refused = post(client, page, **sent)
        assert refused.status == 422, values
        assert "<script>alert" not in refused.text
    assert post(client, page, name="張", contact=PHONE, priority="king", agreed="y").status == 422
    assert bookings(town) == []


def test_every_public_page_answers(town: World, client: FlaskClient) -> None:
    paths = ("", "services/", "services/birth/", "book/", "book/birth/", "find/", "arrive/")
    for path in (*paths, "me/verify/", "me/privacy/", "search/?q=登記", "work/sign-in/"):
        page = Page(client.get(f"/{town.slug}/{path}"))
        assert page.status == 200, path


def test_both_scripts_find_the_service(town: World, client: FlaskClient) -> None:

    town.do(lambda s: index_service(s, s.scalars(select(Service)).one()))
    for question in ("登記", "登记", "生育", "birth"):
        assert "/services/birth/" in client.get(f"/{town.slug}/search/?q={question}").text
    assert "/services/birth/" not in client.get(f"/{town.slug}/search/?q=停車").text


def test_a_booking_link_of_another_token_is_nothing(town: World, client: FlaskClient) -> None:
    page = book_online(client, town)
    wrong = re.sub(r"/[0-9a-f]{8}", "/00000000", page.path)
    assert client.get(wrong).status_code == 404
    assert client.get(page.path.replace(bookings(town)[0].reference, "Z999999")).status_code == 404


def test_a_proved_contact_keeps_its_time_longer_and_loses_nothing_typed(
    town: World, client: FlaskClient
) -> None:
    prove(client, town)
    page = choose_time(client, town)
    for _time in range(2):
        town.wait(minutes=9)
        page = post(client, page, name="張麗華", keep="yes")
        assert page.status == 200
        assert page.form()["fields"]["name"] == "張麗華"
    town.wait(minutes=9)
    checked = give_details(client, page)
    assert checked.path.endswith("/check/")
    assert post(client, checked).status == 200
    assert len(bookings(town)) == 1


def test_an_unproved_contact_cannot_keep_its_time_longer(town: World, client: FlaskClient) -> None:
    page = choose_time(client, town)
    assert 'name="keep"' not in page.text
    before = town.do(lambda s: s.scalars(select(Hold)).one()).expires_at
    town.wait(minutes=9)
    assert post(client, page, keep="yes").status == 422
    assert town.do(lambda s: s.scalars(select(Hold)).one()).expires_at == before
    prove(client, town)
    assert post(client, page, keep="yes").status == 422
    town.wait(minutes=1)
    assert post(client, page, keep="yes").status == 410


def test_no_time_is_kept_beyond_its_beginning(town: World, client: FlaskClient) -> None:
    prove(client, town)
    page = choose_time(client, town)
    begins = town.do(lambda s: s.scalars(select(Slot).where(Slot.booked > 0)).one()).starts_at
    while town.now < begins:
        assert post(client, page, keep="yes").status == 200
        town.wait(minutes=9)
    assert post(client, page, keep="yes").status == 422
