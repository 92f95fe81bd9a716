"""What happens around every request: its number, its institution, its headers, its log line."""

import logging
import re
import secrets
import sys
import time
from collections.abc import Callable
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any
from urllib.parse import unquote

import structlog
from flask import Flask, Response, current_app, g, request, url_for
from flask.sessions import SecureCookieSessionInterface
from werkzeug.exceptions import NotFound, RequestEntityTooLarge
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.core.config import Config
from portal.core.runtime import runtime

log = structlog.get_logger("portal.request")
#: More values than any form of ours has: taking hundreds of thousands of them apart would keep
#: a thread from everybody else.
MOST_FIELDS = 1000
SLUG = re.compile(r"^/([a-z0-9][a-z0-9-]{0,39})(?:/|$)")
#: Never an institution's slug: addresses of the platform itself.
RESERVED = frozenset({"static", "healthz", "readyz", "favicon.ico", "robots.txt"})

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class InstitutionCookie(SecureCookieSessionInterface):
    """A session cookie that the browser sends to one institution only."""

    def get_cookie_path(self, app: Flask) -> str:
        """The institution's own part of the site."""
        found = SLUG.match(request.path)
        return f"/{found[1]}/" if found and found[1] not in RESERVED else "/"


def client_network() -> str:
    """The network a request comes from, by which attempts are counted.

    An IPv6 address counts with its whole /64: a single household owns that many addresses.
    """
    try:
        address = ip_address((request.remote_addr or "").partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, IPv4Address):
        return str(address)
    mapped = address.ipv4_mapped
    return str(mapped or ip_network((address, 64), strict=False))


def set_up_logging(config: Config) -> None:
    """One JSON object a line on standard error, with the request's number; no personal data."""
    logging.basicConfig(level=config.log_level, stream=sys.stderr, format="%(message)s")
    # It tells of every look at the schema's revision, and each readiness probe is one.
    logging.getLogger("alembic.runtime.migration").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[config.log_level]
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=config.is_production,
    )


def set_up_requests(app: Flask, config: Config) -> None:
    """Install the hooks that every request passes."""
    app.session_interface = InstitutionCookie()
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    app.before_request(_begin)
    app.after_request(_finish)


def takes_files(most_bytes: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let the forms of one view be as large as their files may be, and those of no other."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        view.most_bytes = most_bytes  # type: ignore[attr-defined]
        return view

    return decorate


def _make_room_for_files() -> None:
    """Allow a form with files what its view takes; other bodies keep the limit of all pages."""
    view = current_app.view_functions.get(request.endpoint or "")
    most_bytes = getattr(view, "most_bytes", None)
    if most_bytes is not None and request.mimetype == "multipart/form-data":
        request.max_content_length = max(most_bytes, runtime().config.max_body)


def _begin() -> None:
    g.started = time.perf_counter()
    g.now = runtime().clock.now()
    g.request_id = secrets.token_hex(8)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=g.request_id)
    if _has_nul():
        raise NotFound
    _make_room_for_files()


def _has_nul() -> bool:
    """Whether the address holds the sign that no text has and PostgreSQL cannot be asked for."""
    return "\x00" in request.path or any("\x00" in value for _, value in request.args.items(True))


def refuse_too_many_fields() -> None:
    """Refuse a form of far more values than there are fields, before it is taken apart.

    Those of a form with files are limited by Flask itself.
    """
    is_form = request.mimetype == "application/x-www-form-urlencoded"
    if is_form and request.get_data().count(b"&") > MOST_FIELDS:
        raise RequestEntityTooLarge


def _finish(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if runtime().config.is_production:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    details: dict[str, Any] = {
        "method": request.method,
        "endpoint": request.endpoint or "",
        "status": response.status_code,
        "ms": round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
    }
    if institution := g.get("institution"):
        details["institution"] = institution.slug
    if "request_id" in g:
        response.headers["X-Request-Id"] = g.request_id
    log.info("request", **details)
    return response


def page_inside(target: str) -> str:
    """An address to go on to if it is a page of this institution, however dressed up; else none."""
    path = unquote(target.partition("?")[0])
    is_own = target.startswith(f"{request.script_root}/{g.institution.slug}/")
    is_straight = "\\" not in path and ".." not in path.split("/")
    is_plain = target.isprintable() and path.isprintable()
    return target if is_own and is_straight and is_plain else ""


def public_address(endpoint: str) -> str:
    """A page's full address as people reach it, whatever host this request names."""
    return runtime().config.base_url + url_for(endpoint)


def page_number() -> int:
    """The page of a list that the address asks for; the first one when it asks for nonsense."""
    return request.args.get("page", 1, int)
