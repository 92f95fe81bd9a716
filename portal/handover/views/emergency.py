"""The head moves somebody's work at once."""

from collections.abc import Sequence

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from portal.catalog.models import Post
from portal.core.errors import Forbidden
from portal.core.session import db
from portal.duty.queries import get_open_post, list_held
from portal.handover.forms import OrderForm
from portal.handover.queries import list_orderers, list_receivers
from portal.handover.services import ordering
from portal.handover.services.signing import Signing
from portal.handover.views.lists import choose_among, pages
from portal.handover.views.signing import tell
from portal.identity.models import Staff
from portal.identity.queries.heads import list_heads
from portal.identity.signatures import take_code
from portal.web import guards
from portal.web.forms import form_page, landing_on


@pages.route("/emergency/<int:post_id>/", methods=["GET", "POST"])
@guards.staff
def emergency(post_id: int) -> ResponseReturnValue:
    """Have a colleague take everything over now; the signatures follow within a day."""
    session, me = db.session(), guards.current_staff().id
    post = get_open_post(session, post_id)
    named = list_receivers(session, post.id, giver_id=0)
    givers = _list_givers(post, named, me)
    if not givers:
        raise Forbidden
    form = OrderForm()
    form.giver.choices = [_choice(one) for one in givers]
    form.receiver.choices = choose_among(post.id, besides=me)
    held = [one for one in list_held(session, post_ids=[post.id]) if not one.presence.is_cover]
    if form.giver.data is None and held:
        form.giver.data = held[0].presence.staff_id
    if form.receiver.data is None:
        others = [one.id for one in named if one.id not in (me, form.giver.data)]
        form.receiver.data = others[0] if others else None
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


def _list_givers(post: Post, named: Sequence[Staff], me: int) -> list[Staff]:
    """Over whose work one decides; asked once for all of a unit who are not heads themselves."""
    heads = {person for pair in list_heads(db.session()).values() for person in pair}
    here = {held.presence.staff_id for held in list_held(db.session(), post_ids=[post.id])}
    decided: dict[tuple[int, int, bool], bool] = {}
    for one in named:
        group = one.unit_id, one.id if one.id in heads else 0, one.id in here
        if group not in decided:
            decided[group] = me in list_orderers(db.session(), post, one.id)
    return [
        one
        for one in named
        if one.id != me and decided[one.unit_id, one.id if one.id in heads else 0, one.id in here]
    ]


def _choice(person: Staff) -> SelectChoice:
    return SelectChoice(person.id, f"{person.number} {person.name}")
