"""The home page, the services with their one-time notices, and the search."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, current_app, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.catalog.events import (
    ClosedDaysAsked,
    DesksAsked,
    list_closed_days,
    list_on_desks,
)
from portal.catalog.opening import hours_of_institution
from portal.catalog.queries import (
    get_active_service,
    list_posts_of_service,
    list_services_by_id,
    list_services_page,
    list_serving,
    notice_of,
)
from portal.core.session import db
from portal.search.queries import find_refs
from portal.tenancy.resolve import word
from portal.web import guards
from portal.web.feature import Feature
from portal.web.requests import page_number

home_pages = Blueprint("home", __name__, template_folder="../templates")
#: For how many days a service says when it is closed.
CLOSED_DAYS = 7
pages = Blueprint("services", __name__, template_folder="../templates", url_prefix="/services")


@dataclass(frozen=True)
class OpenDoor:
    """A row of the home page as the component draws it."""

    url: str
    icon: str
    title: str
    hint: str


def _doors() -> list[OpenDoor]:
    features: tuple[Feature, ...] = current_app.extensions["features"]
    doors = sorted((door for f in features for door in f.doors), key=lambda door: door.order)
    return [
        OpenDoor(
            url_for(door.endpoint),
            door.icon,
            word(door.word) if door.word else gettext(door.title),
            gettext(door.hint),
        )
        for door in doors
    ]


@home_pages.get("/")
@guards.everyone
def index() -> ResponseReturnValue:
    """What one can come for, when it is open, whom to call."""
    return render_template(
        "catalog/home.html",
        doors=_doors(),
        desks=list_on_desks(DesksAsked(db.session())),
        hours=hours_of_institution(db.session(), g.institution, now=g.now),
    )


@home_pages.get("/search/")
@guards.everyone
def search() -> ResponseReturnValue:
    """Services by two characters or more, in either script."""
    question = request.args.get("q", "").strip()[:60]
    found = [ref for _kind, ref in find_refs(db.session(), question, kinds=("service",))]
    return render_template(
        "catalog/search.html",
        question=question,
        services=list_services_by_id(db.session(), found),
    )


@pages.get("/")
@guards.everyone
def index_of_services() -> ResponseReturnValue:
    """All services."""
    listing = list_services_page(db.session(), page=page_number())
    return render_template("catalog/services.html", listing=listing)


@pages.get("/<code>/")
@guards.everyone
def show(code: str) -> ResponseReturnValue:
    """The one-time notice of a service (一次性告知): everything a person must know at once."""
    service = get_active_service(db.session(), code)
    posts = list_posts_of_service(db.session(), service.id)
    today = g.now.astimezone(g.institution.zone).date()
    return render_template(
        "catalog/service.html",
        notice=notice_of(db.session(), service, on=today),
        posts=posts,
        serving=list_serving(db.session(), [post.id for post in posts]),
        closed_days=list_closed_days(
            ClosedDaysAsked(
                db.session(), service.id, today, today + timedelta(days=CLOSED_DAYS - 1)
            )
        ),
    )
