"""The head moves somebody's work at once."""

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from portal.core.errors import Forbidden
from portal.core.session import db
from portal.duty.queries import get_open_post, list_deciders, list_held
from portal.handover.forms import OrderForm
from portal.handover.queries import list_receivers
from portal.handover.services import ordering
from portal.handover.services.signing import Signing
from portal.handover.views.lists import pages
from portal.handover.views.signing import tell
from portal.identity.signatures import take_code
from portal.web import guards
from portal.web.forms import form_page, landing_on


@pages.route("/emergency/<int:post_id>/", methods=["GET", "POST"])
@guards.staff
def emergency(post_id: int) -> ResponseReturnValue:
    """Have a colleague take everything over now; the signatures follow within a day."""
    session, me = db.session(), guards.current_staff().id
    post = get_open_post(session, post_id)
    if me not in list_deciders(session, post, 0):
        raise Forbidden
    form = OrderForm()
    named = list_receivers(session, post.id, giver_id=0)
    people = [SelectChoice(one.id, f"{one.number} {one.name}") for one in named]
    form.giver.choices = form.receiver.choices = people
    held = [one for one in list_held(session, post_ids=[post.id]) if not one.presence.is_cover]
    if form.giver.data is None and held:
        form.giver.data = held[0].presence.staff_id
    if form.validate_on_submit():
        with landing_on(form):
            outcome, handover = ordering.order(
                session,
                post=post,
                giver_id=form.giver.data,
                receiver_id=form.receiver.data,
                words=form.words.data,
                typed=take_code(),
                actor=guards.current_actor(),
                now=g.now,
            )
            if outcome is Signing.DONE and handover is not None:
                flash(_("Moved. Both are asked for their signatures."))
                return redirect(url_for(".show", handover_id=handover.id), 303)
            tell(form, outcome)
    return form_page("handover/emergency.html", form, post=post)
