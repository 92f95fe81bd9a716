"""Institutions founded from profiles by the command, and their administrators' browsers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient

from portal.founding.commands import institution_commands
from portal.tenancy.queries import find_tenant
from tests.support.pages import Page, post
from tests.support.profiles import LIBRARY
from tests.support.world import PASSWORD, World, add_staff

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Run:
    """``portal institution …`` with these words."""

    def invoke(*words: str | Path, group: click.Group = institution_commands) -> Result:
        return app.test_cli_runner().invoke(group, [str(word) for word in words])

    return invoke


@pytest.fixture
def library(app: Flask, run: Run) -> World:
    """The library, founded from its file alone."""
    result = run("create", "--profile", LIBRARY, "--slug", "yuehe")
    assert result.exit_code == 0, result.output
    return world_of(app, "yuehe")


def world_of(app: Flask, slug: str) -> World:
    """The way into an institution that stands."""
    with app.app_context():
        tenant = find_tenant(slug)
    assert tenant is not None
    return World(app, tenant.id, slug)


class Office:
    """An administrator's browser on the pages of the institution."""

    def __init__(self, world: World, client: FlaskClient) -> None:
        self.world, self.client = world, client

    def get(self, path: str = "") -> Page:
        return Page(self.client.get(f"/{self.world.slug}/admin/institution/{path}"))

    def send(self, path: str, **values: str) -> Page:
        """Fill in and send the form of a page."""
        return self.again(self.get(path), **values)

    def again(self, page: Page, **values: str) -> Page:
        named: dict[str, Any] = {name.replace("__", "-"): value for name, value in values.items()}
        return post(self.client, page, **named)

    def home(self) -> Page:
        return Page(self.client.get(f"/{self.world.slug}/"))


@pytest.fixture
def office(library: World) -> Office:
    """The library's administrator at work, reading English."""
    return open_office(library)


def open_office(
    world: World, number: str = "L1", permission: str = "tenancy.settings.edit"
) -> Office:
    """A browser in which somebody with a permission has signed in."""
    add_staff(world, number, [permission])
    client = world.client()
    client.set_cookie("language", "en", path="/")
    page = Page(client.get(f"/{world.slug}/work/sign-in/"))
    answer = post(client, page, number=number, password=PASSWORD, follow=False)
    assert answer.status == 303, answer.text
    return Office(world, client)
