"""Every error is a page: in the institution's look, in the reader's language, with a way on."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.core.errors import Busy, TooMany
from portal.web import guards
from portal.web.languages import LANGUAGES
from tests.support.pages import Page
from tests.support.walks import sign_in
from tests.support.world import World, add_staff, furnish

#: Status and headline of each page in the three languages.
HEADLINES = {
    400: ("這一頁開太久了", "这一页开太久了", "The page was open too long"),
    403: ("您的帳號不能做這件事", "您的账号不能做这件事", "Your account may not do this"),
    404: ("這裡沒有東西", "这里没有东西", "There is nothing here"),
    405: ("這裡沒有東西", "这里没有东西", "There is nothing here"),
    413: ("太大了", "太大了", "That was too large"),
    429: ("試太多次了", "试太多次了", "Too many attempts"),
    500: ("我們這邊出了問題", "我们这边出了问题", "Something went wrong on our side"),
    503: ("現在人很多", "现在人很多", "Very many people are here at once"),
}
#: What a page crashes with, and nobody may read.
SECRET = "王秘密 13812345678"
RAISED = {429: TooMany(retry_after=600), 503: Busy(), 500: RuntimeError(SECRET)}


@pytest.fixture
def failing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """The platform's and each institution's home page fail with ``status`` of this."""
    asked = {"status": 500}

    def fail(**_arguments: object) -> None:
        raise RAISED[asked["status"]]

    for path in ("/", "/qingxi/"):
        endpoint, _ = app.url_map.bind("").match(path)
        guard = guards.platform if path == "/" else guards.everyone
        monkeypatch.setitem(app.view_functions, endpoint, guard(fail))
    return asked


def provoke(client: FlaskClient, status: int, failing: dict[str, int]) -> TestResponse:
    """Have the institution answer with this status."""
    if status in RAISED:
        failing["status"] = status
        return client.get("/qingxi/")
    method, path, data = {
        400: ("POST", "/qingxi/find/", b"a=b"),
        403: ("GET", "/qingxi/work/today/", b""),
        404: ("GET", "/qingxi/nowhere/", b""),
        405: ("PUT", "/qingxi/find/", b""),
        413: ("POST", "/qingxi/find/", b"a" * 2_100_000),
    }[status]
    kind = "application/x-www-form-urlencoded"
    return client.open(path, method=method, data=data, content_type=kind)


def read(answer: TestResponse) -> tuple[str, str, str]:
    """Language, look and headline of a page."""
    text = answer.get_data(as_text=True)
    found = re.search(r'<html lang="([^"]+)"[^>]* data-house="([^"]+)"', text)
    headline = re.search(r"<h1>(.*?)</h1>", text)
    assert found
    assert headline
    return found[1], found[2], headline[1]


@pytest.mark.parametrize("status", HEADLINES)
def test_an_error_wears_the_institution_s_look_in_each_language(
    institution: World, client: FlaskClient, status: int, failing: dict[str, int]
) -> None:
    furnish(institution)
    add_staff(institution, "1001", [])
    browser = sign_in(institution, "1001") if status == 403 else client
    for language, headline in zip(LANGUAGES, HEADLINES[status], strict=True):
        browser.set_cookie("language", language.code)
        answer = provoke(browser, status, failing)
        assert answer.status_code == status
        assert read(answer) == (language.tag, "town", headline)
        text = answer.get_data(as_text=True)
        assert f'href="/{institution.slug}/"' in text
        assert answer.headers["X-Request-Id"] in text
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert ("Retry-After" in answer.headers) == (status in {429, 503})


def test_a_form_without_its_cookie_names_cookies_as_a_cause(
    institution: World, client: FlaskClient
) -> None:
    furnish(institution)
    page = Page(client.get("/qingxi/find/"))
    fields = {**page.form("reference")["fields"], "reference": "A123456", "contact": "x"}
    kept_out = institution.app.test_client(use_cookies=False)
    answer = kept_out.post("/qingxi/find/", data=fields, headers={"Accept-Language": "en"})
    assert answer.status_code == 400
    assert "allow cookies for this site" in answer.get_data(as_text=True)
    client.set_cookie("language", "en")
    answer = client.post("/qingxi/find/", data={**fields, "csrf_token": "old"})
    assert read(answer)[2] == "The page was open too long"
    assert "cookies" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("status", RAISED)
@pytest.mark.parametrize("language", range(3))
def test_the_platform_s_own_errors_speak_each_language(
    client: FlaskClient, status: int, language: int, failing: dict[str, int]
) -> None:
    failing["status"] = status
    client.set_cookie("language", LANGUAGES[language].code)
    answer = client.get("/")
    assert answer.status_code == status
    assert read(answer) == (LANGUAGES[language].tag, "portal", HEADLINES[status][language])
    assert answer.headers["X-Request-Id"] in answer.get_data(as_text=True)


@pytest.mark.parametrize("language", range(3))
@pytest.mark.parametrize("path", ["/nobody/", "/nobody/work/today/", "/static/none.css", "/a b/"])
def test_where_no_institution_is_the_platform_answers(
    client: FlaskClient, path: str, language: int
) -> None:
    client.set_cookie("language", LANGUAGES[language].code)
    answer = client.get(path)
    assert answer.status_code == 404
    assert read(answer) == (LANGUAGES[language].tag, "portal", HEADLINES[404][language])
    assert 'href="/"' in answer.get_data(as_text=True)


def test_a_crash_shows_its_number_and_nothing_of_its_cause(
    institution: World, client: FlaskClient, failing: dict[str, int]
) -> None:
    for path in ("/", "/qingxi/"):
        failing["status"] = 500
        answer = client.get(path)
        text = answer.get_data(as_text=True)
        assert answer.headers["X-Request-Id"] in text
        for secret in ("王秘密", "13812345678", "Traceback", "RuntimeError", ".py"):
            assert secret not in text, secret


def test_a_crash_of_the_error_page_itself_still_answers_in_all_languages(
    institution: World,
    client: FlaskClient,
    failing: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_arguments: object, **_named: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("portal.web.error_pages.render_template", fail)
    failing["status"] = 500
    answer = client.get("/qingxi/")
    assert answer.status_code == 500
    text = answer.get_data(as_text=True)
    for words in ("暫時打不開", "暂时打不开", "This page is not available"):
        assert words in text
    assert "王秘密" not in text


def test_a_head_request_gets_the_status_without_a_page(
    institution: World, client: FlaskClient
) -> None:
    answer = client.head("/qingxi/nowhere/")
    assert (answer.status_code, answer.data) == (404, b"")


def test_a_form_stuffed_with_fields_is_refused_before_it_is_taken_apart(
    institution: World, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []
    monkeypatch.setattr(
        "werkzeug.formparser.FormDataParser.parse", lambda *_args, **_named: taken.append("apart")
    )
    kind = "application/x-www-form-urlencoded"
    answer = client.post("/qingxi/find/", data=b"a=&" * 600_000, content_type=kind)
    assert answer.status_code == 413
    assert read(answer)[1] != "portal"
    assert taken == []


def test_a_page_does_not_repeat_an_address_stuffed_with_values(
    institution: World, client: FlaskClient
) -> None:
    plain = client.get("/qingxi/?a=b")
    assert b"?a=b&amp;language=en" in plain.data
    stuffed = client.get("/qingxi/?" + "a=b&" * 5000)
    assert stuffed.status_code == 200
    assert len(stuffed.data) <= len(plain.data)
    assert client.get("/qingxi/?language=en&" + "a=b&" * 5000).location == "/qingxi/"
