"""Everyone reads in the language they chose, wherever the sentence is written."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from babel.messages.pofile import read_po
from flask import Flask, g, render_template_string
from flask.testing import FlaskClient
from flask_babel import get_timezone, gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.test import TestResponse
from wtforms import StringField, i18n
from wtforms.validators import DataRequired, Length

from portal.web import validation_words
from portal.web.catalogs import Library, compile_catalogs, fill
from portal.web.formats import init_formats
from portal.web.languages import (
    LANGUAGES,
    LOOKS,
    current_language,
    in_language,
    init_languages,
    language_tag,
    page_links,
    preference,
)

HELLO = "Hello"
LATER = lazy_gettext("Hello")
BROWSERS = [
    ("zh-TW,zh;q=0.9", "zh_Hant"),
    ("zh-HK", "zh_Hant"),
    ("zh-MO", "zh_Hant"),
    ("zh-CN,zh;q=0.9,en;q=0.8", "zh_Hans"),
    ("zh-SG", "zh_Hans"),
    ("zh-Hans-HK", "zh_Hans"),
    ("zh-Hant-CN", "zh_Hant"),
    ("zh", "zh_Hant"),
    ("en-GB,zh;q=0.5", "en"),
    ("fr-FR,de;q=0.9", "zh_Hant"),
    ("fr,zh-CN;q=0.4", "zh_Hans"),
    ("en;q=0, zh-CN;q=0.1", "zh_Hans"),
    ("", "zh_Hant"),
    (";;;q=x", "zh_Hant"),
]


class NameForm(FlaskForm):
    """A form with the libraries' own sentences."""

    name = StringField(validators=[DataRequired(), Length(max=3)])


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """A small package with catalogues of its own."""
    package = tmp_path_factory.mktemp("package")
    words = ["Hello", "This field is required."]
    lines = [f"N_({word!r})" for word in words]
    lines.append('NN_("Field cannot be longer than %(max)d character.",')
    lines.append('"Field cannot be longer than %(max)d characters.")')
    (package / "words.py").write_text("\n".join(lines))
    folder = tmp_path_factory.mktemp("catalogues")
    made = Library(package, folder)
    translations: dict[str, str | list[str]] = {
        "Hello": "您好，請坐這個網路",
        "This field is required.": "請填這一欄",
        "Field cannot be longer than %(max)d character.": ["最多%(max)d個字"],
    }
    fill(made, translations)
    compile_catalogs(made)
    return made


@pytest.fixture
def app(library: Library) -> Flask:
    """A bare application that speaks the three languages."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY="x" * 40,
        BABEL_TRANSLATION_DIRECTORIES=str(library.folder),
        WTF_CSRF_ENABLED=False,
    )
    init_languages(app)
    init_formats(app)

    @app.route("/<path:path>", methods=["GET", "POST"])
    def page(path: str) -> str:
        assert path
        return f"{current_language()} {gettext(HELLO)} {preference('look')}"

    @app.post("/form")
    def form() -> str:
        sent = NameForm()
        sent.validate()
        return str(sent.name.errors[0])

    return app


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    """A browser."""
    with app.test_client() as client:
        yield client


@pytest.mark.parametrize(("header", "code"), BROWSERS)
def test_the_browser_s_first_language_that_we_speak_is_used(
    client: FlaskClient, header: str, code: str
) -> None:
    answer = client.get("/a/", headers={"Accept-Language": header})
    assert answer.text.startswith(code + " ")


def test_a_choice_beats_the_browser_and_nonsense_does_not(client: FlaskClient) -> None:
    header = {"Accept-Language": "zh-CN"}
    client.set_cookie("language", "en")
    assert client.get("/a/", headers=header).text.startswith("en Hello")
    client.set_cookie("language", "../../etc")
    assert client.get("/a/", headers=header).text.startswith("zh_Hans 您好，请坐这个网络")


def cookie_of(answer: TestResponse) -> str:
    """The only cookie an answer sets."""
    (cookie,) = answer.headers.getlist("Set-Cookie")
    return cookie


def test_the_switch_keeps_the_page_and_its_other_parameters(client: FlaskClient) -> None:
    answer = client.get("/a/預約/?day=2026-11-24&language=en&q=%E8%AD%89&q=b%26c")
    assert answer.status_code == 303
    assert answer.location == f"/a/{quote('預約')}/?day=2026-11-24&q=%E8%AD%89&q=b%26c"
    cookie = cookie_of(answer)
    assert cookie.startswith("language=en;")
    for part in ("Path=/", "SameSite=Lax", "Max-Age=31536000", "HttpOnly"):
        assert part in cookie
    assert "Secure" not in cookie
    assert client.get(answer.location).text.startswith("en ")


def test_the_cookie_travels_encrypted_where_the_session_s_does(
    app: Flask, client: FlaskClient
) -> None:
    app.config["SESSION_COOKIE_SECURE"] = True
    assert "Secure" in cookie_of(client.get("/a/?look=dark"))


def test_plain_look_forgets_the_cookie(client: FlaskClient) -> None:
    client.get("/a/?look=contrast")
    assert client.get("/a/").text.endswith(" contrast")
    assert client.get("/a/?look=").status_code == 303
    assert client.get_cookie("look") is None


def test_several_preferences_are_kept_at_once(client: FlaskClient) -> None:
    answer = client.get("/a/?language=zh_Hans&look=dark&size=large&page=2")
    assert answer.location == "/a/?page=2"
    assert len(answer.headers.getlist("Set-Cookie")) == 3


@pytest.mark.parametrize("query", ["language=fr", "look=%00", "size=9000", "language=", "x=en"])
def test_unknown_values_are_ignored(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/a/?{query}")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


def test_only_reading_switches(client: FlaskClient) -> None:
    assert client.post("/a/?language=en").status_code == 200


@pytest.mark.parametrize(
    "path", ["//evil.example/", "///evil.example", "/\\evil.example", "/%5Cevil.example/%0d%0aX:1"]
)
def test_the_switch_never_leads_to_another_host(app: Flask, path: str) -> None:
    answer = app.test_client().open(
        "/", environ_overrides={"PATH_INFO": path, "QUERY_STRING": "language=en"}
    )
    assert answer.status_code == 303
    location = answer.location
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))
    assert "\n" not in location


def test_links_show_each_language_under_its_own_name_and_mark_the_current(app: Flask) -> None:
    with app.test_request_context("/a/?day=1&language=xx", headers={"Cookie": "language=en"}):
        links = page_links("language", LANGUAGES)
        looks = page_links("look", LOOKS)
    assert [(link.name, link.tag, link.current) for link in links] == [
        ("正體", "zh-Hant", False),
        ("简体", "zh-Hans", False),
        ("English", "en", True),
    ]
    assert links[1].url == "/a/?day=1&language=zh_Hans"
    assert looks[0].current
    assert looks[1].url == "/a/?day=1&language=xx&look=contrast"


def test_the_page_s_zone_is_the_institution_s(app: Flask) -> None:
    with app.test_request_context("/a/"):
        assert str(get_timezone()) == "Asia/Shanghai"
    with app.test_request_context("/a/"):
        g.institution = SimpleNamespace(zone="America/New_York")
        assert str(get_timezone()) == "America/New_York"


@pytest.mark.parametrize(
    ("language", "empty", "long"),
    [
        ("zh_Hant", "請填這一欄", "最多3個字"),
        ("zh_Hans", "请填这一栏", "最多3个字"),
        ("en", "This field is required.", "Field cannot be longer than 3 characters."),
    ],
)
def test_the_form_library_speaks_the_reader_s_language(
    client: FlaskClient, language: str, empty: str, long: str
) -> None:
    client.set_cookie("language", language)
    assert client.post("/form", data={"name": ""}).text == empty
    assert client.post("/form", data={"name": "abcd"}).text == long


def test_every_sentence_of_the_form_library_is_in_our_list() -> None:
    template = Path(i18n.messages_path()) / "wtforms.pot"
    with template.open("rb") as file:
        theirs = {message.id for message in read_po(file) if message.id}
    ours = {*validation_words.SENTENCES, *validation_words.COUNTED}
    assert theirs - ours == {"Invalid field name '%s'."}


def greetings(app: Flask) -> list[str]:
    """What the worker would write in each language, one after the other."""
    written = []
    for choice in LANGUAGES:
        with in_language(app, choice.code):
            template = "{{ language_tag() }} {{ _('Hello') }}"
            written.append(f"{render_template_string(template)} {gettext(HELLO)} {LATER}")
    return written


EXPECTED = [
    "zh-Hant 您好，請坐這個網路 您好，請坐這個網路 您好，請坐這個網路",
    "zh-Hans 您好，请坐这个网络 您好，请坐这个网络 您好，请坐这个网络",
    "en Hello Hello Hello",
]


def test_messages_are_written_in_each_recipient_s_language_without_a_request(app: Flask) -> None:
    assert greetings(app) == EXPECTED
    with app.app_context():
        assert gettext(HELLO) == "您好，請坐這個網路"
        assert greetings(app) == EXPECTED
        assert gettext(HELLO) == "您好，請坐這個網路"


def test_a_message_inside_a_request_leaves_the_page_s_language_alone(app: Flask) -> None:
    with app.test_request_context("/a/", headers={"Cookie": "language=en"}):
        assert gettext(HELLO) == "Hello"
        assert greetings(app) == EXPECTED
        assert (gettext(HELLO), current_language(), language_tag()) == ("Hello", "en", "en")


def test_an_unknown_language_of_an_old_record_falls_back_to_the_default(app: Flask) -> None:
    with in_language(app, "tlh"):
        assert current_language() == "zh_Hant"
        assert page_links("language", LANGUAGES) == []
        assert preference("look") == ""


def test_formats_follow_the_message_s_language_and_institution(app: Flask) -> None:
    institution = SimpleNamespace(zone="Asia/Taipei", region="TW")
    with in_language(app, "en", institution=institution):
        assert render_template_string("{{ 80|money }}") == "NT$80"
    with in_language(app, "zh_Hans", institution=institution):
        assert render_template_string("{{ 80|money }}") == "80元"


def test_two_workers_at_once_do_not_mix_their_languages(app: Flask) -> None:
    results: dict[str, set[str]] = {choice.code: set() for choice in LANGUAGES}

    def write(code: str) -> Callable[[], None]:
        def run() -> None:
            for _round in range(50):
                with in_language(app, code):
                    results[code].add(gettext(HELLO))

        return run

    threads = [Thread(target=write(code)) for code in results]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {
        "zh_Hant": {"您好，請坐這個網路"},
        "zh_Hans": {"您好，请坐这个网络"},
        "en": {"Hello"},
    }
