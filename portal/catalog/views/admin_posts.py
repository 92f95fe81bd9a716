"""Administration of posts: what they are, where, and who serves there."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from portal.calendar.affected import Affected
from portal.calendar.queries import get_schedule, list_schedules
from portal.catalog.events import PostChanging, find_hanging
from portal.catalog.forms import AssignForm, DecisionForm, PostForm
from portal.catalog.models import Post
from portal.catalog.queries import get_post, list_posts_page, list_serving
from portal.catalog.services import posts
from portal.catalog.views import reach
from portal.core.session import db
from portal.identity.queries.staff import get_unit, list_colleagues
from portal.web import guards
from portal.web.asking import asked_page, carried, has_seen, is_going_back
from portal.web.forms import form_page, landing_on
from portal.web.requests import page_number

pages = Blueprint("posts", __name__, template_folder="../templates", url_prefix="/admin/posts")
EDIT = "catalog.post.edit"


@pages.get("/")
@guards.permitted(EDIT)
def index() -> ResponseReturnValue:
    """The posts one keeps, in the institution's order."""
    within = reach.units_of(EDIT)
    listing = list_posts_page(db.session(), page=page_number(), within=within)
    return render_template("catalog/admin_posts.html", listing=listing)


@pages.route("/add/", methods=["GET", "POST"])
@guards.permitted(EDIT)
def add() -> ResponseReturnValue:
    """Add a post."""
    last = list_posts_page(db.session(), page=1).total
    form = PostForm(data={"position": last})
    _offer_choices(form)
    if form.validate_on_submit():
        with landing_on(form):
            post = posts.create_post(
                db.session(), details=_details(form), actor=guards.current_actor(), now=g.now
            )
            flash(_("Saved."))
            return redirect(url_for(".show", post_id=post.id), 303)
    return form_page("catalog/admin_post_form.html", form, post=None)


@pages.get("/<int:post_id>/")
@guards.permitted(EDIT)
def show(post_id: int) -> ResponseReturnValue:
    """A post and who serves there."""
    return _show(_get_kept(post_id), _assign_form())


@pages.route("/<int:post_id>/edit/", methods=["GET", "POST"])
@guards.permitted(EDIT)
def edit(post_id: int) -> ResponseReturnValue:
    """Change a post."""
    post = _get_kept(post_id)
    form = PostForm(obj=post, data={"unit": post.unit_id, "schedule": post.schedule_id or 0})
    _offer_choices(form, standing=post.unit_id)
    if form.validate_on_submit() and not is_going_back():
        details = _details(form)
        affected = _hanging(post, details.schedule_id, is_active=post.is_active)
        is_asked = details.schedule_id != post.schedule_id and affected.count > 0
        if is_asked and not has_seen(affected.count):
            return render_template(
                "catalog/admin_post_hours.html",
                form=form,
                post=post,
                schedule=next(
                    choice.label
                    for choice in form.schedule.choices
                    if choice.value == form.schedule.data
                ),
                affected=affected,
                carried=carried(form),
            )
        with landing_on(form):
            posts.change_post(
                db.session(),
                post=post,
                version=form.version.data,
                details=details,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Saved."))
            return redirect(url_for(".show", post_id=post.id), 303)
    return form_page("catalog/admin_post_form.html", form, post=post)


def _hanging(post: Post, schedule_id: int | None, *, is_active: bool) -> Affected:
    """Who is booked at the post and would come in vain."""
    question = PostChanging(db.session(), post.id, schedule_id, is_active, g.now, page=asked_page())
    return find_hanging(question)


@pages.route("/<int:post_id>/close/", methods=["GET", "POST"])
@guards.permitted(EDIT)
def close(post_id: int) -> ResponseReturnValue:
    """Close a post, knowing whom it hits; they are moved or cancelled and told."""
    post = _get_kept(post_id)
    form = DecisionForm(obj=post)
    if form.validate_on_submit():
        with landing_on(form):
            _set_active(post, is_active=False)
            flash(_("Closed. No new times are given here."))
            return redirect(url_for(".index"), 303)
    affected = _hanging(post, post.schedule_id, is_active=False)
    return form_page("catalog/admin_post_close.html", form, post=post, affected=affected)


@pages.post("/<int:post_id>/open/")
@guards.permitted(EDIT)
def open_again(post_id: int) -> ResponseReturnValue:
    """Open a closed post again."""
    _set_active(_get_kept(post_id), is_active=True)
    flash(_("Open again."))
    return redirect(url_for(".show", post_id=post_id), 303)


@pages.post("/<int:post_id>/staff/")
@guards.permitted(EDIT)
def assign(post_id: int) -> ResponseReturnValue:
    """Have somebody serve at the post."""
    post, form = _get_kept(post_id), _assign_form()
    if form.validate_on_submit():
        with landing_on(form):
            posts.assign_staff(
                db.session(),
                post=post,
                staff_id=form.staff.data,
                position=form.position.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            return redirect(url_for(".show", post_id=post.id), 303)
    return _show(post, form)


@pages.post("/<int:post_id>/staff/remove/")
@guards.permitted(EDIT)
def release(post_id: int) -> ResponseReturnValue:
    """Have somebody serve at the post no longer."""
    post = _get_kept(post_id)
    posts.release_staff(
        db.session(),
        post=post,
        staff_id=request.form.get("staff", 0, int),
        actor=guards.current_actor(),
        now=g.now,
    )
    return redirect(url_for(".show", post_id=post.id), 303)


def _get_kept(post_id: int) -> Post:
    post = get_post(db.session(), post_id)
    reach.check_unit(EDIT, post.unit_id)
    return post


def _show(post: Post, form: AssignForm) -> ResponseReturnValue:
    session = db.session()
    return form_page(
        "catalog/admin_post.html",
        form,
        post=post,
        unit=get_unit(session, post.unit_id),
        schedule=get_schedule(session, post.schedule_id) if post.schedule_id else None,
        serving=list_serving(session, [post.id]),
    )


def _set_active(post: Post, *, is_active: bool) -> None:
    posts.set_post_active(
        db.session(), post=post, is_active=is_active, actor=guards.current_actor(), now=g.now
    )


def _assign_form() -> AssignForm:
    form = AssignForm()
    form.staff.choices = [
        SelectChoice(person.id, f"{person.number} {person.name}")
        for person in list_colleagues(db.session())
    ]
    return form


def _offer_choices(form: PostForm, *, standing: int | None = None) -> None:
    form.unit.choices = reach.unit_choices(EDIT, standing=standing)
    form.schedule.choices = [
        SelectChoice(0, _("Those of the institution")),
        *(SelectChoice(row.id, reach.named(row.name)) for row in list_schedules(db.session())),
    ]


def _details(form: PostForm) -> posts.PostDetails:
    return posts.PostDetails(
        unit_id=form.unit.data,
        code=form.code.data,
        name=form.name.data,
        plate=form.plate.data,
        place=form.place.data,
        way=form.way.data,
        schedule_id=form.schedule.data or None,
        position=form.position.data,
    )
