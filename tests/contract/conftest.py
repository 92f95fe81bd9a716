"""Two inhabited institutions side by side on each kind of database, made once and gone back to."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.support.applications import DATABASES, TestDatabase
from tests.support.inhabited import Inhabited
from tests.support.inhabiting import inhabit

#: Pages of whoever serves at a post, which no permission opens.
OF_A_CLERK = {
    *(f"duty.{name}" for name in ("away", "back", "cover", "out", "second", "sign_in")),
    "statements.sign",
}


@dataclass
class Neighbours:
    """An institution and the one next door."""

    #: Which database it is.
    kind: str
    database: TestDatabase
    here: Inhabited
    there: Inhabited

    @property
    def app(self) -> Flask:
        """The application that serves both."""
        return self.database.app

    def audience(self, rule: Rule) -> str:
        """Whom the endpoint of an address is for, as it declares."""
        access = vars(self.app.view_functions[rule.endpoint])["access"]
        return str(access.audience)

    def opener(self, rule: Rule) -> str:
        """Who may open what everybody, staff or a citizen may; a post is its clerk's."""
        if rule.endpoint in OF_A_CLERK:
            return "member without permission"
        return "citizen" if self.audience(rule) == "citizen" else "administrator"

    def keep(self) -> None:
        """Keep everything as it is, down to the cookies of the browsers."""
        self.database.keep_as("inhabited")
        for own in (self.here, self.there):
            own.keep_cookies()

    def restore(self) -> None:
        """Have everything as it was in the beginning."""
        self.database.go_back_to("inhabited")
        for own in (self.here, self.there):
            own.restore_cookies()


@pytest.fixture(scope="session")
def settled() -> dict[str, Neighbours]:
    """The neighbours that stand already, by kind of database."""
    return {}


@pytest.fixture(params=DATABASES)
def neighbours(
    request: pytest.FixtureRequest, settled: dict[str, Neighbours]
) -> Iterator[Neighbours]:
    """Both institutions with one of everything; every page they answer is inspected."""
    database: TestDatabase = request.getfixturevalue(f"{request.param}_database")
    if request.param in settled:
        settled[request.param].restore()
    else:
        database.renew()
        here = inhabit(database.app)
        there = inhabit(database.app, "linjiang", house="hospital")
        settled[request.param] = Neighbours(request.param, database, here, there)
        settled[request.param].keep()
    database.faults.clear()
    yield settled[request.param]
    assert database.faults == []
