"""A citizen has erased what is kept of bookings that are over; one still to come stands."""

from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, Visit
from portal.appointments.views.desk import BOOK
from portal.identity.services.privacy import end_retention
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


@pytest.mark.parametrize("is_asked", [True, False])
def test_the_words_of_a_waiver_are_shown_to_their_person_and_erased(
    town: World, client: FlaskClient, is_asked: bool
) -> None:
    """By request, or at the end of the retention; that there was one stays (W-YY-1)."""
    book_online(client, town, day=TUESDAY)
    ended = {"state": "done", "outcome": "continued", "waiver": "下週要出遠門"}

    def waive(session: Session) -> None:
        session.execute(update(Booking).values(**ended))
        visit = Visit(service_id=1, post_id=1, local_date=town.now.date(), created_at=town.now)
        visit.outcome, visit.waiver = "continued", "下週要出遠門"
        session.add(visit)

    town.do(waive)
    assert "下週要出遠門" in client.get(f"/{town.slug}/me/").get_data(as_text=True)
    if is_asked:
        town.wait(days=1)
        prove(client, town)
        assert erase(client, town).status == 200
        assert bookings(town)[0].waiver == ""
    else:
        town.wait(days=4000)
        town.do(lambda session: end_retention(session, town.now))
        assert town.do(lambda s: s.scalars(select(Booking.waiver)).all()) == [""]
        assert town.do(lambda s: s.scalars(select(Visit.waiver)).all()) == [""]
