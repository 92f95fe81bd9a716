"""A furnished town whose administrator of hours has signed in."""

import pytest
from flask.testing import FlaskClient

from tests.support.pages import Page, post
from tests.support.world import PASSWORD, World, add_staff, furnish


class Hours:
    """The administrator's browser, on the pages of opening hours."""

    def __init__(self, world: World) -> None:
        self.world, self.client = world, world.client()

    def address(self, path: str) -> str:
        return f"/{self.world.slug}/admin/hours/{path}"

    def get(self, path: str = "", language: str = "en") -> Page:
        self.client.set_cookie("language", language, path="/")
        return Page(self.client.get(self.address(path)))

    def send(self, path: str, **values: str) -> Page:
        """Fill in and send the form of a page."""
        return self.again(self.get(path), **values)

    def again(self, page: Page, **values: str) -> Page:
        """Send the form of the page that was answered."""
        return post(self.client, page, follow=True, action="", **values)


def sign_in(client: FlaskClient, world: World, number: str) -> None:
    page = Page(client.get(f"/{world.slug}/work/sign-in/"))
    answer = post(client, page, number=number, password=PASSWORD, follow=False)
    assert answer.status == 303, answer.text


@pytest.fixture
def town(institution: World) -> World:
    furnish(institution)
    return institution


@pytest.fixture
def hours(town: World) -> Hours:
    add_staff(town, "H1", ["calendar.hours.edit"])
    browser = Hours(town)
    sign_in(browser.client, town, "H1")
    return browser
