"""One-time notices over their pages: chosen, given, printed, taken in, demanded beyond, refused."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.catalog.models import Service
from portal.matters.notice_models import FaultSignal, Notice
from portal.matters.queries import matter_token
from portal.matters.rules import State
from tests.support.matters import BRINGER, Office
from tests.support.notices import APPLICATION, Counter, stock
from tests.support.pages import Page, post
from tests.support.walks import sign_in
from tests.support.world import World, add_staff


@pytest.fixture
def counter(office: Office) -> Counter:
    return stock(office)


@pytest.fixture
def matter(counter: Counter) -> int:
    return counter.office.open(APPLICATION, BRINGER)


def english(world: World, number: str) -> FlaskClient:
    """Somebody who signed in, and reads English."""
    client = sign_in(world, number)
    client.set_cookie("language", "en", path="/")
    return client


def boxes(page: Page, kind: str) -> list[str]:
    """The names of the boxes of a kind, in order."""
    return [name for form in page.forms for name in form["fields"] if name.startswith(kind)]


def test_over_its_pages_told_at_once_taken_in_and_complete(counter: Counter, matter: int) -> None:
    world = counter.office.world
    clerk = english(world, "11")
    at = f"/{world.slug}/work/matters/{matter}/"
    page = Page(clerk.get(at))
    assert f"{at}notices/" in page.text
    chosen = Page(clerk.get(f"{at}notices/"))
    service = world.do(lambda s: s.scalars(select(Service.id)).one())
    assert f"{at}notices/of/{service}/" in chosen.text
    assert "生育登記" in chosen.text or "Birth registration" in chosen.text
    page = Page(clerk.get(f"{at}notices/of/{service}/"))
    assert "原件看後退還" in page.text
    book, photos = boxes(page, "copies")
    original = book.replace("copies", "originals")
    assert page.values(original) == ["y"]
    wrong: dict[str, Any] = {original: "y", book: "1", photos: "3"}
    page = post(clerk, page, **wrong)
    assert page.status == 422
    assert "Write a number from 0 to 2." in page.text
    right: dict[str, Any] = {photos: "1"}
    page = post(clerk, page, **right)
    assert page.status == 200
    assert "1 of 2 papers are here" in page.text
    given = page.path
    # Asked for once more it is the same one.
    again = clerk.get(f"{at}notices/of/{service}/")
    assert again.headers["Location"] == given
    [left] = boxes(page, "copies")
    last: dict[str, Any] = {left: "1"}
    page = post(clerk, page, **last)
    assert "The papers are complete." in page.text
    assert boxes(page, "copies") == []
    sheet = Page(clerk.get(f"{given}paper/"))
    assert "M-N-2026-00001" in sheet.text
    assert "張○華" in sheet.text
    assert "張麗華" not in sheet.text
    assert "<svg" in sheet.text


def test_the_person_reads_it_on_the_own_page_and_prints_it(
    counter: Counter, matter: int, client: FlaskClient
) -> None:
    given = counter.give(matter)
    world = counter.office.world
    token = world.do(lambda _session: matter_token("Q-2026-00001"))
    client.set_cookie("language", "en", path="/")
    own = Page(client.get(f"/{world.slug}/m/Q-2026-00001/{token}/"))
    assert "0 of 2 papers are here" in own.text
    assert "戶口簿" in own.text or "Household book" in own.text
    address = f"/{world.slug}/m/Q-2026-00001/{token}/notices/{given}/"
    assert address in own.text
    assert "Q-N-2026-00001" in Page(client.get(address)).text
    other = counter.office.open(APPLICATION, BRINGER)
    theirs = counter.give(other)
    assert client.get(address.replace(f"/{given}/", f"/{theirs}/")).status_code == 404


def test_the_page_warns_before_a_demand_and_the_person_reads_of_it(
    counter: Counter, matter: int, client: FlaskClient
) -> None:
    world = counter.office.world
    clerk = english(world, "11")
    at = f"/{world.slug}/work/matters/{matter}/notices/{counter.give(matter)}/"
    page = Page(clerk.get(f"{at}demand/"))
    assert "Asking for it is recorded with your name" in page.text
    refused = post(clerk, page, paper="無犯罪證明")
    assert refused.status == 422
    assert "Write the reason in words." in refused.text
    page = post(clerk, refused, words="上級要求", paper="無犯罪證明")
    assert "Whoever oversees is told." in page.text
    token = world.do(lambda _session: matter_token("Q-2026-00001"))
    own = Page(client.get(f"/{world.slug}/m/Q-2026-00001/{token}/"))
    assert "無犯罪證明" in own.text
    assert "上級要求" in own.text


def test_of_a_complete_file_the_attempt_is_stopped_and_only_staff_read_of_it(
    counter: Counter, matter: int, client: FlaskClient
) -> None:
    world = counter.office.world
    clerk = english(world, "11")
    at = f"/{world.slug}/work/matters/{matter}/notices/{counter.complete(matter)}/"
    page = Page(clerk.get(f"{at}demand/"))
    assert "The papers are complete. Nothing more may be asked for." in page.text
    page = post(clerk, page, words="上級要求", paper="無犯罪證明")
    assert "nothing was asked for. It is recorded." in page.text
    assert world.do(lambda s: s.scalars(select(FaultSignal.is_stopped)).all()) == [True]
    token = world.do(lambda _session: matter_token("Q-2026-00001"))
    own = Page(client.get(f"/{world.slug}/m/Q-2026-00001/{token}/"))
    assert "無犯罪證明" not in own.text
    assert "asked for more" not in own.text
    assert "無犯罪證明" in Page(clerk.get(f"/{world.slug}/work/matters/{matter}/")).text


def test_sent_back_with_what_is_missing_and_refused_by_article(
    counter: Counter, matter: int, client: FlaskClient
) -> None:
    office, world = counter.office, counter.office.world
    office.bring_to(State.IN_PROGRESS, matter)
    head = english(world, "12")
    at = f"/{world.slug}/work/matters/{matter}/notices/{counter.give(matter)}/"
    page = Page(head.get(f"{at}send-back/"))
    assert "照片" in page.text
    post(head, page)
    assert office.read(matter).state == State.WAITING
    page = Page(head.get(f"/{world.slug}/work/matters/{matter}/"))
    post(head, page, action="/press/resume/")
    page = post(head, Page(head.get(f"{at}refuse/")), words="不在本鎮居住")
    assert page.status == 422
    assert "Write the article that the refusal rests on." in page.text
    post(head, page, words="不在本鎮居住", article="第十條")
    assert office.read(matter).state == State.DONE
    token = world.do(lambda _session: matter_token("Q-2026-00001"))
    address = f"/{world.slug}/m/Q-2026-00001/{token}/"
    assert "第十條" not in Page(client.get(address)).text
    # The person reads of it once whoever was asked first has told it.
    office.bring_to(State.TOLD, matter)
    assert "第十條" in Page(client.get(address)).text


def test_who_has_no_part_in_it_finds_nothing(counter: Counter, matter: int) -> None:
    world = counter.office.world
    given = counter.give(matter)
    stranger = sign_in(world, "13")
    add_staff(world, "51", ["matters.matter.see"])
    onlooker = sign_in(world, "51")
    at = f"/{world.slug}/work/matters/{matter}/notices/"
    service = world.do(lambda s: s.scalars(select(Notice.service_id)).one())
    for path in ("", f"of/{service}/", f"{given}/", f"{given}/paper/", f"{given}/demand/"):
        assert stranger.get(at + path).status_code == 404
        seen = 200 if path in (f"{given}/", f"{given}/paper/") else 404
        assert onlooker.get(at + path).status_code == seen, path
    for path in ("send-back/", "refuse/"):
        assert onlooker.get(f"{at}{given}/{path}").status_code == 404


def test_fault_signals_are_for_whoever_oversees_and_had_no_part_in_them(
    counter: Counter, matter: int
) -> None:
    world = counter.office.world
    signal_id = counter.demand(counter.give(matter), "無犯罪證明")
    add_staff(world, "91", ["alarms.alarm.oversee"])
    overseer = english(world, "91")
    assert sign_in(world, "11").get(f"/{world.slug}/work/signals/").status_code == 403
    page = Page(overseer.get(f"/{world.slug}/work/signals/"))
    assert "無犯罪證明" in page.text
    page = Page(overseer.get(f"/{world.slug}/work/signals/{signal_id}/"))
    assert "上級要求" in page.text
    page = post(overseer, page, words="已談話，撤回要求")
    assert "Nobody is reminded of it any more." in page.text
    assert "已談話" in page.text
    page = Page(overseer.get(f"/{world.slug}/work/signals/"))
    assert "No fault signal waits." in page.text
    assert overseer.get(f"/{world.slug}/work/signals/999/").status_code == 404
