"""Duty statements: one's own to read and sign, and those of the posts whose roster one keeps."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.catalog.models import Post
from portal.catalog.queries import get_post
from portal.catalog.views import reach
from portal.core.session import db
from portal.duty.fitness_forms import AskForm, StatementForm
from portal.duty.fitness_queries import (
    find_newest,
    get_own,
    list_own,
    list_signers,
    list_versions,
)
from portal.duty.permissions import EDIT
from portal.duty.roster_forms import ShiftForm
from portal.duty.services import statements
from portal.identity.queries.staff import list_staff_names
from portal.web import guards
from portal.web.forms import Form, form_page, landing_on
from portal.web.requests import page_number

pages = Blueprint("statements", __name__, template_folder="../templates", url_prefix="/work")


@pages.get("/duty/statements/")
@guards.staff
def own() -> ResponseReturnValue:
    """The statements of one's own posts: signed, and to be signed."""
    found = list_own(db.session(), guards.current_staff().id)
    return render_template("duty/statements.html", statements=found)


@pages.route("/duty/<int:post_id>/statement/", methods=["GET", "POST"])
@guards.staff
def sign(post_id: int) -> ResponseReturnValue:
    """Read the statement of a post of one's own, and sign it."""
    me = guards.current_staff().id
    get_post(db.session(), post_id)
    shown = get_own(db.session(), post_id, staff_id=me)
    form = ShiftForm(version=shown.statement.number)
    if form.validate_on_submit():
        with landing_on(form):
            statements.sign_statement(
                db.session(),
                post=shown.post,
                number=form.version.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Signed. You can be put at this post."))
            return redirect(url_for(".own"), 303)
        # What was changed meanwhile is read before it is signed.
        shown = get_own(db.session(), post_id, staff_id=me)
        form.version.raw_data, form.version.data = None, shown.statement.number
    return form_page("duty/statement_sign.html", form, own=shown)


@pages.get("/roster/posts/<int:post_id>/statement/")
@guards.permitted(EDIT)
def show(post_id: int) -> ResponseReturnValue:
    """The statement of a post, its earlier versions, and who has signed it."""
    return _show(_get_kept(post_id), AskForm())


@pages.route("/roster/posts/<int:post_id>/statement/set/", methods=["GET", "POST"])
@guards.permitted(EDIT)
def set_text(post_id: int) -> ResponseReturnValue:
    """Set a new version, which everybody signs anew."""
    post = _get_kept(post_id)
    standing = find_newest(db.session(), post.id)
    form = StatementForm(
        data={"text": standing.text, "version": standing.number} if standing else None
    )
    if form.validate_on_submit():
        with landing_on(form):
            statements.set_statement(
                db.session(),
                post=post,
                text=form.text.data,
                number=form.version.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Set. Everybody who serves here is asked to sign it."))
            return redirect(url_for(".show", post_id=post.id), 303)
    return form_page("duty/statement_form.html", form, post=post)


@pages.post("/roster/posts/<int:post_id>/statement/ask/")
@guards.permitted(EDIT)
def ask(post_id: int) -> ResponseReturnValue:
    """Ask somebody to sign, by message."""
    post, form = _get_kept(post_id), AskForm()
    staff_id = request.form.get("staff", 0, int)
    if form.validate_on_submit():
        with landing_on(form):
            statements.ask_to_sign(
                db.session(),
                post=post,
                staff_id=staff_id,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Asked by message."))
            return redirect(url_for(".show", post_id=post.id), 303)
    return _show(post, form)


def _show(post: Post, form: Form) -> ResponseReturnValue:
    session = db.session()
    newest = find_newest(session, post.id)
    versions = list_versions(session, post.id, page_number())
    signers = list_signers(session, newest) if newest else []
    return form_page(
        "duty/statement.html",
        form,
        post=post,
        newest=newest,
        versions=versions,
        signers=signers,
        names=list_staff_names(session, [row.set_by_id for row in versions.rows if row.set_by_id]),
    )


def _get_kept(post_id: int) -> Post:
    post = get_post(db.session(), post_id)
    reach.check_unit(EDIT, post.unit_id)
    return post
