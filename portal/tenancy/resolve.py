"""Turns the first part of an address into an institution and opens its scope."""

from contextlib import ExitStack
from typing import Any

from flask import Flask, g, request, session
from werkzeug.exceptions import NotFound

from portal.core.localized import pick
from portal.core.session import db, institution_scope
from portal.tenancy.queries import find_tenant, get_settings
from portal.tenancy.settings import Settings
from portal.web.languages import current_language


def set_up_tenancy(app: Flask) -> None:
    """Resolve the slug before each request and close the scope after it."""

    def take_slug(endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.slug = values.pop("slug", None) if values else None

    def give_slug(endpoint: str, values: dict[str, Any]) -> None:
        if "slug" not in values and app.url_map.is_endpoint_expecting(endpoint, "slug"):
            values["slug"] = g.get("slug") or g.institution.slug

    app.url_value_preprocessor(take_slug)
    app.url_defaults(give_slug)
    app.before_request(_enter)
    app.teardown_request(_leave)
    app.extensions["settings"] = settings
    app.jinja_env.globals["word"] = word


def _enter() -> None:
    """Open the scope of the addressed institution; a cookie of another one is anonymous here."""
    slug = g.get("slug") or _slug_of_lost_address()
    if slug is None:
        return
    tenant = find_tenant(slug)
    if tenant is None:
        if g.get("slug"):
            raise NotFound
        return
    g.institution = tenant
    g.scope = ExitStack()
    g.scope.enter_context(institution_scope(db.session(), tenant.id))
    if session.get("institution", tenant.id) != tenant.id:
        session.clear()


def _slug_of_lost_address() -> str | None:
    """The first part of an address that matches no page, so that its error page fits."""
    if request.url_rule is not None:
        return None
    return request.path.split("/")[1][:40] or None


def _leave(_error: BaseException | None) -> None:
    scope = g.pop("scope", None)
    if scope is not None:
        scope.close()


def word(name: str) -> str:
    """What this institution calls its people, its acts or its places, as a heading says it."""
    said: str = pick(getattr(settings().words, name), current_language())[0]
    return said[:1].upper() + said[1:]


def settings() -> Settings:
    """The settings of this request's institution at this request's moment."""
    if "settings" not in g:
        g.settings = get_settings(db.session(), g.institution, at=g.now)
    current: Settings = g.settings
    return current
