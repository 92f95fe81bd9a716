"""One's handovers, and the giver's list."""

from collections.abc import Callable
from datetime import datetime, time

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from portal.catalog.models import Post
from portal.catalog.queries import list_posts_by_id
from portal.core.errors import NotFound
from portal.core.listing import PAGE, page_of
from portal.core.localized import pick
from portal.core.session import db
from portal.duty.queries import get_open_post, list_held, list_places
from portal.duty.roster_forms import ShiftForm
from portal.handover.desk_lines import say_next
from portal.handover.forms import BeginForm, ItemForm, LineForm, ReceiverForm, SignForm
from portal.handover.models import Handover
from portal.handover.queries import (
    has_part,
    list_posts_of_units,
    list_receivers,
    list_standing,
    list_to_return,
    read_posts,
)
from portal.handover.rules import BY_HAND, REASON_LABELS, STATE_LABELS, Kind, Reason
from portal.handover.services import listing, returning
from portal.handover.views.reading import describe, get_given, get_item, get_shown, read_rows
from portal.identity.models import Staff
from portal.identity.queries.heads import list_headed
from portal.identity.queries.staff import list_staff_names
from portal.identity.signatures import prove_code
from portal.web import guards
from portal.web.forms import Form, form_page, landing_on
from portal.web.languages import current_language
from portal.web.requests import page_number

pages = Blueprint("handover", __name__, template_folder="../templates", url_prefix="/work/handover")
SIGNING = frozenset(f"handover.{name}" for name in ("offer", "confirm", "sign", "emergency"))


@pages.before_request
def hash_beforehand() -> None:
    """Signing codes are compared before any transaction begins."""
    if request.method == "POST" and request.endpoint in SIGNING:
        prove_code()


@pages.get("/")
@guards.staff
def index() -> ResponseReturnValue:
    """What one gives and takes over now, what is to be handed back, and where to begin."""
    session, me = db.session(), guards.current_staff().id
    standing = [row for row in list_standing(session, me) if has_part(row, me)][:PAGE]
    returnable = list_to_return(session, me)
    rows = [*standing, *returnable]
    held = {one.presence.post_id for one in list_held(session, staff_id=me)}
    posts = {post.id: post for post, _position in list_places(session, me)}
    own = sorted(posts.values(), key=lambda post: (post.id not in held, post.position))
    return render_template(
        "handover/index.html",
        standing=[(row, say_next(row, me)) for row in standing],
        returnable=returnable,
        posts=page_of(own, page_number()),
        given={row.post_id for row in standing if row.giver_id == me},
        of_post=read_posts(session, rows) if rows else {},
        names=list_staff_names(session, _people(rows)),
        headed=list_posts_of_units(session, [unit.id for unit in list_headed(session, me)]),
        me=me,
        reasons=REASON_LABELS,
        states=STATE_LABELS,
    )


def _people(rows: list[Handover]) -> list[int]:
    return [one for row in rows for one in (row.giver_id, row.receiver_id) if one is not None]


@pages.route("/new/<int:post_id>/", methods=["GET", "POST"])
@guards.staff
def begin(post_id: int) -> ResponseReturnValue:
    """Say who takes over and why; the list is made at once."""
    post, me = get_open_post(db.session(), post_id), guards.current_staff().id
    listing.check_giver(db.session(), post.id, me)
    form = BeginForm()
    form.receiver.choices = choose_among(post.id, besides=me)
    if form.validate_on_submit():
        with landing_on(form):
            handover = listing.begin(
                db.session(),
                post=post,
                receiver_id=form.receiver.data,
                reason=Reason(form.reason.data),
                until_at=_end_of(form),
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Listed. Complete the list, then sign it."))
            return redirect(url_for(".show", handover_id=handover.id), 303)
    return form_page("handover/begin.html", form, post=post)


def choose_among(post_id: int, *, besides: int) -> list[SelectChoice]:
    """Those who are named for a post, to choose from."""
    people = list_receivers(db.session(), post_id, giver_id=besides)
    elsewhere = {
        held.presence.staff_id: held.presence.post_id
        for held in list_held(db.session())
        if held.presence.post_id != post_id and not held.presence.is_cover
    }
    posts = list_posts_by_id(db.session(), set(elsewhere.values()))
    return [_choice(one, posts.get(elsewhere.get(one.id, 0))) for one in people]


def _choice(person: Staff, other: Post | None) -> SelectChoice:
    """Whoever is signed in elsewhere leaves that post first, or the new one stays empty."""
    label = f"{person.number} {person.name}"
    if other is not None:
        label += " · " + _("signed in at %(post)s", post=pick(other.name, current_language())[0])
    return SelectChoice(person.id, label)


def _end_of(form: BeginForm) -> datetime | None:
    """The last moment of the day until which somebody is away."""
    if form.until.data is None:
        return None
    return datetime.combine(form.until.data, time(23, 59), g.institution.zone)


@pages.get("/<int:handover_id>/")
@guards.staff
def show(handover_id: int) -> ResponseReturnValue:
    """A handover: to complete, to tick and sign, or to read."""
    handover = get_shown(handover_id)
    return show_with(SignForm(version=handover.version), handover)


def show_with(
    form: Form, handover: Handover, ticked: frozenset[int] | None = None
) -> ResponseReturnValue:
    """The page of a handover; ``ticked``: what was sent and not kept."""
    found = describe(handover)
    rows = found["sheet"].rows
    if ticked is None:
        ticked = frozenset(row.item.id for row in rows if row.item.ticked_at is not None)
    return form_page(
        "handover/show.html",
        form,
        **found,
        ticked=ticked,
        missing=[row for row in rows if row.item.id not in ticked],
    )


@pages.route("/<int:handover_id>/receiver/", methods=["GET", "POST"])
@guards.staff
def choose(handover_id: int) -> ResponseReturnValue:
    """Have somebody else take over."""
    handover = get_given(handover_id)
    form = ReceiverForm(version=handover.version, receiver=handover.receiver_id)
    form.receiver.choices = choose_among(handover.post_id, besides=handover.giver_id)
    return _change(
        form,
        handover,
        "handover/receiver.html",
        lambda: listing.choose_receiver(
            db.session(),
            handover=handover,
            version=form.version.data,
            receiver_id=form.receiver.data,
            actor=guards.current_actor(),
            now=g.now,
        ),
    )


@pages.route("/<int:handover_id>/add/", methods=["GET", "POST"])
@guards.staff
def add(handover_id: int) -> ResponseReturnValue:
    """Write down a key, a seal, an instruction."""
    handover = get_given(handover_id)
    form = ItemForm(version=handover.version)

    def work() -> None:
        listing.add_item(
            db.session(),
            handover=handover,
            version=form.version.data,
            kind=Kind(form.kind.data),
            words=form.words.data,
            actor=guards.current_actor(),
            now=g.now,
        )

    return _change(form, handover, "handover/add.html", work)


@pages.route("/<int:handover_id>/items/<int:item_id>/", methods=["GET", "POST"])
@guards.staff
def change(handover_id: int, item_id: int) -> ResponseReturnValue:
    """Say what the receiver must know of a line."""
    handover = get_given(handover_id)
    item = get_item(handover, item_id)
    ready = "" if item.is_ready is None else "yes" if item.is_ready else "no"
    form = LineForm(version=handover.version, words=item.words, ready=ready)
    if item.kind != Kind.APPOINTMENT:
        del form.ready

    def work() -> None:
        said = form.ready.data if "ready" in form else ""
        listing.change_item(
            db.session(),
            handover=handover,
            version=form.version.data,
            item=item,
            words=form.words.data or "",
            is_ready={"yes": True, "no": False}.get(said),
            actor=guards.current_actor(),
            now=g.now,
        )

    return _change(form, handover, "handover/change.html", work, item_id)


def _change(
    form: ShiftForm,
    handover: Handover,
    template: str,
    work: Callable[[], object],
    item_id: int | None = None,
) -> ResponseReturnValue:
    """A change of the list on a page of its own."""
    if form.validate_on_submit():
        with landing_on(form):
            work()
            anchor = f"item-{item_id}" if item_id else None
            address = url_for(".show", handover_id=handover.id, _anchor=anchor)
            return redirect(address, 303)
    post = list_posts_by_id(db.session(), [handover.post_id])[handover.post_id]
    rows = read_rows([get_item(handover, item_id)]) if item_id else []
    return form_page(template, form, handover=handover, post=post, rows=rows, by_hand=BY_HAND)


@pages.post("/<int:handover_id>/items/<int:item_id>/drop/")
@guards.staff
def drop(handover_id: int, item_id: int) -> ResponseReturnValue:
    """Take away what one has written down."""
    handover = get_given(handover_id)
    item = get_item(handover, item_id)
    return _step(
        handover,
        lambda version: listing.drop_item(
            db.session(),
            handover=handover,
            version=version,
            item=item,
            actor=guards.current_actor(),
            now=g.now,
        ),
    )


@pages.post("/<int:handover_id>/refresh/")
@guards.staff
def refresh(handover_id: int) -> ResponseReturnValue:
    """List what came since."""
    return _verb(get_given(handover_id), listing.bring_up_to_date)


@pages.post("/<int:handover_id>/withdraw/")
@guards.staff
def withdraw(handover_id: int) -> ResponseReturnValue:
    """Hand nothing over after all."""
    return _verb(get_given(handover_id), listing.withdraw)


def _verb(handover: Handover, verb: Callable[..., object]) -> ResponseReturnValue:
    return _step(
        handover,
        lambda version: verb(
            db.session(),
            handover=handover,
            version=version,
            actor=guards.current_actor(),
            now=g.now,
        ),
    )


def _step(handover: Handover, work: Callable[[int], object]) -> ResponseReturnValue:
    """A step that takes no more than a button; refused, the page says why."""
    form = ShiftForm()
    if form.validate_on_submit():
        with landing_on(form):
            work(form.version.data)
            return redirect(url_for(".show", handover_id=handover.id), 303)
    again = SignForm(formdata=None, version=handover.version)
    again.form_errors += [*form.form_errors, *form.version.errors]
    return show_with(again, handover)


@pages.post("/<int:handover_id>/return/")
@guards.staff
def give_back(handover_id: int) -> ResponseReturnValue:
    """Begin to hand back what one took over for a while."""
    original = get_shown(handover_id)
    if original.receiver_id != guards.current_staff().id:
        raise NotFound
    form = ShiftForm()
    if form.validate_on_submit():
        with landing_on(form):
            handover = returning.give_back(
                db.session(),
                original=original,
                version=form.version.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Listed. Complete the list, then sign it."))
            return redirect(url_for(".show", handover_id=handover.id), 303)
    again = SignForm(formdata=None, version=original.version)
    again.form_errors += [*form.form_errors, *form.version.errors]
    return show_with(again, original)
