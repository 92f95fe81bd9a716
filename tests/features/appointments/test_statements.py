"""What a request costs in SQL, the same however much there is."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, Slot
from portal.catalog.models import Offering, Post
from tests.support.pages import Page, post
from tests.support.statements import count_statements
from tests.support.walks import book_online, choose_time, code_sent, give_details, sign_in
from tests.support.world import World, add_staff

#: The limit for the confirming POST, with everything counted that the database is asked.
CONFIRMING = 14


def test_confirming_with_a_code_asks_the_database_fourteen_times_at_most(
    town: World, client: FlaskClient
) -> None:
    page = give_details(client, choose_time(client, town))
    code = code_sent(town)
    with count_statements(town) as found:
        answer = post(client, page, follow=False, code=code)
    assert answer.status == 303
    assert len(found) <= CONFIRMING, "\n".join(found)


def test_confirming_with_a_known_contact_asks_no_more(town: World, client: FlaskClient) -> None:
    book_online(client, town)
    page = give_details(client, choose_time(client, town), name="張小明")
    with count_statements(town) as found:
        answer = post(client, page, follow=False)
    assert answer.status == 303
    assert len(found) <= CONFIRMING, "\n".join(found)


def _add_posts(session: Session, count: int) -> None:
    """More posts beside the first one, with the same service."""
    offered = session.scalars(select(Offering)).one()
    first = session.get_one(Post, offered.post_id)
    for number in range(count):
        added = Post(unit_id=first.unit_id, code=f"x{number}", name=first.name, plate="x")
        session.add(added)
        session.flush()
        session.add(
            Offering(service_id=offered.service_id, post_id=added.id, slot_minutes=30, capacity=1)
        )


def _add_bookings(session: Session, first_number: int, count: int) -> None:
    """People who come today, one a minute."""
    slot = session.scalars(select(Slot).order_by(Slot.starts_at, Slot.id)).first()
    assert slot is not None
    session.add_all(
        Booking(
            reference=f"X{number:06d}",
            service_id=slot.service_id,
            post_id=slot.post_id,
            slot_id=slot.id,
            starts_at=slot.starts_at + timedelta(minutes=number),
            ends_at=slot.ends_at,
            local_date=slot.starts_at.date(),
            channel="phone",
            name="王建國",
            language="zh_Hant",
            is_overbooked=True,
            created_at=slot.starts_at,
        )
        for number in range(first_number, first_number + count)
    )


@pytest.mark.parametrize(("posts", "bookings"), [(9, 10), (49, 300)])
def test_the_day_page_asks_the_same_however_many_posts_and_bookings(
    town: World, posts: int, bookings: int
) -> None:
    add_staff(town, "1001", ["appointments.booking.serve"])
    clerk = sign_in(town, "1001")
    path = f"/{town.slug}/work/today/{town.do(lambda s: s.scalars(select(Post.id)).one())}/"
    town.do(lambda session: _add_bookings(session, 0, 1))
    with count_statements(town) as few:
        assert Page(clerk.get(path)).status == 200
    town.do(lambda session: _add_posts(session, posts))
    town.do(lambda session: _add_bookings(session, 1, bookings))
    with count_statements(town) as many:
        assert Page(clerk.get(path)).status == 200
    assert len(many) == len(few), "\n".join(many)
