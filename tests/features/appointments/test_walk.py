"""The whole walk: book online, see it, be served at the window."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.appointments.models import Booking, Slot
from portal.messages.models import Message
from tests.support.pages import Page, post
from tests.support.world import PASSWORD, World, add_staff, furnish


@pytest.fixture
def town(institution: World) -> World:
    furnish(institution)
    institution.publish()
    return institution


def code_sent(world: World) -> str:
    """The newest one-time code, as the person reads it in the message."""

    def read(session):  # type: ignore[no-untyped-def]
        return session.scalars(select(Message).order_by(Message.id.desc())).first().params

    found = re.search(r"\d{6}", world.do(read))
    assert found
    return found[0]


def book(client: FlaskClient, world: World, *, name: str = "張麗華") -> Page:
    """Walk through the four steps."""
    page = Page(client.get(f"/{world.slug}/book/birth/time/"))
    slot = page.values("slot")[0]
    page = post(client, page, slot=slot)
    assert page.path.endswith("/book/details/"), page.text
    page = post(client, page, name=name, contact="13812345678", agreed="y", priority="", for_other="")
    assert page.path.endswith("/book/check/"), page.text
    return post(client, page, code=code_sent(world))


def test_a_citizen_books_and_is_served(town: World, client: FlaskClient) -> None:
    page = book(client, town)
    assert page.status == 200
    assert "/b/" in page.path
    booking = town.do(lambda s: s.scalars(select(Booking)).one())
    assert (booking.state, booking.name, booking.channel) == ("booked", "張麗華", "online")
    assert booking.reference in page.text
    assert town.do(lambda s: s.get_one(Slot, booking.slot_id)).booked == 1


def test_every_public_page_answers(town: World, client: FlaskClient) -> None:
    for path in ("", "services/", "services/birth/", "book/", "book/birth/", "find/", "arrive/",
                 "me/verify/", "me/privacy/", "search/?q=登記", "work/sign-in/"):
        page = Page(client.get(f"/{town.slug}/{path}"))
        assert page.status == 200, (path, page.text[:3000])
