"""Pages without an institution: the doors, and what machines ask."""

from contextlib import closing
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient

from portal.core.session import db
from portal.core.unit import run_unit
from portal.core.worker import WorkerBeat
from tests.features.tenancy.conftest import Run
from tests.support.pages import Page
from tests.support.world import MONDAY, World


def beat(app: Flask) -> None:
    """A worker was here."""
    with app.app_context(), closing(db.session()) as session:
        run_unit(session, lambda: session.merge(WorkerBeat(name="w", seen_at=MONDAY)))


def test_there_is_a_door_to_each_institution(run: Run, client: FlaskClient) -> None:
    for name, slug in (("property", "sunshine"), ("outpatient", "linjiang")):
        run("create", "--profile", name, "--slug", slug)
    page = Page(client.get("/"))
    assert page.status == 200
    assert 'href="/sunshine/"' in page.text
    assert 'href="/linjiang/"' in page.text
    assert 'data-house="hospital"' in page.text
    assert "臨江縣人民醫院" in page.text
    client.set_cookie("language", "en", path="/")
    assert "Linjiang County Hospital" in Page(client.get("/")).text


def test_without_institutions_the_page_says_so(client: FlaskClient) -> None:
    client.set_cookie("language", "en", path="/")
    assert "No institution has been set up yet." in Page(client.get("/")).text


def test_the_process_answers(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}


def test_readiness_names_what_is_missing(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["reasons"] == ["no worker was seen in the last two minutes"]
    beat(app)
    assert client.get("/readyz").status_code == 200


def test_a_worker_that_fell_silent_is_missed(institution: World, client: FlaskClient) -> None:
    beat(institution.app)
    institution.wait(minutes=2, seconds=1)
    assert client.get("/readyz").status_code == 503
    assert institution.now - MONDAY > timedelta(minutes=2)


def test_robots_are_kept_from_bookings_and_staff(client: FlaskClient) -> None:
    text = client.get("/robots.txt").get_data(as_text=True)
    assert "Disallow: /*/b/" in text
    assert "Disallow: /*/work/" in text


def test_an_unknown_institution_is_not_there(institution: World, client: FlaskClient) -> None:
    assert client.get("/nowhere/").status_code == 404
    assert client.get("/qingxi/nothing/").status_code == 404
    assert "青溪鎮" in client.get("/qingxi/nothing/").get_data(as_text=True)
