"""Photos and papers of a matter for staff: added later, shown to whoever may see the matter."""

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.core.session import db
from portal.files.queries import get_attachment
from portal.files.rules import MOST_TOGETHER
from portal.files.sending import send
from portal.matters.forms import PhotosForm
from portal.matters.services import opening
from portal.matters.views.beforehand import look_for_staff
from portal.matters.views.looking import get_shown, note_read
from portal.matters.views.matters import pages
from portal.web import guards
from portal.web.forms import form_page, landing_on
from portal.web.requests import takes_files

pages.before_request(look_for_staff)


@pages.route("/<int:matter_id>/photos/", methods=["GET", "POST"])
@guards.staff
@takes_files(MOST_TOGETHER)
def add_photos(matter_id: int) -> ResponseReturnValue:
    """Add photos while the matter is open; whoever may see it may add."""
    matter, _viewer = get_shown(matter_id)
    form = PhotosForm()
    if form.validate_on_submit():
        with landing_on(form):
            opening.add_photos(
                db.session(),
                matter=matter,
                photos=form.photos.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Added."))
            return redirect(url_for(".show", matter_id=matter_id), 303)
    return form_page("matters/add_photos.html", form, matter=matter)


@pages.get("/<int:matter_id>/photos/<int:attachment_id>/")
@guards.staff
def photo(matter_id: int, attachment_id: int) -> ResponseReturnValue:
    """One of them, for whoever may see the matter."""
    matter, _viewer = get_shown(matter_id)
    note_read(matter)
    return send(get_attachment(db.session(), (opening.KIND, matter.id), attachment_id))
