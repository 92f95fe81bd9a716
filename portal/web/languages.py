"""In which language, look and type size a person reads, and how they switch on the same page."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import quote, urlencode

from babel.support import Translations
from flask import (
    Flask,
    Request,
    current_app,
    g,
    has_app_context,
    has_request_context,
    redirect,
    request,
)
from flask_babel import Babel, force_locale, get_locale, get_translations, gettext
from werkzeug.wrappers import Response

from portal.core.errors import N_
from portal.core.script import TRANSLATIONS

DEFAULT_ZONE = "Asia/Shanghai"
YEAR = 365 * 24 * 3600
#: More than any address of ours asks with; a page repeats them in each of its links to itself.
MOST_ASKED = 50


class Choice(NamedTuple):
    """Something a person may prefer: its code, its name, and the language of the name."""

    code: str
    name: str
    tag: str = ""


#: Languages under their own names; the first is the default.
LANGUAGES = (
    Choice("zh_Hant", "正體", "zh-Hant"),
    Choice("zh_Hans", "简体", "zh-Hans"),
    Choice("en", "English", "en"),
)
DEFAULT_LANGUAGE = LANGUAGES[0].code
LOOKS = (
    Choice("", N_("Plain")),
    Choice("contrast", N_("High contrast")),
    Choice("dark", N_("Dark")),
)
SIZES = (
    Choice("", N_("Normal type")),
    Choice("large", N_("Large type")),
    Choice("largest", N_("Largest type")),
)
#: Name of the query parameter and of the cookie, and what may be chosen.
PREFERENCES = {"language": LANGUAGES, "look": LOOKS, "size": SIZES}

_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})
_SIMPLIFIED = frozenset({"hans", "cn", "sg", "my"})


class PageLink(NamedTuple):
    """A link that shows the same page under another preference."""

    code: str
    name: str
    tag: str
    url: str
    current: bool


def _language_of_tag(tag: str) -> str | None:
    """Our language for a browser's tag; the script decides before the region."""
    primary, *rest = tag.lower().replace("_", "-").split("-")
    if primary == "en":
        return "en"
    if primary != "zh":
        return None
    for part in rest:
        if part in _TRADITIONAL:
            return "zh_Hant"
        if part in _SIMPLIFIED:
            return "zh_Hans"
    return "zh_Hant"


def choose_language(request: Request) -> str:
    """The person's choice, else the browser's first language that we speak, else the default."""
    if (chosen := _known("language", request.cookies.get("language"))) is not None:
        return chosen.code
    for tag, quality in request.accept_languages:
        if quality > 0 and (code := _language_of_tag(tag)):
            return code
    return DEFAULT_LANGUAGE


def _known(param: str, code: str | None) -> Choice | None:
    return next((choice for choice in PREFERENCES[param] if choice.code == code), None)


class _Reading(NamedTuple):
    """What a page asks for at every word, looked up once."""

    code: str
    texts: Translations


def _reading() -> _Reading:
    """The language that is in force."""
    if not has_app_context():
        return _Reading(DEFAULT_LANGUAGE, get_translations())
    reading: _Reading | None = g.get("reading")
    if reading is None:
        g.reading = reading = _Reading(str(get_locale() or DEFAULT_LANGUAGE), get_translations())
    return reading


def _translate(text: str) -> str:
    """A template's words in the language in force."""
    return str(_reading().texts.ugettext(text))


def _translate_number(one: str, many: str, number: int) -> str:
    return str(_reading().texts.ungettext(one, many, number))


def current_language() -> str:
    """Code of the language in which this page or message is written."""
    return _reading().code


def language_tag(code: str | None = None) -> str:
    """The tag for ``lang`` attributes; of the current language when no code is given."""
    code = current_language() if code is None else code
    choice = _known("language", code)
    return choice.tag if choice else code.replace("_", "-")


def preference(param: str) -> str:
    """What the person prefers here: a language, look or size; the plain one otherwise."""
    if param == "language":
        return current_language()
    choice = _known(param, request.cookies.get(param)) if has_request_context() else None
    return choice.code if choice else PREFERENCES[param][0].code


def page_links(param: str, values: Iterable[Choice]) -> list[PageLink]:
    """Links to this page under each preference; none outside a request."""
    if not has_request_context():
        return []
    current, here, kept = preference(param), _path(), _asked_without({param})
    return [
        PageLink(
            code=choice.code,
            name=choice.name if choice.tag else gettext(choice.name),
            tag=choice.tag,
            url=f"{here}?{urlencode([*kept, (param, choice.code)])}",
            current=choice.code == current,
        )
        for choice in values
    ]


def _path() -> str:
    """This page's path; never another host, whatever the path holds."""
    return "/" + quote(f"{request.root_path}{request.path}".lstrip("/\\"), safe="/:@!$&'()*+,;=~")


def _asked_without(names: Collection[str]) -> list[tuple[str, str]]:
    """What this page was asked with, except these; nothing of an address stuffed with more."""
    asked = list(request.args.items(multi=True))
    if len(asked) > MOST_ASKED:
        return []
    return [(name, value) for name, value in asked if name not in names]


def _remember_preferences() -> Response | None:
    """Keep what a preference link asks for and show the same page without the parameter."""
    chosen = {
        param: choice.code
        for param in PREFERENCES
        if (choice := _known(param, request.args.get(param))) is not None
    }
    if request.method not in ("GET", "HEAD") or not chosen:
        return None
    query = urlencode(_asked_without(chosen))
    response = redirect(f"{_path()}?{query}" if query else _path(), 303)
    for param, code in chosen.items():
        response.set_cookie(
            param,
            code,
            max_age=YEAR if code else 0,
            path="/",
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
    return response


def _translate_forms() -> None:
    """Let WTForms speak from our catalogue.

    Its own catalogues would answer every Chinese locale with Simplified sentences.
    """
    request.wtforms_translations = get_translations()  # type: ignore[attr-defined]


def _zone() -> str:
    """The institution's time zone."""
    return g.institution.zone if "institution" in g else DEFAULT_ZONE


def init_languages(app: Flask) -> None:
    """Choose language and zone for each request and offer both to templates."""
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", str(TRANSLATIONS))
    Babel(
        app,
        default_locale=DEFAULT_LANGUAGE,
        default_timezone=DEFAULT_ZONE,
        locale_selector=lambda: choose_language(request) if has_request_context() else None,
        timezone_selector=_zone,
    )
    app.before_request(_remember_preferences)
    app.before_request(_translate_forms)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined] # of its extension
        gettext=_translate,
        ngettext=_translate_number,
        newstyle=True,
    )
    app.jinja_env.globals.update(
        LANGUAGES=LANGUAGES,
        LOOKS=LOOKS,
        SIZES=SIZES,
        current_language=current_language,
        language_tag=language_tag,
        page_links=page_links,
        preference=preference,
    )


@contextmanager
def page_in_language(code: str) -> Iterator[None]:
    """Write the rest of this page in another language than the reader's own."""
    with force_locale(code):
        before = g.pop("reading", None)
        try:
            yield
        finally:
            g.reading = before


@contextmanager
def in_language(app: Flask, code: str, *, institution: object | None = None) -> Iterator[None]:
    """Write messages in a language outside a request, or in another one inside a request.

    Opens an application context of its own, because the language is remembered by context: its
    ``g`` is new (with the institution, if given) and ``db.session`` is another one, so what the
    message needs is loaded before.
    """
    language = code if _known("language", code) else DEFAULT_LANGUAGE
    with app.app_context():
        if institution is not None:
            g.institution = institution
        with force_locale(language):
            yield
