"""Looks at photos before the transaction of their form begins, for whom they may come from."""

from datetime import timedelta

from flask import g, request

from portal.core.errors import TooMany
from portal.core.session import db
from portal.core.throttle import allow
from portal.core.unit import run_unit
from portal.files.beforehand import check_sent
from portal.matters.queries import get_matter_by_link
from portal.matters.services.opening import PHOTOS
from portal.web import guards
from portal.web.requests import client_network

#: Forms with photos that one network may send in the window below, right ones and others: three
#: times what it may write down, for whoever has to choose once more.
LOOK_LIMIT = 30
LOOK_WINDOW = timedelta(hours=1)


def look_for_staff() -> None:
    """Hook: look at what a member of staff sends; the guard sends everybody else away."""
    if _brings_photos() and guards.find_staff() is not None:
        check_sent(PHOTOS)


def look_for_person() -> None:
    """Hook: look at what a person sends, so many times an hour.

    Raises TooMany; NotFound when it is for a matter whose link the person does not have.
    """
    if not _brings_photos():
        return
    if not run_unit(db.session(), _may_send):
        raise TooMany(retry_after=int(LOOK_WINDOW.total_seconds()))
    check_sent(PHOTOS)


def _brings_photos() -> bool:
    return request.method == "POST" and any(file.filename for file in request.files.getlist(PHOTOS))


def _may_send() -> bool:
    named = request.view_args or {}
    if "matter_token" in named:
        get_matter_by_link(db.session(), reference=named["serial"], token=named["matter_token"])
    bucket = f"photos:{client_network()}"
    return allow(db.session(), bucket, limit=LOOK_LIMIT, window=LOOK_WINDOW, now=g.now)
