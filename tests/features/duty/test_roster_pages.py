"""The pages of the roster, as those who read it and those who keep it meet them."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.duty.leave_models import Leave
from tests.support.pages import Page, post
from tests.support.rosters import MONDAY, NEXT, Hall, at, fill_hall, never_close
from tests.support.walks import sign_in
from tests.support.world import World

ROSTER = "/qingxi/work/roster/"
WEEK = f"{ROSTER}?day={NEXT}"


@pytest.fixture
def hall(institution: World) -> Hall:
    return fill_hall(institution)


@pytest.fixture
def head(hall: Hall) -> FlaskClient:
    return in_english(sign_in(hall.world, "H1"))


def in_english(client: FlaskClient) -> FlaskClient:
    client.set_cookie("language", "en", path="/")
    return client


def look(client: FlaskClient, address: str = WEEK) -> Page:
    page = Page(client.get(address, follow_redirects=True))
    assert page.status == 200
    return page


def links(page: Page, part: str) -> list[str]:
    found = re.findall(r'href="([^"]+)"', page.text)
    return [html.unescape(each) for each in found if part in each]


def go_on_leave(hall: Hall, number: str, start: int, end: int) -> None:
    """An approved leave in the coming week, in hours from its Monday's midnight."""

    def work(session: Session) -> None:
        session.add(
            Leave(
                staff_id=hall.people[number],
                from_at=at(NEXT, start),
                until_at=at(NEXT, end),
                kind="annual",
                state="approved",
                asked_at=hall.world.now,
                decided_by_id=hall.people["H1"],
                decided_at=hall.world.now,
            )
        )

    hall.world.do(work)


def test_everybody_reads_who_keeps_which_window(hall: Hall) -> None:
    page = look(sign_in(hall.world, "C1"))
    assert page.text.count("沈慧") == page.text.count("李建國") == 5
    assert links(page, "/put/") == []
    assert [form for form in page.forms if "roster" in form["action"]] == []


def test_only_a_head_finds_somebody_publishes_or_has_drafts_made(hall: Hall) -> None:
    clerk = sign_in(hall.world, "C1")
    page = look(clerk)
    token = page.form("csrf_token")["fields"]["csrf_token"]
    for path in ("publish/", "drafts/", f"posts/{hall.posts['w3']}/put/"):
        answer = clerk.post(f"{ROSTER}{path}", data={"csrf_token": token})
        assert answer.status_code == 403
    assert hall.shifts() == []


def test_a_gap_is_told_in_words_and_shape_and_somebody_is_found(
    hall: Hall, head: FlaskClient
) -> None:
    hall.add_pattern("A1", 9, 12, [0, 1, 2, 3, 4])
    hall.draft()
    page = look(head)
    assert "Places with nobody: 5." in page.text
    assert page.text.count('class="roster-gap"') == page.text.count("1:30–5:00 pm: nobody") == 5
    found = look(head, links(page, "/put/")[0])
    assert found.values("staff") == [str(hall.people["A1"]), str(hall.people["B1"])]
    done = post(head, found, staff=str(hall.people["B1"]))
    assert "Put there. The roster says so." in done.text
    assert "Places with nobody: 4." in done.text
    assert "王麗華" in done.text


def test_who_cannot_is_named_with_the_reason(hall: Hall, head: FlaskClient) -> None:
    hall.put("B1", at(NEXT, 9), at(NEXT, 12), post="w4")
    go_on_leave(hall, "A1", 0, 24)
    page = look(head)
    found = look(head, links(page, "/put/")[0])
    assert found.values("staff") == []
    assert "Nobody who knows this post can keep it then." in found.text
    assert "Is on leave then" in found.text
    assert "Is at another post at the same time" in found.text


def test_b_who_stands_in_is_marked_with_the_reason(hall: Hall, head: FlaskClient) -> None:
    go_on_leave(hall, "A1", 0, 24)
    page = look(head)
    assert "B stands in" in page.text
    assert "沈慧 is on leave" in page.text
    assert "Places with nobody" not in page.text


def test_a_week_with_a_gap_is_not_published_and_a_full_one_is(
    hall: Hall, head: FlaskClient
) -> None:
    hall.add_pattern("A1", 9, 12, [0, 1, 2, 3, 4])
    hall.draft()
    refused = post(head, look(head), action="/publish/")
    assert refused.status == 422
    assert "Not right yet: 5." in refused.text
    for day in range(5):
        hall.put("B1", at(NEXT, 13 + 24 * day), at(NEXT, 17 + 24 * day))
    done = post(head, look(head), action="/publish/")
    assert "Published." in done.text
    assert "published Today, 9:00 am by 周主任" in done.text
    assert "Publish this week" not in done.text
    twice = post(head, look(head, f"{WEEK}&by=person"), action="/drafts/")
    assert "Nothing was missing." in twice.text


def test_what_changed_after_publishing_is_shown_to_everybody(hall: Hall, head: FlaskClient) -> None:
    hall.publish()
    hall.put("B1", at(NEXT, 9), at(NEXT, 12))
    page = look(in_english(sign_in(hall.world, "C1")))
    assert "Changed after publishing" in page.text
    assert "Put there: 王麗華 <b>3 " in page.text


def test_a_shift_is_taken_out_by_its_page(hall: Hall, head: FlaskClient) -> None:
    hall.put("B1", at(NEXT, 9), at(NEXT, 12))
    shift = look(head, links(look(head), "/shifts/")[0])
    assert "王麗華" in shift.text
    done = post(head, shift)
    assert "Taken out." in done.text
    assert hall.shifts() == []
    assert "This shift is taken out." in look(head, shift.path).text


def test_a_time_without_sense_is_refused_on_its_field(hall: Hall, head: FlaskClient) -> None:
    page = look(head, f"{ROSTER}posts/{hall.posts['w3']}/put/")
    sent: dict[str, Any] = {"starts": "2026-12-01T12:00", "ends": "2026-12-01T09:00"}
    refused = post(head, page, staff=str(hall.people["B1"]), **sent)
    assert refused.status == 422
    assert 'href="#ends"' in refused.text
    assert hall.shifts() == []


def test_a_pattern_is_added_drafted_and_ended(hall: Hall, head: FlaskClient) -> None:
    never_close(hall)
    patterns = f"{ROSTER}posts/{hall.posts['w3']}/patterns/"
    page = look(head, f"{patterns}add/")
    boxes: dict[str, Any] = {
        "name-zh_Hant": "夜班",
        "starts": "22:00",
        "ends": "06:00",
        "anchor": str(MONDAY),
    }
    wrong = post(head, page, **boxes, days="8", staff_a=str(hall.people["B1"]))
    assert wrong.status == 422
    assert "Choose days within the cycle." in wrong.text
    done = post(head, page, **boxes, days="1，2", staff_a=str(hall.people["B1"]))
    assert "夜班" in done.text
    assert "1, 2 of 7 days" in done.text
    assert hall.draft() == 10
    night = hall.shifts()[0]
    assert (night.starts_at, night.ends_at) == (at(MONDAY, 22), at(MONDAY, 30))
    ended = post(head, look(head, links(done, "/end/")[0]))
    assert "Ended. Drafts taken out: 9." in ended.text


def test_by_person_one_reads_the_week_of_everybody(hall: Hall) -> None:
    go_on_leave(hall, "A1", 24, 48)
    page = look(in_english(sign_in(hall.world, "C1")), f"{WEEK}&by=person")
    assert page.text.count('<th scope="row">') == 3
    assert page.text.count("On leave") == 1
    assert "B stands in" in page.text


def test_the_weeks_before_and_after_are_a_link_away(hall: Hall, head: FlaskClient) -> None:
    page = look(head)
    for week in (NEXT - timedelta(days=7), NEXT + timedelta(days=7)):
        assert links(page, f"day={week}")
    assert "30 Nov – 6 Dec" in page.text
    past = look(head, f"{ROSTER}?day={MONDAY - timedelta(days=7)}")
    assert "Publish this week" not in past.text
    assert links(past, "/put/") == []


@pytest.mark.parametrize("day", ["", "nonsense", "9999-12-31", "0001-01-01"])
def test_a_day_without_sense_shows_this_week(hall: Hall, head: FlaskClient, day: str) -> None:
    assert "23 Nov – 29 Nov" in look(head, f"{ROSTER}?day={day}").text


def test_a_post_round_the_clock_names_its_keeper_on_every_day(
    hall: Hall, head: FlaskClient
) -> None:
    never_close(hall)
    page = look(head)
    assert page.text.count("沈慧") == 7
