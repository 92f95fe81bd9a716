"""Statements that are set and signed, and qualifications, as tests of duty need them."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.models import Post, Service
from portal.core.actor import Actor
from portal.duty.services import qualifying, statements
from tests.support.world import World

WORDS = {"zh_Hant": "守在窗口，首問負責。", "en": "Stay at the window and answer for who asks."}


def set_statement(world: World, post_id: int, *, text: str = "", number: int = 0) -> None:
    """Set the next version for a post, as an administrator does."""

    def work(session: Session) -> None:
        statements.set_statement(
            session,
            post=session.get_one(Post, post_id),
            text={"zh_Hant": text} if text else WORDS,
            number=number,
            actor=Actor("system"),
            now=world.now,
        )

    world.do(work)


def sign(world: World, post_id: int, staff_id: int, *, number: int = 1) -> None:
    """Somebody signs a version."""

    def work(session: Session) -> None:
        statements.sign_statement(
            session,
            post=session.get_one(Post, post_id),
            number=number,
            actor=Actor("staff", staff_id),
            now=world.now,
        )

    world.do(work)


def ask_qualification(world: World) -> int:
    """Let the service of the window ask for a qualification; its id."""

    def work(session: Session) -> int:
        service = session.scalars(select(Service)).one()
        service.asks_qualification = True
        return service.id

    return world.do(work)


def qualify(world: World, service_id: int, staff_id: int, valid_until: date) -> int:
    """Somebody is qualified up to and with a day; the row's id."""

    def work(session: Session) -> int:
        return qualifying.qualify(
            session,
            service=session.get_one(Service, service_id),
            staff_id=staff_id,
            valid_until=valid_until,
            actor=Actor("system"),
            now=world.now,
        ).id

    return world.do(work)
