"""Who is qualified for the services of a post that ask for it."""

from flask import Blueprint, flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from portal.catalog.models import Post
from portal.catalog.queries import get_post, list_serving
from portal.catalog.views import reach
from portal.core.errors import NotFound
from portal.core.session import db
from portal.duty.fitness_forms import AskForm, QualifyForm
from portal.duty.fitness_models import Qualification
from portal.duty.fitness_queries import list_asking, list_qualified
from portal.duty.permissions import EDIT
from portal.duty.services import qualifying
from portal.web import guards
from portal.web.forms import Form, form_page, landing_on

pages = Blueprint(
    "qualifications", __name__, template_folder="../templates", url_prefix="/work/roster"
)


@pages.route("/posts/<int:post_id>/qualified/", methods=["GET", "POST"])
@guards.permitted(EDIT)
def index(post_id: int) -> ResponseReturnValue:
    """Who may do what is asked at a post, and writing it down."""
    post, form = _get_kept(post_id), QualifyForm()
    services = {one.id: one for one in list_asking(db.session(), post.id)}
    form.staff.choices = [
        SelectChoice(one.staff_id, one.name) for one in list_serving(db.session(), [post.id])
    ]
    form.service.choices = [
        SelectChoice(one.id, reach.named(one.name)) for one in services.values()
    ]
    if form.validate_on_submit():
        with landing_on(form):
            qualifying.qualify(
                db.session(),
                service=services[form.service.data],
                staff_id=form.staff.data,
                valid_until=form.valid_until.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Saved."))
            return redirect(url_for(".index", post_id=post.id), 303)
    return _show(post, form)


@pages.post("/posts/<int:post_id>/qualified/<int:qualification_id>/withdraw/")
@guards.permitted(EDIT)
def withdraw(post_id: int, qualification_id: int) -> ResponseReturnValue:
    """Let somebody be qualified no longer."""
    post, form = _get_kept(post_id), AskForm()
    row = db.session().get(Qualification, qualification_id)
    asking = {one.id for one in list_asking(db.session(), post.id)}
    if row is None or row.service_id not in asking:
        raise NotFound
    if form.validate_on_submit():
        with landing_on(form):
            qualifying.withdraw_qualification(
                db.session(), row=row, actor=guards.current_actor(), now=g.now
            )
            flash(_("Withdrawn. The roster shows which shifts cannot stay."))
            return redirect(url_for(".index", post_id=post.id), 303)
    return _show(post, form)


def _show(post: Post, form: Form) -> ResponseReturnValue:
    session = db.session()
    services, people = list_asking(session, post.id), list_serving(session, [post.id])
    qualified = list_qualified(
        session, [one.staff_id for one in people], [one.id for one in services]
    )
    return form_page(
        "duty/qualified.html",
        form,
        post=post,
        services=services,
        people=people,
        qualified=qualified,
        today=g.now.astimezone(g.institution.zone).date(),
    )


def _get_kept(post_id: int) -> Post:
    post = get_post(db.session(), post_id)
    reach.check_unit(EDIT, post.unit_id)
    return post
