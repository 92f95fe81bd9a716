"""A citizen puts right who a booking is for: the promise stays, and so do the limits."""

from collections import Counter

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, Slot
from portal.appointments.services.bookings import correct_person
from portal.catalog.models import Service
from portal.core.actor import Actor
from portal.core.errors import DomainError
from portal.core.ledger import LedgerEntry
from tests.support.citizens import prove
from tests.support.pages import Page, post
from tests.support.parallel import together
from tests.support.walks import book_online, bookings, choose_time, give_details
from tests.support.world import World

DAY = "2026-11-25"


def page_of(client: FlaskClient, town: World, booking: Booking) -> Page:
    return Page(client.get(f"/{town.slug}/me/bookings/{booking.reference}/"))


def test_a_name_is_put_right_and_the_promise_stays(town: World, client: FlaskClient) -> None:
    book_online(client, town, name="張麗花", day=DAY)
    [before] = bookings(town)
    mine = client.get(f"/{town.slug}/me/").get_data(as_text=True)
    assert f"/{town.slug}/me/bookings/{before.reference}/" in mine

    page = page_of(client, town, before)
    assert page.form()["fields"]["name"] == "張麗花"
    done = post(client, page, name="  張麗華 ")
    assert done.path == f"/{town.slug}/me/"
    assert "張麗華" in done.text
    assert "張麗花" not in done.text
    [after] = bookings(town)
    assert (after.name, after.reference, after.slot_id) == (
        "張麗華",
        before.reference,
        before.slot_id,
    )
    assert town.do(lambda s: s.get_one(Slot, after.slot_id)).booked == 1
    written = select(LedgerEntry).where(LedgerEntry.code == "appointments.booking.corrected")
    [entry] = town.do(lambda s: s.scalars(written).all())
    assert (entry.subject_id, entry.actor_kind) == (after.id, "citizen")


def test_i_9_a_corrected_person_is_limited_by_the_right_name(
    town: World, client: FlaskClient
) -> None:
    book_online(client, town, name="張麗花", day=DAY)
    post(client, page_of(client, town, bookings(town)[0]), name="張麗華")
    assert book_online(client, town, name="张丽华", day=DAY).status == 422
    assert len(bookings(town)) == 1


def test_i_9_nobody_becomes_a_person_who_is_booked_already(
    town: World, client: FlaskClient
) -> None:
    for name in ("張麗華", "王大明"):
        assert book_online(client, town, name=name, day=DAY).status == 200
    refused = post(client, page_of(client, town, bookings(town)[1]), name="張麗華")
    assert refused.status == 422
    assert "summary-title" in refused.text
    assert [booking.name for booking in bookings(town)] == ["張麗華", "王大明"]
    assert [booking.version for booking in bookings(town)] == [0, 0]


def test_i_9_of_two_corrections_to_one_person_at_once_one_is_refused(
    town: World, client: FlaskClient
) -> None:
    for name in ("張麗華", "王大明"):
        book_online(client, town, name=name, day=DAY)
    ids = [booking.id for booking in bookings(town)]

    def work(number: int) -> str:
        def correct(session: Session) -> None:
            booking = session.get_one(Booking, ids[number])
            correct_person(
                session,
                booking=booking,
                version=0,
                name="李小紅",
                id_number=None,
                actor=Actor("citizen", booking.contact_id),
                now=town.now,
            )

        try:
            town.do(correct)
        except DomainError as error:
            return type(error).__name__
        return "done"

    assert Counter(together(2, work)) == {"done": 1, "AlreadyBooked": 1}


@pytest.mark.parametrize("name", ["", " \u200b ", "名" * 61])
def test_what_is_no_name_is_refused(town: World, client: FlaskClient, name: str) -> None:
    book_online(client, town, day=DAY)
    refused = post(client, page_of(client, town, bookings(town)[0]), name=name)
    assert refused.status == 422
    assert bookings(town)[0].name == "張麗華"


def test_a_page_that_somebody_else_was_faster_than_changes_nothing(
    town: World, client: FlaskClient
) -> None:
    book_online(client, town, day=DAY)
    first, second = (page_of(client, town, bookings(town)[0]) for _tab in range(2))
    assert post(client, first, name="張麗花").status == 200
    assert post(client, second, name="張立華").status == 422
    assert bookings(town)[0].name == "張麗花"


def test_what_is_over_is_not_corrected(town: World, client: FlaskClient) -> None:
    own = book_online(client, town, day=DAY)
    [booking] = bookings(town)
    page = page_of(client, town, booking)
    post(client, Page(client.get(own.path + "cancel/")))
    assert f"/me/bookings/{booking.reference}/" not in client.get(f"/{town.slug}/me/").text
    assert post(client, page, name="王大明").status == 422
    assert bookings(town)[0].name == "張麗華"


def test_only_who_booked_corrects(town: World, client: FlaskClient) -> None:
    book_online(client, town, day=DAY)
    [booking] = bookings(town)
    path = f"/{town.slug}/me/bookings/{booking.reference}/"
    stranger = town.client()
    assert "/verify/" in stranger.get(path).location
    prove(stranger, town, contact="13900001111")
    assert stranger.get(path).status_code == 404
    form = Page(stranger.get(f"/{town.slug}/me/erase/")).form()["fields"]
    answer = stranger.post(path, data={**form, "version": "0", "name": "王大明"})
    assert answer.status_code == 404
    assert client.get(f"/{town.slug}/me/bookings/A000000/").status_code == 404
    assert bookings(town)[0].name == "張麗華"


def test_an_id_number_is_put_right_and_an_empty_box_keeps_it(
    town: World, client: FlaskClient
) -> None:
    def ask(session: Session) -> None:
        session.scalars(select(Service)).one().asks_id_number = True

    town.do(ask)
    prove(client, town)
    page = choose_time(client, town, day=DAY)
    page.form()["fields"]["id_number"] = "A123456789"
    post(client, give_details(client, page))
    [booked] = bookings(town)
    assert booked.id_number == "A123456789"
    page = page_of(client, town, booked)
    assert "A123456789" not in page.text
    post(client, page, name="張立華")
    [named] = bookings(town)
    assert (named.id_number, named.person_key) == ("A123456789", booked.person_key)
    post(client, page_of(client, town, named), id_number="B123456780")
    [corrected] = bookings(town)
    assert corrected.id_number == "B123456780"
    assert corrected.person_key != booked.person_key
