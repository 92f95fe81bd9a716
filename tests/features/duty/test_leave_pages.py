"""Leave, as whoever asks, covers and decides meets it in the browser."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.duty.leave_models import Leave
from tests.support.pages import Page, post
from tests.support.rosters import NEXT, Hall, at, fill_hall
from tests.support.walks import sign_in
from tests.support.world import World

LEAVE = "/qingxi/work/leave/"
TUESDAY = NEXT + timedelta(days=1)
ALL_DAY: dict[str, Any] = {
    "starts": f"{TUESDAY}T00:00",
    "ends": f"{TUESDAY + timedelta(days=1)}T00:00",
}


@pytest.fixture
def hall(institution: World) -> Hall:
    return fill_hall(institution)


def person(hall: Hall, number: str) -> FlaskClient:
    client = sign_in(hall.world, number)
    client.set_cookie("language", "en", path="/")
    return client


def look(client: FlaskClient, address: str = LEAVE) -> Page:
    page = Page(client.get(address, follow_redirects=True))
    assert page.status == 200
    return page


def find(page: Page) -> str:
    """The first leave that a page leads to."""
    return html.unescape(re.findall(rf'href="({LEAVE}\d+/)"', page.text)[0])


def test_three_people_settle_a_leave(hall: Hall) -> None:
    a, b, head = (person(hall, number) for number in ("A1", "B1", "H1"))
    asked = post(a, look(a, f"{LEAVE}ask/"), **ALL_DAY, reason="回老家")
    assert "Asked. You read here what becomes of it." in asked.text
    assert "王麗華" in asked.text
    assert "Covers, has not said yes yet" in asked.text

    offer = look(b, find(look(b)))
    assert "回老家" not in offer.text
    assert "Do you cover for 沈慧?" in offer.text
    agreed = post(b, offer, action="/accept/")
    assert "You cover. The head decides now." in agreed.text

    waiting = look(head)
    assert "沈慧" in waiting.text
    question = look(head, f"{find(waiting)}decide/")
    assert "回老家" in question.text
    assert "王麗華 covers." in question.text
    done = post(head, question, decision="approve")
    assert "Leave is approved" in done.text

    roster = look(head, f"/qingxi/work/roster/?day={NEXT}")
    # Instead of her name: by whom she is replaced in the morning and in the afternoon, and why.
    assert roster.text.count("沈慧 is on leave") == roster.text.count("B stands in") == 2
    assert roster.text.count("沈慧") == 4 + 2


def test_w_ab_2_what_it_would_empty_is_said_at_once_with_who_could_cover(hall: Hall) -> None:
    a, b = person(hall, "A1"), person(hall, "B1")
    hall.place("C1", "B")
    post(b, look(b, f"{LEAVE}ask/"), **ALL_DAY)
    refused = post(a, look(a, f"{LEAVE}ask/"), **ALL_DAY)
    assert refused.status == 422
    assert 'href="#cover"' in refused.text
    assert "A and B would be away together" in refused.text
    assert re.search(r"趙小燕</b><span[^>]*>Can cover", refused.text)
    assert re.search(r"王麗華</b><span[^>]*>Is on leave then", refused.text)
    done = post(a, refused, **ALL_DAY, cover=str(hall.people["C1"]))
    assert "趙小燕" in done.text
    assert "Leave is asked for" in done.text


def test_short_notice_is_an_emergency_that_the_head_writes_down(hall: Hall) -> None:
    a, head = person(hall, "A1"), person(hall, "H1")
    today: dict[str, Any] = {"starts": "2026-11-23T10:00", "ends": "2026-11-23T18:00"}
    refused = post(a, look(a, f"{LEAVE}ask/"), **today)
    assert "so many days ahead: 1." in refused.text
    form = look(head, f"{LEAVE}emergency/")
    away = str(hall.people["A1"])
    silent = post(head, form, **today, staff=away)
    assert 'href="#reason"' in silent.text
    done = post(head, form, **today, staff=away, reason="孩子發燒")
    assert "Written down. The roster shows what is empty now." in done.text
    assert "沈慧 is on leave" in done.text
    clerk = person(hall, "C1")
    assert clerk.get(f"{LEAVE}emergency/").status_code == 403


def test_a_refused_leave_says_why_to_whoever_asked(hall: Hall) -> None:
    a, head = person(hall, "A1"), person(hall, "H1")
    asked = post(a, look(a, f"{LEAVE}ask/"), **ALL_DAY)
    question = look(head, f"{asked.path}decide/")
    assert post(head, question, decision="refuse").status == 422
    post(head, question, decision="refuse", words="那天盤點")
    assert "那天盤點" in look(a, asked.path).text


def test_whoever_comes_back_early_ends_the_leave(hall: Hall) -> None:
    a, b, head = (person(hall, number) for number in ("A1", "B1", "H1"))
    asked = post(a, look(a, f"{LEAVE}ask/"), **ALL_DAY)
    post(b, look(b, asked.path), action="/accept/")
    post(head, look(head, f"{asked.path}decide/"), decision="approve")
    assert "Withdraw the leave" in look(a, asked.path).text
    hall.world.wait(seconds=(at(TUESDAY, 10) - hall.world.now).total_seconds())
    a = person(hall, "A1")
    begun = look(a, asked.path)
    assert "End the leave now" in begun.text
    done = post(a, begun, action="/withdraw/")
    assert "Your leave has ended. You keep your posts from now on." in done.text
    assert "End the leave now" not in done.text


def test_why_somebody_is_away_is_for_whoever_decides_and_not_for_whoever_covers(
    hall: Hall,
) -> None:
    a, b, head = (person(hall, number) for number in ("A1", "B1", "H1"))
    asked = post(a, look(a, f"{LEAVE}ask/"), **ALL_DAY, kind="sick")
    for page in (look(b), look(b, asked.path)):
        assert "沈慧" in page.text
        assert "Illness" not in page.text
    post(b, look(b, asked.path), action="/accept/")
    for page in (look(head), look(head, asked.path), look(a, asked.path)):
        assert "Illness" in page.text


def test_nobody_is_said_to_have_agreed_whom_the_head_put_there(hall: Hall) -> None:
    head, b = person(hall, "H1"), person(hall, "B1")
    form = look(head, f"{LEAVE}emergency/")
    away, cover = str(hall.people["A1"]), str(hall.people["B1"])
    post(head, form, **ALL_DAY, staff=away, cover=cover, reason="住院")
    [leave_id] = hall.world.do(lambda session: session.scalars(select(Leave.id)).all())
    page = look(b, f"{LEAVE}{leave_id}/")
    assert "Covers, put there by the head" in page.text
    assert "Covers, agreed" not in page.text


def test_an_answer_that_comes_too_late_says_so(hall: Hall) -> None:
    a, b = person(hall, "A1"), person(hall, "B1")
    asked = post(a, look(a, f"{LEAVE}ask/"), **ALL_DAY)
    offer = look(b, asked.path)
    done = post(a, asked, action="/withdraw/")
    assert "Withdrawn." in done.text
    late = post(b, offer, action="/accept/")
    assert late.status == 422
    assert "Leave is withdrawn" in late.text


def test_nobody_else_sees_a_leave(hall: Hall) -> None:
    a = person(hall, "A1")
    asked = post(a, look(a, f"{LEAVE}ask/"), **ALL_DAY)
    token = asked.form("csrf_token")["fields"]["csrf_token"]
    for number in ("A2", "C1"):
        other = person(hall, number)
        assert other.get(asked.path).status_code == 404
        own = look(other).form("csrf_token")["fields"]["csrf_token"]
        for verb in ("accept", "decline", "withdraw"):
            answer = other.post(f"{asked.path}{verb}/", data={"csrf_token": own})
            assert answer.status_code == 404
    b = person(hall, "B1")
    own = look(b).form("csrf_token")["fields"]["csrf_token"]
    assert b.post(f"{asked.path}withdraw/", data={"csrf_token": own}).status_code == 404
    assert token != own


@pytest.mark.parametrize("starts", ["", "0001-01-01T00:00", "9999-12-31T23:59", "nonsense"])
def test_a_time_without_sense_is_refused_on_its_field(hall: Hall, starts: str) -> None:
    a = person(hall, "A1")
    refused = post(a, look(a, f"{LEAVE}ask/"), **{**ALL_DAY, "starts": starts})
    assert refused.status == 422
    assert 'href="#starts"' in refused.text
