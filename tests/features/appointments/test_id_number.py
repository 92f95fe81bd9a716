"""A service that asks for the ID number knows people by it, whatever contact they show."""

from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from portal.catalog.models import Service
from tests.support.pages import post
from tests.support.walks import bookings, choose_time, code_sent
from tests.support.world import World

NUMBER = "11010519491231002X"


def ask_for_number(town: World) -> None:
    def work(session: object) -> None:
        session.scalars(select(Service)).one().asks_id_number = True  # type: ignore[attr-defined]

    town.do(work)


def test_nobody_books_it_online_without_the_number(town: World, client: FlaskClient) -> None:
    ask_for_number(town)
    page = choose_time(client, town)
    details: dict[str, Any] = {"name": "張麗華", "contact": "13812345678", "agreed": "y"}
    refused = post(client, page, **details, priority="", for_other="", id_number="")
    assert refused.status == 422
    assert "請寫證件號碼。" in refused.text


def test_one_number_is_one_person_with_two_contacts(town: World, client: FlaskClient) -> None:
    ask_for_number(town)
    for number, browser in enumerate((client, town.client())):
        page = choose_time(browser, town, day="2026-11-25")
        check = post(
            browser,
            page,
            name="張麗華",
            contact=f"1381234567{number}",
            agreed="y",
            priority="",
            for_other="",
            id_number=NUMBER.lower() if number else NUMBER,
        )
        post(browser, check, code=code_sent(town))
    assert len(bookings(town)) == 1
