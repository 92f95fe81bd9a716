"""Offered shifts, as the two who settle them meet them in the browser."""

import re

import pytest
from flask.testing import FlaskClient

from tests.support.offers import keep_in_shifts, offer, shift_of
from tests.support.pages import Page, post
from tests.support.rosters import NEXT, Hall, fill_hall
from tests.support.walks import sign_in
from tests.support.world import World

MINE = "/qingxi/work/roster/mine/"


@pytest.fixture
def hall(institution: World) -> Hall:
    hall = fill_hall(institution)
    keep_in_shifts(hall)
    return hall


def person(hall: Hall, number: str) -> FlaskClient:
    client = sign_in(hall.world, number)
    client.set_cookie("language", "en", path="/")
    return client


def look(client: FlaskClient, address: str = MINE) -> Page:
    page = Page(client.get(address, follow_redirects=True))
    assert page.status == 200
    return page


def test_two_people_settle_a_swap(hall: Hall) -> None:
    a, c = person(hall, "A1"), person(hall, "C1")
    assert "No published shift of yours is to come." in look(person(hall, "A2")).text
    mine = look(a)
    assert mine.text.count("Offer this shift") == 4
    choosing = look(a, f"{MINE}{shift_of(hall, 'A1', 1)}/")
    assert "Has too little rest between two shifts" in choosing.text
    asked = look(a, f"{MINE}{shift_of(hall, 'A1', 1)}/?who={hall.people['C1']}")
    assert post(a, asked).status == 422
    offered = post(a, asked, taker=str(shift_of(hall, "C1", 1)))
    assert "Offered. You read here what becomes of it." in offered.text
    assert "Withdraw the offer" in offered.text

    listed = look(c)
    assert "沈慧 offers it to you" in listed.text
    address = re.findall(r'href="(/qingxi/work/roster/offers/\d+/)"', listed.text)[0]
    agreed = post(c, look(c, address), action="/accept/")
    assert "Agreed. The roster says so." in agreed.text
    assert "Agreed upon" in agreed.text
    week = look(a, f"/qingxi/work/roster/?day={NEXT}")
    assert week.text.count("Swapped") == 2
    assert "Changed after publishing" in week.text
    assert "You offer it to 趙小燕" in look(a).text


def test_what_is_refused_at_accepting_is_read_there(hall: Hall) -> None:
    offer_id = offer(hall, shift_of(hall, "A1"), "B1")
    b = person(hall, "B1")
    opened = look(b, f"/qingxi/work/roster/offers/{offer_id}/")
    offer(hall, shift_of(hall, "A1", 1), "B1")
    declined = post(b, opened, action="/decline/")
    assert "Declined. Whoever asked reads it." in declined.text
    again = post(b, opened, action="/accept/")
    assert again.status == 422
    assert "This offer is over: Declined" in again.text
    assert "I take it" not in again.text


def test_nobody_else_opens_it_and_nobody_offers_another_s_shift(hall: Hall) -> None:
    offer_id = offer(hall, shift_of(hall, "A1"), "B1")
    other = person(hall, "C1")
    assert other.get(f"/qingxi/work/roster/offers/{offer_id}/").status_code == 404
    assert other.get(f"{MINE}{shift_of(hall, 'A1')}/").status_code == 404
    a = person(hall, "A1")
    for who in ("999", "x", str(hall.people["A2"]), str(hall.people["A1"])):
        page = look(a, f"{MINE}{shift_of(hall, 'A1', 1)}/?who={who}")
        assert "To whom do you offer it?" in page.text


def test_whoever_offered_takes_it_back(hall: Hall) -> None:
    offer_id = offer(hall, shift_of(hall, "A1"), "B1")
    a = person(hall, "A1")
    opened = look(a, f"/qingxi/work/roster/offers/{offer_id}/")
    assert "Taken back. You keep the shift." in post(a, opened, action="/withdraw/").text
    assert look(a).text.count("Offer this shift") == 4
