"""Puts the page shell together: requests, languages, formats, errors and what layouts need."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, g, request
from flask_babel import gettext
from jinja2 import StrictUndefined

from portal.core.config import Config
from portal.core.localized import Localized, pick
from portal.web.addresses import address_for
from portal.web.error_pages import set_up_error_pages
from portal.web.feature import Feature
from portal.web.formats import init_formats
from portal.web.languages import (
    LANGUAGES,
    LOOKS,
    SIZES,
    current_language,
    init_languages,
    page_links,
)
from portal.web.requests import public_address, set_up_logging, set_up_requests


def set_up_shell(app: Flask, config: Config) -> None:
    """Install everything that every page relies on."""
    set_up_logging(config)
    set_up_requests(app, config)
    init_languages(app)
    init_formats(app)
    set_up_error_pages(app)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["url_for"] = address_for
    app.jinja_env.filters["local"] = _local
    app.context_processor(lambda: _page_context(app))


def _local(text: Localized) -> str:
    """An institution's own text in the reader's language, or the nearest there is."""
    return pick(text, current_language())[0]


@cache
def _digest(name: str) -> str:
    """The fingerprint of a file of ours, which changes with the program only."""
    path = Path(__file__).parent / "static" / name
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """The fingerprinted address of a file of ours, cacheable for ever."""
    return address_for("static", filename=name, v=_digest(name))


@dataclass(frozen=True)
class MenuLink:
    """A line of the staff menu as the layout shows it."""

    label: str
    url: str
    current: bool
    group: str


def _menu(app: Flask) -> list[MenuLink]:
    """The entries that the signed-in person may use, in order."""
    principal = g.get("staff")
    if principal is None:
        return []
    features: tuple[Feature, ...] = app.extensions["features"]
    entries = sorted(
        (entry for feature in features for entry in feature.menu), key=lambda entry: entry.order
    )
    blueprint = (request.endpoint or "").rpartition(".")[0]
    return [
        MenuLink(
            label=gettext(entry.label),
            url=address_for(entry.endpoint),
            current=entry.endpoint.rpartition(".")[0] == blueprint,
            group=entry.group,
        )
        for entry in entries
        if not entry.permission or principal.can(entry.permission)
    ]


def _page_context(app: Flask) -> dict[str, Any]:
    """What layouts read on every page."""
    return {
        "asset": asset,
        "public_address": public_address,
        "now": g.get("now"),
        "request_id": g.get("request_id", ""),
        "staff": g.get("staff"),
        "citizen": g.get("citizen"),
        "menu": _menu(app),
        "page_languages": page_links("language", LANGUAGES),
        "page_looks": page_links("look", LOOKS),
        "page_sizes": page_links("size", SIZES),
    }
