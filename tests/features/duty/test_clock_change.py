"""Times in the hour that a clock change skips are understood, or refused with words."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.tenancy.models import Institution
from tests.support.pages import Page
from tests.support.rosters import Hall, fill_hall
from tests.support.walks import sign_in
from tests.support.world import World

#: On this day in New York, 2:00 is followed by 3:00.
DAY = "2027-03-14"


@pytest.fixture
def hall(institution: World) -> Hall:
    hall = fill_hall(institution)

    def move(session: Session) -> None:
        session.get_one(Institution, institution.id).zone = "America/New_York"

    institution.do(move)
    institution.wait(days=100)
    return hall


def head_of(hall: Hall) -> FlaskClient:
    client = sign_in(hall.world, "H1")
    client.set_cookie("language", "en", path="/")
    return client


def boxes(hall: Hall, start: str, end: str) -> dict[str, str]:
    return {
        "starts": f"{DAY}T{start}",
        "ends": f"{DAY}T{end}",
        "reason": "x",
        "staff": str(hall.people["A1"]),
    }


def send(hall: Hall, address: str, start: str, end: str) -> Page:
    """Send a form; what it has no box for, it does not read."""
    head = head_of(hall)
    page = Page(head.get(address))
    fields = {**page.form()["fields"], **boxes(hall, start, end)}
    return Page(head.post(address, data=fields, follow_redirects=True))


ADDRESSES = ["leave/ask/", "leave/emergency/", "roster/posts/{post}/put/"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_stretch_that_lies_wholly_in_the_skipped_hour_is_refused(
    hall: Hall, address: str
) -> None:
    address = "/qingxi/work/" + address.format(post=hall.posts["w3"])
    refused = send(hall, address, "02:10", "02:50")
    assert refused.status == 422
    assert "The end has to be later than the beginning" in refused.text


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_stretch_that_begins_in_the_skipped_hour_begins_with_the_change(
    hall: Hall, address: str
) -> None:
    address = "/qingxi/work/" + address.format(post=hall.posts["w3"])
    assert send(hall, address, "02:10", "03:05").status == 200


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_beyond_all_calendars_is_refused(hall: Hall, address: str, day: str) -> None:
    address = "/qingxi/work/" + address.format(post=hall.posts["w3"])
    head = head_of(hall)
    page = Page(head.get(address))
    fields = {
        **page.form()["fields"],
        **boxes(hall, "09:00", "10:00"),
        "starts": f"{day}T00:00",
        "ends": f"{day}T23:59",
    }
    assert head.post(address, data=fields).status_code == 422
