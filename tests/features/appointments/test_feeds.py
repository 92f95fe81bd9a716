"""Staff have a post's coming days in their own calendar, as long as they may see them."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.appointments.feeds_models import FEEDS_EACH, CalendarFeed
from portal.appointments.feeds_queries import FEED_ROWS
from portal.appointments.models import Booking, Slot
from portal.appointments.permissions import SERVE
from portal.appointments.services.feeds import TooManyFeeds, end_lost_feeds, make_feed
from portal.appointments.views.feeds import PACE
from portal.catalog.models import Post, Service
from portal.core.actor import SYSTEM
from portal.identity.models import Role, RoleAssignment, Staff, Unit
from portal.identity.services import staffing
from portal.identity.services.granting import EDIT_ROLES, EDIT_STAFF
from tests.support.calendars import read_calendar
from tests.support.pages import Page, post
from tests.support.parallel import together
from tests.support.statements import count_statements
from tests.support.walks import book_online, bookings, sign_in
from tests.support.world import World, add_staff


@pytest.fixture
def clerk(town: World) -> FlaskClient:
    """Somebody at the window, signed in; the house has an administrator besides."""
    add_staff(town, "1001", [SERVE])
    add_staff(town, "A001", [EDIT_STAFF, EDIT_ROLES])
    return sign_in(town, "1001")


def post_id(town: World) -> int:
    return town.do(lambda session: session.scalars(select(Post.id)).one())


def manage(town: World, clerk: FlaskClient) -> Page:
    return Page(clerk.get(f"/{town.slug}/work/today/{post_id(town)}/calendar/"))


def make_link(town: World, clerk: FlaskClient) -> str:
    """Make a link on the page; what the calendar program is given."""
    made = post(clerk, manage(town, clerk))
    assert made.status == 200
    found = re.search(rf"/{town.slug}/calendar/[\w-]+\.ics", made.text)
    assert found
    return found[0]


def fetch(town: World, address: str) -> TestResponse:
    """A program that has nothing but the link."""
    return town.client().get(address)


def feeds(town: World) -> list[CalendarFeed]:
    return town.do(lambda session: list(session.scalars(select(CalendarFeed))))


def test_the_link_shows_who_comes_with_masked_names(
    town: World, client: FlaskClient, clerk: FlaskClient
) -> None:
    book_online(client, town, day="2026-11-25")
    answer = fetch(town, make_link(town, clerk))
    assert answer.status_code == 200
    assert answer.mimetype == "text/calendar"
    [entry] = read_calendar(answer.data)
    [booking] = bookings(town)
    assert (entry.method, entry.status) == ("PUBLISH", "CONFIRMED")
    assert (entry.starts_at, entry.ends_at) == (booking.starts_at, booking.ends_at)
    assert entry.summary == "張○華 · 生育登記"
    assert "張麗華" not in answer.get_data(as_text=True)
    assert booking.reference not in answer.get_data(as_text=True), "no number to call up"


def test_what_is_moved_keeps_its_entry_and_what_is_cancelled_disappears(
    town: World, client: FlaskClient, clerk: FlaskClient
) -> None:
    page = book_online(client, town, day="2026-11-25")
    address = make_link(town, clerk)
    [before] = read_calendar(fetch(town, address).data)
    moving = Page(client.get(page.path + "move/?day=2026-11-26"))
    post(client, moving, slot=moving.values("slot")[-1])
    [after] = read_calendar(fetch(town, address).data)
    assert after.uid == before.uid
    assert after.starts_at == bookings(town)[0].starts_at != before.starts_at
    assert after.sequence > before.sequence
    post(client, Page(client.get(page.path + "cancel/")))
    assert read_calendar(fetch(town, address).data) == []


def test_it_reaches_from_today_to_the_horizon(town: World, clerk: FlaskClient) -> None:
    add_bookings(town, [date(2026, 11, 22), date(2026, 11, 23), date(2026, 12, 7)])
    address = make_link(town, clerk)
    assert len(read_calendar(fetch(town, address).data)) == 2
    add_bookings(town, [date(2026, 12, 8)])
    assert len(read_calendar(fetch(town, address).data)) == 2
    town.wait(days=1)
    assert len(read_calendar(fetch(town, address).data)) == 2


def test_the_link_is_shown_once_and_kept_nowhere(town: World, clerk: FlaskClient) -> None:
    address = make_link(town, clerk)
    secret = address.rpartition("/")[2].removesuffix(".ics")
    assert len(secret) >= 43
    assert secret not in manage(town, clerk).text
    [feed] = feeds(town)
    assert secret not in feed.token_hash
    assert feed.token_hash != secret


def test_a_link_that_is_wrong_or_ended_is_nothing(town: World, clerk: FlaskClient) -> None:
    address, other = make_link(town, clerk), make_link(town, clerk)
    assert fetch(town, address.replace(".ics", "x.ics")).status_code == 404
    ended = max(feeds(town), key=lambda feed: feed.id).id
    asked = Page(clerk.get(f"/{town.slug}/work/today/calendar/{ended}/end/"))
    assert post(clerk, asked).status == 200
    assert fetch(town, other).status_code == 404
    assert fetch(town, address).status_code == 200, "the other device is not touched"
    assert clerk.get(asked.path).status_code == 404


def test_nobody_ends_the_link_of_a_colleague(town: World, clerk: FlaskClient) -> None:
    address = make_link(town, clerk)
    add_staff(town, "1002", [SERVE])
    [feed] = feeds(town)
    colleague = sign_in(town, "1002")
    path = f"/{town.slug}/work/today/calendar/{feed.id}/end/"
    form = manage(town, colleague).form()["fields"]
    assert colleague.get(path).status_code == 404
    assert colleague.post(path, data=form).status_code == 404
    assert fetch(town, address).status_code == 200


def _let_go(session: Session, town: World) -> None:
    person = session.scalars(select(Staff).where(Staff.number == "1001")).one()
    staffing.let_go(session, staff_id=person.id, actor=SYSTEM, now=town.now)


def _take_permission(session: Session, _town: World) -> None:
    session.scalars(select(Role).where(Role.code == "role-1001")).one().permissions = []


def _grant(session: Session) -> RoleAssignment:
    """What lets the clerk serve."""
    named = select(Role.id).where(Role.code == "role-1001")
    return session.scalars(select(RoleAssignment).where(RoleAssignment.role_id.in_(named))).one()


def _take_role(session: Session, _town: World) -> None:
    session.delete(_grant(session))


def _move_elsewhere(session: Session, _town: World) -> None:
    """The role holds for another unit only from now on."""
    other = Unit(code="annex", name={"zh_Hant": "別館"})
    session.add(other)
    session.flush()
    _grant(session).unit_id = other.id


@pytest.mark.parametrize("loss", [_let_go, _take_permission, _take_role, _move_elsewhere])
def test_it_ends_at_once_with_the_permission_and_does_not_come_back(
    town: World, clerk: FlaskClient, loss: Callable[[Session, World], None]
) -> None:
    address = make_link(town, clerk)
    town.do(lambda session: loss(session, town))
    assert fetch(town, address).status_code == 404
    for _ in range(2):
        town.do(lambda session: end_lost_feeds(session, town.now))
    [feed] = feeds(town)
    assert feed.ended_at == town.now

    def give_back(session: Session) -> None:
        person = session.scalars(select(Staff).where(Staff.number == "1001")).one()
        person.left_at = None
        role = session.scalars(select(Role).where(Role.code == "role-1001")).one()
        role.permissions = [SERVE]
        session.execute(delete(RoleAssignment).where(RoleAssignment.role_id == role.id))
        session.add(RoleAssignment(staff_id=person.id, role_id=role.id))

    town.do(give_back)
    assert fetch(town, address).status_code == 404


def test_the_sweep_leaves_the_links_of_those_who_serve(town: World, clerk: FlaskClient) -> None:
    address = make_link(town, clerk)
    town.do(lambda session: end_lost_feeds(session, town.now))
    assert fetch(town, address).status_code == 200


def test_no_stranger_keeps_a_copy(town: World, clerk: FlaskClient) -> None:
    answer = fetch(town, make_link(town, clerk))
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "Set-Cookie" not in answer.headers


def test_whoever_tries_links_is_slowed_down_and_others_are_not(
    town: World, clerk: FlaskClient
) -> None:
    address, client = make_link(town, clerk), town.client()
    wrong = f"/{town.slug}/calendar/{'x' * 43}.ics"
    there = {"REMOTE_ADDR": "198.51.100.7"}
    answers = [client.get(wrong, environ_base=there).status_code for _ in range(601)]
    assert set(answers[:600]) == {404}
    last = client.get(wrong, environ_base=there)
    assert (answers[600], last.status_code) == (429, 429)
    assert int(last.headers["Retry-After"]) == PACE.window.total_seconds()
    assert client.get(address, environ_base=there).status_code == 200
    town.wait(minutes=15)
    assert client.get(wrong, environ_base=there).status_code == 404


def test_nobody_has_more_links_than_anybody_needs(town: World, clerk: FlaskClient) -> None:
    for _ in range(FEEDS_EACH):
        make_link(town, clerk)
    refused = post(clerk, manage(town, clerk))
    assert refused.status == 422
    assert len(feeds(town)) == FEEDS_EACH


def test_of_several_who_make_the_last_link_at_once_one_does(town: World) -> None:
    clerk_id, window = add_staff(town, "1001", [SERVE]), post_id(town)

    def make(_number: int) -> bool:
        facts: dict[str, Any] = {
            "post_id": window,
            "staff_id": clerk_id,
            "language": "en",
            "now": town.now,
        }
        try:
            town.do(lambda session: make_feed(session, actor=SYSTEM, **facts))
        except TooManyFeeds:
            return False
        return True

    assert all(make(number) for number in range(FEEDS_EACH - 1))
    assert sorted(together(3, make)) == [False, False, True]
    assert len(feeds(town)) == FEEDS_EACH


def test_it_speaks_the_language_it_was_made_in(
    town: World, client: FlaskClient, clerk: FlaskClient
) -> None:
    book_online(client, town)
    clerk.set_cookie("language", "en", path="/")
    address = make_link(town, clerk)
    [entry] = read_calendar(fetch(town, address).data)
    assert entry.summary == "張○華 · Birth registration"
    town.do(lambda session: setattr(session.scalars(select(Booking)).one(), "name", None))
    [erased] = read_calendar(fetch(town, address).data)
    assert erased.summary == "Erased · Birth registration"


def test_it_asks_the_database_the_same_and_ends_somewhere_however_many_come(
    town: World, clerk: FlaskClient
) -> None:
    day = date(2026, 11, 25)
    add_bookings(town, [day])
    address = make_link(town, clerk)
    fetch(town, address)
    with count_statements(town) as few:
        assert len(read_calendar(fetch(town, address).data)) == 1
    add_bookings(town, [day] * (FEED_ROWS + 5))
    with count_statements(town) as many:
        answer = fetch(town, address)
    assert len(few) == len(many), "\n".join(many)
    assert answer.data.count(b"BEGIN:VEVENT") == FEED_ROWS
    assert b"X-WR-CALDESC" in answer.data, "it says until when it is complete"


def add_bookings(town: World, days: list[date]) -> None:
    """Somebody on each of these days."""

    def add(session: Session) -> None:
        slot = session.scalars(select(Slot).order_by(Slot.id)).first()
        assert slot is not None
        service = session.scalars(select(Service.id)).one()
        known = len(session.scalars(select(Booking.id)).all())
        session.add_all(
            Booking(
                reference=f"X{known + number:06d}",
                service_id=service,
                post_id=slot.post_id,
                slot_id=slot.id,
                starts_at=slot.starts_at + timedelta(days=(day - slot.starts_at.date()).days),
                ends_at=slot.ends_at + timedelta(days=(day - slot.starts_at.date()).days),
                local_date=day,
                channel="phone",
                name="王建國",
                language="zh_Hant",
                is_overbooked=True,
                created_at=town.now,
            )
            for number, day in enumerate(days)
        )

    town.do(add)
