"""An institution is a file: checked, made as a whole, and open at once."""

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.catalog.models import Fee, Offering, Post, Service
from portal.core.ledger import LedgerEntry
from portal.core.session import db, founding_scope
from portal.core.tenant import ScopeError
from portal.founding import making
from portal.identity.models import Role, Staff, Unit
from portal.tenancy.models import Institution
from tests.features.tenancy.conftest import Run, world_of
from tests.support.pages import Page, post
from tests.support.profiles import LIBRARY, NAMES, changed
from tests.support.world import MONDAY, World


def institutions(app: Flask) -> int:
    with app.app_context(), db.engine.connect() as connection:
        return connection.scalar(select(func.count(Institution.id))) or 0


@pytest.mark.parametrize("name", NAMES)
def test_an_institution_comes_from_a_profile_with_all_it_needs(
    app: Flask, run: Run, name: str
) -> None:
    result = run("create", "--profile", name, "--slug", "here")
    assert result.exit_code == 0, result.output
    world = world_of(app, "here")

    def count(session: Session) -> list[int]:
        kinds = (Unit, Role, Post, Service, Offering, Staff)
        return [session.scalar(select(func.count(kind.id))) or 0 for kind in kinds]

    units, roles, posts, services, offers, staff = world.do(count)
    assert units >= 3
    assert (roles, staff) == (4, 1)
    assert posts >= 4
    assert services >= 5
    assert offers >= services
    codes = world.do(lambda s: list(s.scalars(select(LedgerEntry.code))))
    assert {"tenancy.settings.changed", "tenancy.profile.applied", "identity.staff.added"} <= {
        *codes
    }


@pytest.mark.parametrize("name", NAMES)
def test_its_pages_open_at_once(app: Flask, run: Run, name: str) -> None:
    run("create", "--profile", name, "--slug", "here")
    world = world_of(app, "here")
    world.publish()
    with app.app_context():
        profile = making.load_profile(name)
    code = profile.parts["service"][0].code
    client = world.client()
    for path in ("", "services/", f"services/{code}/", "book/", f"book/{code}/time/"):
        page = Page(client.get(f"/here/{path}"))
        assert page.status == 200, (path, page.text[:3000])
    assert profile.head.name["zh_Hant"] in Page(client.get("/here/")).text


def test_a_library_needs_its_file_and_no_code(library: World, run: Run) -> None:
    assert run("check", LIBRARY).output == "The profile is right.\n"
    library.publish()
    client = library.client()
    home = Page(client.get("/yuehe/"))
    assert home.status == 200
    assert "月河圖書館" in home.text
    assert "想讀的書" in home.text
    assert 'data-house="plum"' in home.text
    service = Page(client.get("/yuehe/services/card/"))
    assert "辦讀者證" in service.text
    assert Page(client.get("/yuehe/book/rare-books/time/")).values("slot")
    fee = library.do(lambda session: session.scalars(select(Fee.amount)).one())
    assert fee == 10


def test_the_first_administrator_signs_in_and_must_choose_a_password(app: Flask, run: Run) -> None:
    result = run("create", "--profile", LIBRARY, "--slug", "yuehe")
    password = re.search(r"changed at once: (\S+)", result.output)
    assert password
    client = app.test_client()
    page = Page(client.get("/yuehe/work/sign-in/"))
    answer = post(client, page, number="admin", password=password[1])
    assert answer.status == 200
    assert "first-password" in answer.path


def test_another_name_may_be_given(app: Flask, run: Run) -> None:
    run("create", "--profile", LIBRARY, "--slug", "east", "--name", "東門圖書館")
    page = Page(app.test_client().get("/east/?language=zh_Hans", follow_redirects=True))
    assert "东门图书馆" in page.text


@pytest.mark.parametrize("slug", ["", "static", "healthz", "A", "a b", "a/b", "é", "-a", "a" * 41])
def test_an_address_that_cannot_be_one_is_refused(app: Flask, run: Run, slug: str) -> None:
    result = run("create", "--profile", LIBRARY, "--slug", slug)
    assert result.exit_code == 1
    assert "small letters" in result.output
    assert institutions(app) == 0


def test_an_address_is_given_once(app: Flask, library: World, run: Run) -> None:
    result = run("create", "--profile", "township", "--slug", library.slug)
    assert result.exit_code == 1
    assert "Another institution has this address." in result.output
    assert institutions(app) == 1


def test_a_wrong_profile_makes_nothing(app: Flask, run: Run, tmp_path: Path) -> None:
    path = changed(tmp_path, ("capacity = 2", "capacity = 0"), ('"plum"', '"red"'))
    for words in (("check", path), ("create", "--profile", path, "--slug", "yuehe")):
        result = run(*words)
        assert result.exit_code == 1
        assert "changed.toml: line 6: institution.house" in result.output
        assert "2 problems." in result.output
    assert institutions(app) == 0


def test_what_fails_half_way_leaves_nothing_behind(app: Flask) -> None:
    def fail(session: Session) -> None:
        assert session.scalar(select(func.count(Unit.id)))
        raise RuntimeError("the lamp fell over")

    with app.app_context():
        profile = making.load_profile(str(LIBRARY))
        with pytest.raises(RuntimeError):
            making.found_institution(profile, slug="yuehe", now=MONDAY, furnish=fail)
        db.session.remove()
    assert institutions(app) == 0


def test_the_founding_scope_is_for_the_transaction_that_made_the_institution(
    library: World,
) -> None:
    with library.session() as session, pytest.raises(ScopeError):
        founding_scope(session, library.id).__enter__()


def test_the_list_names_all(run: Run, library: World) -> None:
    run("create", "--profile", "property", "--slug", "sunshine")
    lines = run("list").output.splitlines()
    assert [line.split() for line in lines] == [
        ["sunshine", "property", "陽光家園"],
        ["yuehe", "library", "月河圖書館"],
    ]
