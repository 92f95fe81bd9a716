"""The person's own page: what is asked stands there, and what is due comes first."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from portal.matters.queries import matter_token
from portal.matters.rules import State
from tests.support.matters import Office
from tests.support.pages import Page, post
from tests.support.walks import sign_in
from tests.support.world import SHANGHAI


def open_own(client: FlaskClient, office: Office, matter_id: int) -> Page:
    """The page in English."""
    reference = office.read(matter_id).reference
    token = office.world.do(lambda _session: matter_token(reference))
    at = f"/{office.world.slug}/m/{reference}/{token}/?language=en"
    return Page(client.get(at, follow_redirects=True))


def last_day(office: Office) -> str:
    """The third day from now, as English pages say it."""
    until = office.world.now + timedelta(days=3)
    return f"{until.astimezone(SHANGHAI):%a %-d %b}"


@pytest.mark.parametrize("state", [State.RECEIVED, State.IN_PROGRESS])
def test_who_is_asked_whether_it_is_right_sees_place_and_name_as_well(
    office: Office, client: FlaskClient, state: State
) -> None:
    page = open_own(client, office, office.bring_to(state))
    assert "3號樓201" in page.text
    assert "張○華" in page.text
    assert "張麗華" not in page.text
    said, course = page.text.index("3號樓201"), page.text.index("What happened")
    assert (said < course) == (state == State.RECEIVED)


def test_the_result_and_its_buttons_come_before_the_course_with_the_day_of_the_answer(
    office: Office, client: FlaskClient
) -> None:
    matter_id = office.bring_to(State.TOLD)
    until = f"You may answer until {last_day(office)}"
    page = open_own(client, office, matter_id)
    course = page.text.index("What happened")
    for sooner in ("已經修好，不漏了", until, "/solved/", "/not-solved/"):
        assert page.text.index(sooner) < course
    assert page.text.count("/not-solved/") == 1
    post(client, page, action="/solved/")
    closed = open_own(client, office, matter_id)
    assert "You may answer until" not in closed.text
    assert closed.text.index("/not-solved/") > closed.text.index("What happened")


def test_staff_read_the_day_and_are_offered_to_close_it_only_after_that(office: Office) -> None:
    matter_id = office.bring_to(State.TOLD)
    gardener = sign_in(office.world, "11")
    at = f"/{office.world.slug}/work/matters/{matter_id}/?language=en"
    page = Page(gardener.get(at, follow_redirects=True))
    assert f"The person may say until {last_day(office)}" in page.text
    assert "/press/close/" not in page.text
    office.world.wait(days=3)
    gardener = sign_in(office.world, "11")
    page = post(gardener, Page(gardener.get(at, follow_redirects=True)), action="/press/close/")
    assert "The person may say until" not in page.text
    assert office.read(matter_id).state == State.CLOSED


def test_nothing_is_added_to_what_has_ended_where_nobody_would_read_it(
    office: Office, client: FlaskClient
) -> None:
    matter_id = office.bring_to(State.TOLD)
    page = open_own(client, office, matter_id)
    adding = Page(client.get(f"{page.path}add/"))
    post(client, page, action="/solved/")
    refused = post(client, adding, words="還在滴水")
    assert refused.status == 422
    assert "Concluded" in refused.text
