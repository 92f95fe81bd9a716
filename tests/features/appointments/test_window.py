"""At the window: arrival, serving, no-show, undo, walk-ins, and what cannot be finished today."""

import re
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.appointments.models import Visit
from portal.appointments.queries import booking_token
from portal.appointments.views.desk import BOOK, OVERBOOK
from portal.appointments.views.today import SERVE
from portal.core.commands import ledger_group
from portal.core.ledger import LedgerEntry
from portal.core.ledger_anchor import read_printed
from portal.core.ledger_chain import seal_entries
from tests.support.pages import Page, post
from tests.support.statements import count_statements
from tests.support.walks import book_online, bookings, sign_in
from tests.support.world import World, add_staff

TUESDAY = date(2026, 11, 24)


@pytest.fixture
def clerk(town: World) -> FlaskClient:
    add_staff(town, "1001", [SERVE, BOOK])
    return sign_in(town, "1001")


@pytest.fixture
def booked(town: World, client: FlaskClient) -> World:
    """Tuesday morning, with one booking at nine."""
    book_online(client, town, day=TUESDAY.isoformat())
    town.wait(days=1)
    return town


def step(clerk: FlaskClient, town: World, name: str) -> Page:
    page = Page(clerk.get(f"/{town.slug}/work/today/1/"))
    return post(clerk, page, action=f"/{name}/")


def test_a_booking_is_served(clerk: FlaskClient, booked: World) -> None:
    clerk = sign_in(booked, "1001")
    page = Page(clerk.get(f"/{booked.slug}/work/today/"))
    assert page.status in {200, 303}
    for name, state in (("here", "arrived"), ("start", "serving"), ("done", "done")):
        assert step(clerk, booked, name).status == 200
        assert bookings(booked)[0].state == state
    [booking] = bookings(booked)
    assert booking.outcome == "done"
    assert booking.server_id is not None


def test_every_step_can_be_taken_back_and_history_keeps_both(
    clerk: FlaskClient, booked: World
) -> None:
    clerk = sign_in(booked, "1001")
    for name in ("here", "start", "done"):
        step(clerk, booked, name)
    for state in ("serving", "arrived", "booked"):
        assert step(clerk, booked, "back").status == 200
        assert bookings(booked)[0].state == state
    [booking] = bookings(booked)
    assert (booking.arrived_at, booking.started_at, booking.outcome) == (None, None, "")
    codes = booked.do(lambda s: list(s.scalars(select(LedgerEntry.code))))
    assert codes.count("appointments.booking.undone") == 3


def test_a_no_show_waits_for_the_grace(clerk: FlaskClient, booked: World) -> None:
    clerk = sign_in(booked, "1001")
    [booking] = bookings(booked)
    path = f"/{booked.slug}/work/today/booking/{booking.id}/missed/"
    token = Page(clerk.get(f"/{booked.slug}/work/today/1/")).forms[0]["fields"]["csrf_token"]
    data = {"csrf_token": token, "version": str(booking.version)}
    clerk.post(path, data=data)
    assert bookings(booked)[0].state == "booked"
    booked.wait(minutes=45)
    clerk = sign_in(booked, "1001")
    assert step(clerk, booked, "missed").status == 200
    assert bookings(booked)[0].state == "no_show"


def test_two_clerks_do_one_step_once(clerk: FlaskClient, booked: World) -> None:
    first, second = sign_in(booked, "1001"), sign_in(booked, "1001")
    pages = [Page(c.get(f"/{booked.slug}/work/today/1/")) for c in (first, second)]
    post(first, pages[0], action="/here/")
    post(second, pages[1], action="/here/")
    [booking] = bookings(booked)
    assert (booking.state, booking.version) == ("arrived", 1)


def test_w_yy_1_what_cannot_be_finished_today_gets_an_appointment(
    clerk: FlaskClient, booked: World
) -> None:
    clerk = sign_in(booked, "1001")
    step(clerk, booked, "here")
    step(clerk, booked, "start")
    [serving] = bookings(booked)
    page = Page(clerk.get(f"/{booked.slug}/work/book/next/booking/{serving.id}/?day=2026-11-26"))
    slot = page.values("slot")[0]
    empty = post(clerk, page, slot=slot, name="張麗華", channel="counter", priority="", contact="")
    assert empty.status == 422
    assert bookings(booked)[0].state == "serving"
    given = post(
        clerk,
        page,
        slot=slot,
        name="張麗華",
        channel="counter",
        priority="",
        contact="",
        purpose="補錄結婚登記",
        bring="結婚證",
    )
    assert given.status == 200
    assert "補錄結婚登記" in given.text
    done, following = bookings(booked)
    assert (done.state, done.outcome, done.next_booking_id) == ("done", "continued", following.id)
    assert (following.purpose, following.bring) == ("補錄結婚登記", "結婚證")
    day = Page(clerk.get(f"/{booked.slug}/work/today/1/")).text
    assert "改天再辦" in day
    one = Page(clerk.get(f"/{booked.slug}/work/today/booking/{done.id}/")).text
    assert "改天再辦" in one
    assert "辦完" not in one


def test_i_15_the_page_for_the_next_appointment_does_not_show_the_name_in_full(
    clerk: FlaskClient, booked: World
) -> None:
    clerk = sign_in(booked, "1001")
    [booking] = bookings(booked)
    page = Page(clerk.get(f"/{booked.slug}/work/book/next/booking/{booking.id}/"))
    assert "張○華" in page.text
    assert booking.name is not None
    assert booking.name not in page.text
    step(clerk, booked, "start")
    page = Page(clerk.get(f"/{booked.slug}/work/book/next/booking/{booking.id}/"))
    slot = page.values("slot")[0]
    given = post(clerk, page, slot=slot, channel="counter", priority="", purpose="補件")
    assert given.status == 200
    assert bookings(booked)[1].name == booking.name


def test_w_yy_1_or_the_citizens_waiver_is_written_down(clerk: FlaskClient, booked: World) -> None:
    clerk = sign_in(booked, "1001")
    step(clerk, booked, "here")
    step(clerk, booked, "start")
    [serving] = bookings(booked)
    page = Page(clerk.get(f"/{booked.slug}/work/today/booking/{serving.id}/waive/"))
    assert post(clerk, page, waiver=" ").status == 422
    assert post(clerk, page, waiver="下週要出遠門").status == 200
    [booking] = bookings(booked)
    assert (booking.outcome, booking.waiver) == ("continued", "下週要出遠門")
    for path in ("1/", f"booking/{booking.id}/"):
        text = Page(clerk.get(f"/{booked.slug}/work/today/{path}")).text
        assert "沒辦完" in text
    token = booked.do(lambda _session: booking_token(booking.reference))
    own = Page(booked.client().get(f"/{booked.slug}/b/{booking.reference}/{token}/")).text
    assert "您的事還沒辦完" in own


def test_a_walk_in_is_a_visit_and_is_finished(clerk: FlaskClient, town: World) -> None:
    page = Page(clerk.get(f"/{town.slug}/work/today/1/walk-in/"))
    assert post(clerk, page, name="李建國").status == 200
    assert step(clerk, town, "done").status == 200
    [visit] = town.do(lambda s: list(s.scalars(select(Visit))))
    assert (visit.state, visit.outcome, visit.name) == ("done", "done", "李建國")


def test_the_window_books_for_somebody_without_a_contact(clerk: FlaskClient, town: World) -> None:
    page = Page(clerk.get(f"/{town.slug}/work/book/birth/?day=2026-11-25"))
    made = post(
        clerk,
        page,
        slot=page.values("slot")[0],
        name="王大爺",
        channel="phone",
        contact="",
        priority="elderly",
    )
    assert made.status == 200
    [booking] = bookings(town)
    assert (booking.channel, booking.contact_id, booking.person_key) == ("phone", None, None)


def test_overbooking_needs_its_own_permission_and_is_marked(
    clerk: FlaskClient, town: World
) -> None:
    page = Page(clerk.get(f"/{town.slug}/work/book/birth/?day=2026-11-25"))
    slot = page.values("slot")[0]
    person: dict[str, Any] = {"name": "王一", "channel": "phone", "contact": "", "priority": ""}
    while post(clerk, page, slot=slot, **person).status == 200:
        page = Page(clerk.get(f"/{town.slug}/work/book/birth/?day=2026-11-25"))
    full = len(bookings(town))
    page = Page(clerk.get(f"/{town.slug}/work/book/birth/?day=2026-11-25"))
    assert post(clerk, page, slot=slot, overbook="y", **person).status == 422
    add_staff(town, "2001", [SERVE, BOOK, OVERBOOK])
    head = sign_in(town, "2001")
    page = Page(head.get(f"/{town.slug}/work/book/birth/?day=2026-11-25"))
    assert post(head, page, slot=slot, overbook="y", **person).status == 200
    extra = bookings(town)[full]
    assert extra.is_overbooked


def test_the_statements_of_a_day_do_not_grow_with_it(clerk: FlaskClient, town: World) -> None:
    counts = []
    for number in range(3):
        with count_statements(town) as counted:
            assert clerk.get(f"/{town.slug}/work/today/1/").status_code == 200
        counts.append(len(counted))
        for other in range(2):
            book_online(
                town.client(), town, contact=f"1391234{number}{other}00", day=TUESDAY.isoformat()
            )
        if number == 0:
            town.wait(days=1)
            clerk = sign_in(town, "1001")
            clerk.get(f"/{town.slug}/work/today/1/")
    assert len(set(counts[1:])) == 1
    assert max(counts) <= 14


def test_the_day_list_prints_where_the_ledger_stands(clerk: FlaskClient, booked: World) -> None:
    clerk = sign_in(booked, "1001")
    booked.do(lambda session: seal_entries(session, booked.now))
    page = Page(clerk.get(f"/{booked.slug}/work/today/1/"))
    printed = re.search(r"paper-only.*?(\d+(?: [0-9a-f]{4}){4})<", page.text)
    assert printed is not None
    verify = ["verify", "--institution", booked.slug, "--printed", printed[1]]
    verified = booked.app.test_cli_runner().invoke(ledger_group, verify)
    assert verified.exit_code == 0, verified.output
    assert read_printed(printed[1]).number == 1
