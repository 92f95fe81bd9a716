"""Whoever opens whichever page with whatever question: nothing is written, and nothing breaks."""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask, g
from sqlalchemy.exc import DatabaseError

from portal.core.session import db
from portal.identity.models import Unit
from portal.web import guards
from tests.contract.conftest import Neighbours
from tests.support.changes import Changes, watch_changes
from tests.support.inhabited import own_rules

#: What pages read from their addresses; a test compares this with what the source asks for.
ASKED = (
    "by",
    "day",
    "figure",
    "from",
    "hops",
    "hour",
    "left",
    "month",
    "new",
    "next",
    "notice",
    "page",
    "post",
    "priority",
    "q",
    "reference",
    "said",
    "show",
    "state",
    "tab",
    "unit",
    "until",
    "who",
    "why",
)
HOSTILE = (
    "-1",
    "0",
    str(10**30),
    "１２",
    "1e5",
    "2026-02-30",
    "9999-12-31",
    "//elsewhere.example/",
    "<script>alert(1)</script>'\"",
    "\x00\u202e=1+1😀",
    "長" * 300,
)


#: Pages that write down who looked, once they are answered, and nothing else.
NOTED = frozenset(
    {"matters.show", "matters.slip", "matters.own_page", "matters.photo", "matters.notice_paper"}
    | {"intake.read_back", "assistance.show"}
    | {"books.duty", "books.complaints", "books.first_asked"}
    | {"handover.book", "handover.book_pdf"}
)


def written(changes: Changes, endpoint: str) -> list[str]:
    """The tables that opening a page has written to, and may not."""
    allowed = {"access_log"} if endpoint in NOTED else set()
    found = [table for table in changes.sent if table not in allowed]
    changes.clear()
    return found


def test_every_question_that_pages_ask_of_an_address_is_known() -> None:
    asking = re.compile(r"request\.(?:args|values)\.get\(\s*\"(\w+)\"")
    source = "".join(path.read_text(encoding="utf-8") for path in Path("portal").rglob("*.py"))
    assert sorted(set(asking.findall(source))) == list(ASKED)


def test_no_person_changes_anything_by_opening_a_page(neighbours: Neighbours) -> None:
    here = neighbours.here
    with watch_changes(neighbours.app) as changes:
        for who, client in here.people.items():
            for rule in own_rules(neighbours.app):
                if "GET" not in (rule.methods or ()):
                    continue
                answer = client.get(here.address(rule))
                assert answer.status_code < 500, (who, rule.endpoint)
                assert written(changes, rule.endpoint) == [], (who, rule.endpoint)
        for address in ("/", "/healthz", "/readyz", "/robots.txt", "/nobody/"):
            assert here.people["stranger"].get(address).status_code in {200, 404, 503}
            assert changes.sent == [], address


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_question_in_an_address_breaks_or_changes_anything(
    neighbours: Neighbours, hostile: str
) -> None:
    here = neighbours.here
    question = urlencode([*((name, hostile) for name in ASKED), ("page", "2"), ("day", hostile)])
    with watch_changes(neighbours.app) as changes:
        for rule in own_rules(neighbours.app):
            if "GET" not in (rule.methods or ()):
                continue
            address = f"{here.address(rule)}?{question}"
            access = vars(neighbours.app.view_functions[rule.endpoint])["access"]
            is_staff = access.audience in {"staff", "permission"}
            who = neighbours.opener(rule) if is_staff else "citizen with a kept time"
            answer = here.people[who].get(address)
            assert answer.status_code in {200, 303, 403, 404, 410}, (who, address)
            assert "elsewhere" not in answer.headers.get("Location", "").partition("?")[0]
            assert hostile.encode() not in answer.data or "<" not in hostile, (who, address)
            assert written(changes, rule.endpoint) == [], (who, address)


def test_a_number_that_no_database_holds_leads_nowhere(neighbours: Neighbours) -> None:
    here = neighbours.here
    for rule in own_rules(neighbours.app):
        for name in rule.arguments:
            if not name.endswith("_id"):
                continue
            person = here.people[neighbours.opener(rule)]
            answer = person.get(here.address(rule, **{name: 10**30}))
            assert answer.status_code in {404, 405}, rule.endpoint


@pytest.mark.parametrize("hostile", ["\x00", "\x00'--", "<b>", "長" * 2000, "a/../b", "%2e%2e"])
def test_no_word_in_an_address_breaks_anything(neighbours: Neighbours, hostile: str) -> None:
    here = neighbours.here
    for rule in own_rules(neighbours.app):
        for name in rule.arguments - {"slug"}:
            if name.endswith("_id") or name in {"number", "way", "ending"}:
                continue
            for method in {"GET", "HEAD"} & set(rule.methods or ()):
                address = here.address(rule, **{name: hostile})
                answer = here.people[neighbours.opener(rule)].open(address, method=method)
                assert answer.status_code == 404, (address, answer.status_code)


def test_a_page_that_tries_to_write_fails(neighbours: Neighbours) -> None:
    """The transaction of a page cannot write, whatever its view does."""
    app: Flask = neighbours.app

    @guards.everyone
    def writes() -> str:
        db.session.query(Unit).update({"position": 7})
        return "written"

    with app.test_request_context(f"/{neighbours.here.world.slug}/"):
        app.preprocess_request()
        assert g.institution.slug == neighbours.here.world.slug
        with pytest.raises(DatabaseError, match=r"read-?only"):
            writes()
