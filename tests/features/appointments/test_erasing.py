"""A citizen has erased what is kept of bookings that are over; one still to come stands."""

from datetime import date

from flask.testing import FlaskClient

from tests.support.citizens import is_known
from tests.support.pages import Page, post
from tests.support.walks import book_online, bookings
from tests.support.world import World

TUESDAY = date(2026, 11, 24).isoformat()


def erase(client: FlaskClient, town: World) -> Page:
    return post(client, Page(client.get(f"/{town.slug}/me/erase/")))


def test_a_booking_still_to_come_is_not_erased(town: World, client: FlaskClient) -> None:
    book_online(client, town, day=TUESDAY)
    assert erase(client, town).status == 422
    assert bookings(town)[0].name == "張麗華"


def test_a_cancelled_booking_is_erased_with_its_contact(town: World, client: FlaskClient) -> None:
    own = book_online(client, town, day=TUESDAY)
    path = own.path.removesuffix("?new=1")
    post(client, Page(client.get(f"{path}cancel/")))
    assert bookings(town)[0].state == "cancelled"
    assert erase(client, town).status == 200
    assert bookings(town)[0].name is None
    assert not is_known(client, town)
