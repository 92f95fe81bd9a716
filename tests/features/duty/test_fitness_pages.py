"""Duty statements and qualifications, as those who sign and those who keep them meet them."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.identity.models import Staff
from tests.support.fitness import ask_qualification, set_statement, sign
from tests.support.pages import Page, post
from tests.support.rosters import MONDAY, NEXT, Hall, fill_hall
from tests.support.walks import sign_in
from tests.support.world import World

TEXT: dict[str, Any] = {"text-zh_Hant": "守崗盡責"}
DUTY, ROSTER = "/qingxi/work/duty/", "/qingxi/work/roster/"


@pytest.fixture
def hall(institution: World) -> Hall:
    return fill_hall(institution)


def person(hall: Hall, number: str) -> FlaskClient:
    client = sign_in(hall.world, number)
    client.set_cookie("language", "en", path="/")
    return client


def look(client: FlaskClient, address: str) -> Page:
    page = Page(client.get(address, follow_redirects=True))
    assert page.status == 200
    return page


def write_down_an_address(hall: Hall, number: str) -> None:
    def work(session: Session) -> None:
        session.get_one(Staff, hall.people[number]).email = "someone@town.example"

    hall.world.do(work)


def test_w_gc_1_from_the_first_words_to_the_signature(hall: Hall) -> None:
    head, clerk = person(hall, "H1"), person(hall, "A1")
    window = hall.posts["w3"]
    assert "No post of yours has a duty statement." in look(clerk, f"{DUTY}statements/").text
    kept = f"{ROSTER}posts/{window}/statement/"
    assert "so nobody has to sign one" in look(head, kept).text
    done = post(head, look(head, f"{kept}set/"), **TEXT)
    assert "Set. Everybody who serves here is asked to sign it." in done.text
    assert done.text.count("Not signed yet") == 2

    mine = look(clerk, DUTY)
    assert "Duty statements to sign: 1." in mine.text
    refused = post(clerk, mine, action=f"/duty/{window}/sign-in/")
    assert refused.status == 422
    assert "Read and sign the duty statement of this post first." in refused.text
    signed = post(clerk, look(clerk, f"{DUTY}{window}/statement/"))
    assert "Signed. You can be put at this post." in signed.text
    mine = look(clerk, DUTY)
    assert "Duty statements to sign" not in mine.text
    assert "You are signed in." in post(clerk, mine, action=f"/duty/{window}/sign-in/").text
    assert look(head, kept).text.count("Not signed yet") == 1


def test_whoever_signs_reads_first_what_was_changed_meanwhile(hall: Hall) -> None:
    clerk, window = person(hall, "A1"), hall.posts["w3"]
    set_statement(hall.world, window)
    opened = look(clerk, f"{DUTY}{window}/statement/")
    set_statement(hall.world, window, text="新的說法", number=1)
    refused = post(clerk, opened)
    assert refused.status == 422
    assert "Look again" in refused.text
    assert "新的說法" in refused.text
    assert "Signed." in post(clerk, refused).text


def test_nobody_else_opens_a_statement_and_only_the_head_sets_it(hall: Hall) -> None:
    set_statement(hall.world, hall.posts["w3"])
    other = person(hall, "C1")
    assert other.get(f"{DUTY}{hall.posts['w3']}/statement/").status_code == 403
    assert other.get(f"{DUTY}999/statement/").status_code == 404
    for path in ("statement/", "statement/set/", "qualified/"):
        assert other.get(f"{ROSTER}posts/{hall.posts['w3']}/{path}").status_code == 403


def test_the_roster_leads_to_what_is_missing(hall: Hall) -> None:
    head, window = person(hall, "H1"), hall.posts["w3"]
    write_down_an_address(hall, "A1")
    set_statement(hall.world, window)
    week = look(head, f"{ROSTER}?day={NEXT}")
    assert week.text.count("Has not signed the duty statement of this post") == 1
    assert f"posts/{window}/statement/" in week.text
    day = f"{NEXT}T09:00"
    people = look(head, f"{ROSTER}posts/{window}/put/?from={day}&until={NEXT}T12:00")
    assert "Nobody who knows this post can keep it then." in people.text
    assert f"posts/{window}/statement/" in people.text
    hall.world.wait(days=1)
    head = person(hall, "H1")
    kept = look(head, f"{ROSTER}posts/{window}/statement/")
    staff = str(hall.people["A1"])
    done = post(head, kept, action="/ask/", staff=staff)
    assert "Asked by message." in done.text
    again = post(head, done, action="/ask/", staff=staff)
    assert "was asked today already" in again.text
    sign(hall.world, window, hall.people["A1"])
    assert "Has not signed" not in look(head, f"{ROSTER}?day={NEXT}").text


def test_w_ab_2_the_head_writes_qualifications_down(hall: Hall) -> None:
    head, window = person(hall, "H1"), hall.posts["w3"]
    address = f"{ROSTER}posts/{window}/qualified/"
    assert "so nobody needs one" in look(head, address).text
    service = ask_qualification(hall.world)
    page = look(head, address)
    assert page.text.count("Not qualified") == 2
    boxes: dict[str, Any] = {"staff": str(hall.people["A1"]), "service": str(service)}
    past = (MONDAY - timedelta(days=1)).isoformat()
    refused = post(head, page, **boxes, valid_until=past)
    assert "Choose a day that is not over." in refused.text
    for wrong in ({"valid_until": "x"}, {"staff": "999", "valid_until": str(NEXT)}):
        assert post(head, page, **{**boxes, **wrong}).status == 422
    done = post(head, page, **boxes, valid_until=NEXT.isoformat())
    assert done.text.count("Not qualified") == 1
    assert "Has not signed" not in done.text
    withdrawn = post(head, done, action="/withdraw/")
    assert "Withdrawn. The roster shows which shifts cannot stay." in withdrawn.text
    assert withdrawn.text.count("Not qualified") == 2
