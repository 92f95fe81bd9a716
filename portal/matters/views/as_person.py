"""The page that the person sees, for staff to look at: nobody acts as the person from here."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from portal.matters.views.looking import get_shown, note_read
from portal.matters.views.matters import pages
from portal.matters.views.own_page import said_to_person
from portal.web import guards


@pages.get("/<int:matter_id>/own/")
@guards.staff
def own_page(matter_id: int) -> ResponseReturnValue:
    """The same page without its acts: whoever holds the person's link may withdraw the matter."""
    matter, _viewer = get_shown(matter_id)
    note_read(matter)
    return render_template(
        "matters/own.html",
        **said_to_person(
            matter,
            photo_at=lambda row: url_for(".photo", matter_id=matter.id, attachment_id=row.id),
            paper_at=lambda notice: url_for(
                ".notice_paper", matter_id=matter.id, notice_id=notice.id
            ),
        ),
    )
