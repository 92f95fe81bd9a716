"""Looks at photos before the transaction of their form begins, for whom they may come from."""

from flask import g, request

from portal.core.session import db
from portal.core.unit import run_unit
from portal.files.beforehand import check_sent
from portal.matters.queries import get_matter_by_link
from portal.matters.services.opening import PHOTOS
from portal.matters.views.pace import may_show_photos, wait
from portal.web import guards


def look_for_staff() -> None:
    """Hook: look at what a member of staff sends; the guard sends everybody else away."""
    if _brings_photos() and guards.find_staff() is not None:
        check_sent(PHOTOS)


def look_for_person() -> None:
    """Hook: look at what a person sends, so many times an hour; after that the box says so.

    Raises NotFound when it is for a matter whose link the person does not have.
    """
    if not _brings_photos():
        return
    if run_unit(db.session(), _may_send):
        check_sent(PHOTOS)
    else:
        g.sent_files = {PHOTOS: [wait()]}


def _brings_photos() -> bool:
    return request.method == "POST" and any(file.filename for file in request.files.getlist(PHOTOS))


def _may_send() -> bool:
    named = request.view_args or {}
    if "matter_token" in named:
        get_matter_by_link(db.session(), reference=named["serial"], token=named["matter_token"])
    return may_show_photos()
