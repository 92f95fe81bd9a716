"""Error pages in the institution's look and language, saying what to do next."""

from pathlib import Path
from typing import Any

import structlog
from flask import Flask, g, render_template, request, session
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from portal.core.background import note_failure
from portal.core.errors import DomainError, TooMany
from portal.core.session import db
from portal.web.forms import say

HTML = "text/html; charset=utf-8"
#: In all languages, for when templates themselves fail.
PLAIN = Path(__file__).parent / "templates" / "errors" / "plain.html"

log = structlog.get_logger("portal.errors")


def _words(code: int) -> tuple[str, str]:
    """Title and next step of an error page."""
    pages = {
        400: (
            _("The page was open too long"),
            _("Go back, reload the page and send it again. Nothing was changed."),
        ),
        403: (
            _("Your account may not do this"),
            _("Ask the head of your unit if you need this page."),
        ),
        404: (
            _("There is nothing here"),
            _("Check the address, or start again from the home page."),
        ),
        413: (
            _("That was too large"),
            _("Choose a smaller file and send it again. Nothing was changed."),
        ),
        429: (
            _("Too many attempts"),
            _("Wait a little, then try again. Nothing was lost."),
        ),
        503: (
            _("Very many people are here at once"),
            _("Wait a moment and press reload. Nothing was lost."),
        ),
        500: (
            _("Something went wrong on our side"),
            _("Nothing was changed. Try again, or call us and say the number below."),
        ),
    }
    pages[405] = pages[404]
    return pages.get(code) or (pages[400] if code < 500 else pages[500])


def _without_cookie() -> tuple[str, str]:
    """Title and next step for a form that comes back without the cookie it was given with."""
    return (
        _("The page was open too long, or cookies are off"),
        _(
            "Go back, reload the page and send it again. If you read this once more, allow cookies"
            " for this site: without them nothing can be sent. Nothing was changed."
        ),
    )


def _page(code: int, detail: str = "", retry_after: int | None = None) -> Response:
    has_lost_cookie = code == 400 and request.form.get("csrf_token") and not session
    title, advice = _without_cookie() if has_lost_cookie else _words(code)
    body = render_template(
        "errors/error.html", code=code, title=title, advice=advice, detail=detail
    )
    response = Response(body, code, content_type=HTML)
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return response


def set_up_error_pages(app: Flask) -> None:
    """Answer every error with a page; the last resort needs no template context."""

    def on_domain_error(error: DomainError) -> Response:
        db.session.rollback()
        detail = say(error) if error.message != type(error).default else ""
        return _page(error.status, detail, getattr(error, "retry_after", None))

    def on_http_error(error: HTTPException) -> Any:
        db.session.rollback()
        if error.code is None or error.code < 400:
            return error
        retry_after = 60 if error.code in (429, 503) else None
        return _page(error.code, retry_after=retry_after)

    def on_crash(error: Exception) -> Response:
        note_failure(log, "crash", error)
        try:
            db.session.rollback()
            return _page(500)
        except Exception as second:  # noqa: BLE001 the last resort stands without a template
            note_failure(log, "crash_of_error_page", second)
            g.pop("institution", None)
            return Response(PLAIN.read_text("utf-8"), 500, content_type=HTML)

    app.register_error_handler(DomainError, on_domain_error)
    app.register_error_handler(TooMany, on_domain_error)
    app.register_error_handler(CSRFError, on_http_error)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(Exception, on_crash)
