"""One person at the window: masked, whole for a purpose, and every look is written down."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.views.desk import BOOK
from portal.appointments.views.today import SERVE
from portal.core.actor import SYSTEM
from portal.identity.contact_models import AccessLog
from portal.messages.models import Message
from portal.tenancy.services import change_settings
from tests.support.citizens import prove
from tests.support.pages import Page, post
from tests.support.walks import book_online, bookings, sign_in
from tests.support.world import SETTINGS, World, add_staff, make_institution

WHOLE = ("張麗華", "+8613812345678")


@pytest.fixture
def clerk(town: World) -> FlaskClient:
    add_staff(town, "1001", [SERVE])
    return sign_in(town, "1001")


def looks(town: World) -> list[tuple[str, int, str, str]]:
    rows = town.do(lambda s: s.scalars(select(AccessLog).order_by(AccessLog.id)).all())
    return [(row.subject_kind, row.subject_id, row.details, row.purpose) for row in rows]


def test_a_person_is_whole_only_in_the_answer_to_a_purpose(
    clerk: FlaskClient, town: World, client: FlaskClient
) -> None:
    book_online(client, town)
    [booking] = bookings(town)
    path = f"/{town.slug}/work/today/booking/{booking.id}/"
    page = Page(clerk.get(path, query_string={"purpose": "serve"}))
    assert page.status == 200
    assert not any(text in page.text for text in WHOLE)
    assert "138****5678" in page.text
    assert looks(town) == []

    whole = post(clerk, page, purpose="reach")
    assert whole.status == 200
    assert all(text in whole.text for text in WHOLE)
    assert whole.headers["Cache-Control"] == "no-store"
    assert looks(town) == [("booking", booking.id, "name contact", "reach")]
    assert not any(text in clerk.get(path).get_data(as_text=True) for text in WHOLE)


@pytest.mark.parametrize("purpose", ["", "curiosity", "<script>", "serve\x00x"])
def test_without_a_purpose_nothing_is_shown(
    clerk: FlaskClient, town: World, client: FlaskClient, purpose: str
) -> None:
    book_online(client, town)
    page = Page(clerk.get(f"/{town.slug}/work/today/booking/1/"))
    refused = post(clerk, page, purpose=purpose)
    assert refused.status == 422
    assert not any(text in refused.text for text in WHOLE)
    assert looks(town) == []


def test_the_citizen_sees_who_looked_and_why(
    clerk: FlaskClient, town: World, client: FlaskClient
) -> None:
    book_online(client, town)
    page = Page(clerk.get(f"/{town.slug}/work/today/booking/1/"))
    post(clerk, page, purpose="check")
    prove(client, town)
    mine = client.get(f"/{town.slug}/me/").get_data(as_text=True)
    assert "核對證件" in mine


def test_a_booking_of_elsewhere_is_nothing_here(clerk: FlaskClient, town: World) -> None:
    other = make_institution(town.app, "sunshine")
    for path in (
        f"/{town.slug}/work/today/booking/999/",
        f"/{town.slug}/work/today/visit/999/",
        f"/{town.slug}/work/today/nobody/1/",
        f"/{other.slug}/work/today/booking/1/",
    ):
        answer = clerk.get(path)
        assert answer.status_code in {303, 404}, path
        assert answer.status_code == 404 or "/sign-in/" in answer.location


def test_a_message_that_was_refused_sends_the_window_to_the_telephone(
    clerk: FlaskClient, town: World, client: FlaskClient
) -> None:
    book_online(client, town)

    def refuse(session: object) -> None:
        sent = select(Message).where(Message.subject_kind == "booking")
        for message in session.scalars(sent):  # type: ignore[attr-defined]
            message.state, message.refusal = "refused", "550 no such user"

    town.do(refuse)
    page = clerk.get(f"/{town.slug}/work/today/booking/1/").get_data(as_text=True)
    assert "沒有送達" in page
    assert "no such user" not in page


def test_who_left_no_contact_is_counted_above_the_day(clerk: FlaskClient, town: World) -> None:
    add_staff(town, "1002", [SERVE, "appointments.booking.make"])
    desk = sign_in(town, "1002")
    page = Page(desk.get(f"/{town.slug}/work/book/birth/?day=2026-11-24"))
    slot = page.values("slot")[0]
    post(desk, page, slot=slot, name="王一", channel="phone", contact="", priority="")
    town.wait(days=1)
    desk = sign_in(town, "1002")
    day = desk.get(f"/{town.slug}/work/today/1/").get_data(as_text=True)
    assert "1人沒有留聯絡方式" in day


def test_staff_read_what_the_institution_calls_its_people_and_places(
    town: World, client: FlaskClient
) -> None:
    def call(session: Session) -> None:
        words: dict[str, Any] = dict(SETTINGS["words"])  # type: ignore[call-overload]
        called = {"citizen": {"zh_Hant": "患者"}, "post": {"zh_Hant": "診室"}}
        change_settings(
            session,
            sections={"words": {**words, **called}},
            expected=1,
            valid_from=town.now,
            actor=SYSTEM,
            now=town.now,
        )

    town.do(call)
    book_online(client, town)
    add_staff(town, "1001", [SERVE, BOOK])
    clerk = sign_in(town, "1001")
    served = Page(clerk.get(f"/{town.slug}/work/today/booking/{bookings(town)[0].id}/"))
    assert "<dt>診室</dt>" in served.text
    made = Page(clerk.get(f"/{town.slug}/work/book/made/{bookings(town)[0].id}/"))
    assert "<dt>患者</dt>" in made.text
