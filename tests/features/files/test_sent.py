"""A form with files, and files on their way back to a browser."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask, Response, g, render_template_string, url_for
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from werkzeug.test import TestResponse, encode_multipart

from portal import app as assembling
from portal.app import create_app
from portal.core.clock import Clock
from portal.core.config import Environment, read_config
from portal.core.migrating import upgrade
from portal.core.runtime import runtime
from portal.core.session import db
from portal.core.shelf import shelf_of
from portal.files.beforehand import check_sent
from portal.files.forms import PhotosField
from portal.files.queries import get_attachment, list_attachments
from portal.files.rules import MOST_BYTES, MOST_FILES, MOST_TOGETHER
from portal.files.sending import send
from portal.files.services import attach
from portal.web import guards
from portal.web.feature import Feature
from portal.web.forms import Form, form_page, landing_on
from portal.web.requests import takes_files
from tests.support.attaching import paper, photo, sent
from tests.support.pages import Page
from tests.support.world import MONDAY, World, make_institution

SUBJECT = ("probe", 1)
NUMBERS = count(1)
TEMPLATE = """
{% extends "layouts/public.html" %}
{% from "components/error_summary.html" import error_summary %}
{% from "components/files.html" import attached, files_field %}
{% from "components/form.html" import post_form %}
{% from "components/button.html" import button %}
{% block title %}x{% endblock %}
{% block content %}{{ error_summary(form) }}<h1>x</h1>
{% call post_form(form, upload=true) %}{{ files_field(form.photos, again=form.is_refused) }}
{{ button("x") }}{% endcall %}{{ attached(files) }}{% endblock %}
"""


class ProbeForm(Form):
    photos = PhotosField("Photos", needed="Choose a photo.")


def make_pages() -> Blueprint:
    """The pages that a feature with files would have."""
    pages = Blueprint("probe", __name__, url_prefix="/probe")

    @pages.before_request
    def look_beforehand() -> None:
        check_sent("photos")

    @pages.route("/", methods=["GET", "POST"])
    @guards.everyone
    @takes_files(MOST_TOGETHER)
    def index() -> ResponseReturnValue:
        form = ProbeForm()
        if form.validate_on_submit():
            with landing_on(form):
                attach(
                    db.session(),
                    subject=SUBJECT,
                    files=form.photos.data,
                    actor=guards.current_actor(),
                    now=g.now,
                    field="photos",
                )
                return Response(status=303, headers={"Location": url_for(".index")})
        rows = list_attachments(db.session(), SUBJECT)
        files = [(row, url_for(".file", number=row.id)) for row in rows]
        page = render_template_string(TEMPLATE, form=form, files=files)
        return page, 422 if form.is_refused else 200

    @pages.get("/<int:number>/")
    @guards.everyone
    def file(number: int) -> ResponseReturnValue:
        return send(get_attachment(db.session(), SUBJECT, number))

    @pages.post("/plain/")
    @guards.everyone
    def plain() -> ResponseReturnValue:
        return form_page("errors/error.html", ProbeForm())

    return pages


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A portal that has such a feature."""
    probe = Feature(name="probe", blueprints=(make_pages(),))
    folder = tmp_path_factory.mktemp("files")
    config = read_config(
        {}, environment=Environment.TEST, var=folder, secret_key="tests-only", log_level="ERROR"
    )
    upgrade(config)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(assembling, "FEATURES", (*assembling.FEATURES, probe))
        app = create_app(config, clock=Clock(source=lambda: MONDAY))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def world(portal: Flask) -> World:
    """An institution of its own for every test."""
    return make_institution(portal, f"town-{next(NUMBERS)}")


@dataclass
class Browser:
    """A browser in the institution."""

    world: World
    client: FlaskClient

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"/{self.world.slug}/probe/{path}", follow_redirects=True)

    def post(self, path: str, body: bytes, kind: str) -> TestResponse:
        return self.client.post(f"/{self.world.slug}/probe/{path}", data=body, content_type=kind)

    def send(self, path: str, boxes: dict[str, Any]) -> TestResponse:
        """Send a form with files; encoded here, for the client would leave its draft open."""
        boundary, body = encode_multipart(boxes)
        return self.post(path, body, f"multipart/form-data; boundary={boundary}")

    def get_file(self, position: int) -> TestResponse:
        rows = self.world.do(lambda session: list_attachments(session, SUBJECT))
        return self.get(f"{rows[position - 1].id}/")


@pytest.fixture
def browser(world: World) -> Browser:
    return Browser(world, world.client())


def files_of(world: World) -> list[Path]:
    """What lies on the shelf of an institution."""
    with world.app.app_context():
        shelf = shelf_of(runtime().config, world.id)
    return [shelf.path(name) for name in shelf.list_names()]


def submit(browser: Browser, *files: tuple[bytes, str]) -> Page:
    """Open the form and send it with files."""
    page = Page(browser.get("?language=en"))
    assert page.status == 200, page.text
    boxes = page.form()["fields"]
    boxes["photos"] = [sent(content, name) for content, name in files]
    return Page(browser.send("", boxes))


def test_files_of_a_form_are_kept_and_shown(browser: Browser) -> None:
    assert submit(browser, (photo(), "門口.jpg"), (paper(), "表 1.pdf")).status == 303
    page = Page(browser.get(""))
    assert "門口.jpg" in page.text
    assert 'type="file"' in page.text
    assert "multiple" in page.text
    assert 'accept="image/jpeg,image/png,image/webp,application/pdf"' in page.text
    assert page.text.count("<img") == 1
    assert page.text.count(" download>") == 1


def test_a_photo_is_shown_and_a_paper_only_saved_and_neither_can_do_anything(
    browser: Browser,
) -> None:
    submit(browser, (photo(), '門"口\r\n.html.jpg'), (paper(), "表 1;a.pdf"))
    shown, saved = browser.get_file(1), browser.get_file(2)
    assert shown.status_code == saved.status_code == 200
    assert shown.mimetype == "image/jpeg"
    assert saved.mimetype == "application/pdf"
    assert saved.data == paper()
    # The client in between takes the quotation mark away.
    assert shown.headers["Content-Disposition"].startswith(
        "inline; filename=\"1.jpg\"; filename*=UTF-8''%E9%96%80"
    )
    assert saved.headers["Content-Disposition"] == (
        "attachment; filename=\"2.pdf\"; filename*=UTF-8''%E8%A1%A8%201%3Ba.pdf"
    )
    for answer in (shown, saved):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "sandbox" in policy
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.headers.getlist("Content-Security-Policy") == [policy]


def test_an_error_names_the_file_that_is_wrong_and_nothing_is_kept(
    browser: Browser, world: World
) -> None:
    page = submit(browser, (photo(), "good.jpg"), (b"<svg>", "a<b>.svg"), (b"", "none.png"))
    assert page.status == 422
    assert "“a&lt;b&gt;.svg” is neither a photo" in page.text
    assert "“none.png” is empty" in page.text
    assert "“good.jpg”" not in page.text
    assert "your browser has forgotten them" in page.text
    assert 'aria-invalid="true"' in page.text
    assert world.do(lambda session: list_attachments(session, SUBJECT)) == []
    assert files_of(world) == []


def test_no_file_at_all_is_asked_for(browser: Browser) -> None:
    page = submit(browser)
    assert page.status == 422
    assert "Choose a photo." in page.text


def test_too_many_files_are_refused_before_any_is_opened(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object) -> None:
        raise AssertionError("it was opened")

    monkeypatch.setattr("portal.files.beforehand.check_upload", explode)
    page = submit(browser, *[(b"x", f"{n}.jpg") for n in range(MOST_FILES + 1)])
    assert page.status == 422
    assert "At most 6 files" in page.text


def test_files_beyond_what_a_thing_may_have_land_on_the_form(browser: Browser) -> None:
    for _ in range(2):
        assert submit(browser, *[(photo(), f"{n}.jpg") for n in range(3)]).status == 303
    page = submit(browser, (photo(), "seventh.jpg"))
    assert page.status == 422
    assert "At most 6 files" in page.text


def test_only_the_page_that_takes_files_takes_large_ones(browser: Browser) -> None:
    padding = b"\0" * (MOST_BYTES - 2_000_000)
    assert submit(browser, *[(photo() + padding, f"{n}.jpg") for n in range(3)]).status == 303
    large, too_large = sent(b"\0" * 3_000_000), sent(b"\0" * (MOST_TOGETHER + 1))
    assert browser.send("plain/", {"photos": large}).status_code == 413
    assert browser.send("", {"photos": too_large}).status_code == 413
    words, kind = b"a=" + b"x" * 3_000_000, "application/x-www-form-urlencoded"
    assert browser.post("", words, kind).status_code == 413


def test_a_file_of_nothing_is_not_there(browser: Browser) -> None:
    assert browser.get("99/").status_code == 404


def test_a_file_that_left_the_disk_is_not_there(browser: Browser, world: World) -> None:
    submit(browser, (photo(), "a.jpg"))
    [file] = files_of(world)
    file.unlink()
    answer = browser.get_file(1)
    assert answer.status_code == 404
    assert "no longer kept" in answer.text
