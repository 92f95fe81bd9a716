"""A citizen has erased what is kept of bookings that are over; one still to come stands."""

from datetime import date

from flask.testing import FlaskClient
from sqlalchemy import update

from portal.appointments.models import Booking
from portal.appointments.views.desk import BOOK
from tests.support.citizens import is_known, prove
from tests.support.pages import Page, post
from tests.support.walks import book_online, bookings, sign_in
from tests.support.world import World, add_staff

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


def test_the_link_of_a_booking_whose_person_was_erased_still_opens(
    town: World, client: FlaskClient
) -> None:
    mine = book_online(client, town, day=TUESDAY).path
    booking = bookings(town)[0]
    town.do(lambda s: s.execute(update(Booking).values(state="done")))
    town.wait(days=1)
    prove(client, town)
    assert erase(client, town).status == 200
    page = Page(town.client().get(mine))
    assert page.status == 200
    assert "已刪除" in page.text
    add_staff(town, "1001", [BOOK])
    slip = Page(sign_in(town, "1001").get(f"/{town.slug}/work/book/made/{booking.id}/"))
    assert slip.status == 200
    entrance = town.client()
    again = post(entrance, Page(entrance.get(f"/{town.slug}/arrive/")), code=mine)
    assert again.status == 422, "nobody is expected"
