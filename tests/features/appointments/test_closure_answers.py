"""Whoever was moved by a closure agrees, chooses another time or cancels; until then it is open."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from portal.appointments.queries import booking_token
from portal.appointments.services.answering import accept_new_time
from portal.core.actor import SYSTEM
from tests.support.closing import (
    DAY,
    book,
    close_afternoon,
    fates,
    find_wrong,
    settle_all,
    two_windows,
)
from tests.support.pages import Page, post
from tests.support.walks import bookings, sign_in
from tests.support.world import World, local


@pytest.fixture
def windows(institution: World) -> World:
    """Two windows; somebody was moved from the one to the other."""
    two_windows(institution)
    book(institution, local(DAY, 14))
    close_afternoon(institution)
    settle_all(institution)
    return institution


@pytest.fixture
def address(windows: World) -> str:
    """The booking's own page."""
    [booking] = bookings(windows)
    token = windows.do(lambda _session: booking_token(booking.reference))
    return f"/qingxi/b/{booking.reference}/{token}/"


@pytest.fixture
def browser(client: FlaskClient) -> FlaskClient:
    """The person's telephone, in English."""
    client.set_cookie("language", "en", path="/")
    return client


def show(browser: FlaskClient, address: str) -> Page:
    return Page(browser.get(address))


def test_the_page_says_what_was_and_what_is_and_opening_it_agrees_to_nothing(
    windows: World, browser: FlaskClient, address: str
) -> None:
    page = show(browser, address)
    assert "We had to move your booking." in page.text
    assert "No water" in page.text
    assert "Before" in page.text
    assert show(browser, address + "agree/").status == 200
    assert fates(windows) == [("moved", "open")]


def test_agreeing_by_one_button_ends_the_question(
    windows: World, browser: FlaskClient, address: str
) -> None:
    page = show(browser, address)
    agreed = post(browser, page, action="/agree/")
    assert "We expect you at the new time." in agreed.text
    assert "We had to move your booking." not in agreed.text
    assert fates(windows) == [("moved", "accepted")]
    again = post(browser, page, action="/agree/")
    assert "nothing to answer" in again.text
    assert fates(windows) == [("moved", "accepted")]


def test_choosing_another_time_is_an_answer(
    windows: World, browser: FlaskClient, address: str
) -> None:
    picker = Page(browser.get(address + "move/?day=2026-11-26"))
    post(browser, picker, slot=picker.values("slot")[2])
    assert fates(windows) == [("moved", "changed")]
    assert "We had to move your booking." not in show(browser, address).text


def test_cancelling_is_an_answer_even_on_the_day_itself(
    windows: World, browser: FlaskClient, address: str
) -> None:
    windows.wait(days=2)
    post(browser, Page(browser.get(address + "cancel/")))
    assert fates(windows) == [("moved", "declined")]
    assert bookings(windows)[0].state == "cancelled"
    assert find_wrong(windows) == []


def test_whoever_has_agreed_is_bound_by_the_cut_off_again(
    windows: World, browser: FlaskClient, address: str
) -> None:
    post(browser, show(browser, address), action="/agree/")
    windows.wait(days=2)
    assert post(browser, Page(browser.get(address + "cancel/"))).status == 422
    assert bookings(windows)[0].state == "booked"


def test_after_the_new_time_has_begun_nothing_can_be_cancelled(
    windows: World, browser: FlaskClient, address: str
) -> None:
    windows.wait(days=2, hours=6)
    assert post(browser, Page(browser.get(address + "cancel/"))).status == 422


def test_the_window_sees_who_has_not_answered_yet(
    windows: World, browser: FlaskClient, address: str
) -> None:
    windows.wait(days=2)
    clerk = sign_in(windows, "H1")
    clerk.set_cookie("language", "en", path="/")
    assert "New time not yet confirmed" in clerk.get("/qingxi/work/today/2/").text
    assert "Not yet confirmed 1" in clerk.get("/qingxi/work/closures/1/").text
    post(browser, show(browser, address), action="/agree/")
    assert "not yet confirmed" not in clerk.get("/qingxi/work/today/2/").text
    assert "The person agrees" in clerk.get("/qingxi/work/closures/1/").text


def test_who_is_moved_once_more_is_asked_anew(windows: World) -> None:
    close_afternoon(windows, code="w5")
    settle_all(windows)
    assert fates(windows) == [("moved", "replaced"), ("moved", "open")]
    [booking] = bookings(windows)
    assert booking.starts_at == local(DAY, 11, 30)


def test_who_did_not_answer_keeps_the_new_time(windows: World) -> None:
    windows.wait(days=2, hours=5)
    settle_all(windows)
    [booking] = bookings(windows)
    assert booking.state == "booked"
    assert booking.starts_at == local(DAY, 14)
    assert fates(windows) == [("moved", "open")]


def test_two_answers_at_once_give_one(windows: World) -> None:
    [booking] = bookings(windows)

    def agree() -> None:
        windows.do(
            lambda session: accept_new_time(
                session,
                booking=session.merge(booking),
                version=booking.version,
                actor=SYSTEM,
                now=windows.now + timedelta(minutes=1),
            )
        )

    agree()
    with pytest.raises(Exception, match="nothing to answer"):
        agree()
