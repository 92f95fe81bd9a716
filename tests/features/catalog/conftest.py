"""A furnished town whose administrator of posts and services has signed in."""

from typing import Any

import pytest
from sqlalchemy import func, select

from portal.core.base import Owned
from portal.core.ledger import LedgerEntry
from tests.support.pages import Page, post
from tests.support.walks import sign_in
from tests.support.world import World, add_staff, furnish

EDITS = ["catalog.post.edit", "catalog.service.edit"]


class Office:
    """An administrator's browser on the pages of the catalog, in English."""

    def __init__(self, world: World, number: str) -> None:
        self.world, self.client = world, sign_in(world, number)

    def address(self, path: str) -> str:
        return f"/{self.world.slug}/admin/{path}"

    def get(self, path: str, language: str = "en") -> Page:
        self.client.set_cookie("language", language, path="/")
        return Page(self.client.get(self.address(path)))

    def send(self, path: str, action: str = "", **values: str) -> Page:
        """Fill in and send a form of a page."""
        return post(self.client, self.get(path), action=action, follow=True, **values)

    def again(self, page: Page, action: str = "", **values: str) -> Page:
        """Send a form of the page that was answered."""
        return post(self.client, page, action=action, follow=True, **values)


def rows(world: World, kind: type[Owned]) -> list[Any]:
    return world.do(lambda s: list(s.scalars(select(kind).order_by(kind.id))))


def count(world: World, kind: type[Owned]) -> int:
    return world.do(lambda s: s.scalar(select(func.count(kind.id))) or 0)


def codes(world: World) -> list[str]:
    """What the ledger says of the catalog."""
    entries = select(LedgerEntry.code).where(LedgerEntry.code.startswith("catalog."))
    return world.do(lambda s: list(s.scalars(entries.order_by(LedgerEntry.id))))


@pytest.fixture
def town(institution: World) -> World:
    furnish(institution)
    return institution


@pytest.fixture
def office(town: World) -> Office:
    add_staff(town, "A1", EDITS)
    return Office(town, "A1")
