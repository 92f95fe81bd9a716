"""Walks through the portal that several tests begin with."""

import re

from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.identity.models import RoleAssignment
from portal.messages.models import Message
from tests.support.pages import Page, post
from tests.support.world import PASSWORD, World, add_staff

PHONE = "13812345678"


def code_sent(world: World) -> str:
    """The newest one-time code, as the person reads it in the message."""

    def read(session: Session) -> str:
        codes = select(Message).where(Message.template == "messages/code")
        newest = session.scalars(codes.order_by(Message.id.desc())).first()
        assert newest is not None
        return newest.params or ""

    found = re.search(r"\d{6}", world.do(read))
    assert found
    return found[0]


def choose_time(client: FlaskClient, world: World, *, slot: str = "", day: str = "") -> Page:
    """Steps 1 and 2: the first free time, or a named slot."""
    page = Page(client.get(f"/{world.slug}/book/birth/time/" + (f"?day={day}" if day else "")))
    return post(client, page, slot=slot or page.values("slot")[0])


def give_details(
    client: FlaskClient, page: Page, *, name: str = "張麗華", contact: str = PHONE
) -> Page:
    """Step 3."""
    return post(client, page, name=name, contact=contact, agreed="y", priority="", for_other="")


def book_online(
    client: FlaskClient,
    world: World,
    *,
    name: str = "張麗華",
    contact: str = PHONE,
    slot: str = "",
    day: str = "",
) -> Page:
    """All four steps; a visitor whose contact is proved already needs no code."""
    page = give_details(
        client, choose_time(client, world, slot=slot, day=day), name=name, contact=contact
    )
    if "code" in page.form()["fields"]:
        return post(client, page, code=code_sent(world))
    return post(client, page)


def sign_in(world: World, number: str) -> FlaskClient:
    """A browser in which a member of staff is signed in."""
    client = world.client()
    page = Page(client.get(f"/{world.slug}/work/sign-in/"))
    done = post(client, page, number=number, password=PASSWORD)
    assert done.status == 200, done.text[:2000]
    return client


def bookings(world: World) -> list[Booking]:
    """All bookings, the oldest first."""
    return world.do(lambda session: list(session.scalars(select(Booking).order_by(Booking.id))))


def sign_in_within(
    world: World, number: str, permissions: list[str], unit: int | None
) -> FlaskClient:
    """Somebody new who holds permissions for one unit, or for all."""
    staff_id = add_staff(world, number, permissions)

    def limit(session: Session) -> None:
        where = RoleAssignment.staff_id == staff_id
        session.execute(update(RoleAssignment).where(where).values(unit_id=unit))

    world.do(limit)
    return sign_in(world, number)
