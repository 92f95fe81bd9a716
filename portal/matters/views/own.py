"""A matter as the person sees it, by its link; and writing one down online."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.appointments.forms import VersionForm
from portal.core.actor import Actor
from portal.core.errors import N_, DomainError, NotFound
from portal.core.session import db
from portal.files.queries import get_attachment
from portal.files.rules import MOST_TOGETHER
from portal.files.sending import send
from portal.identity.staff_sessions import signed_in_id
from portal.matters.forms import (
    NotSolvedForm,
    ObjectForm,
    SayMoreForm,
    SubmitForm,
    WithdrawForm,
    WordsForm,
)
from portal.matters.intake_rules import KIND_HINTS, KIND_LABELS, PROMPTS, Channel, Identity, Kind
from portal.matters.models import Matter
from portal.matters.notice_queries import get_notice
from portal.matters.queries import (
    find_desk_post,
    get_matter_by_link,
    matter_token,
)
from portal.matters.rules import State, Verb, can
from portal.matters.services import contesting, handling, opening
from portal.matters.services.opening import Account, Bringer, submit_matter
from portal.matters.views.beforehand import look_for_person
from portal.matters.views.looking import own_code
from portal.matters.views.notices import print_notice
from portal.matters.views.own_page import said_to_person
from portal.matters.views.pace import may_say, may_submit, paced_page, wait
from portal.tenancy.resolve import settings
from portal.web import guards
from portal.web.forms import Form, landing_on
from portal.web.languages import current_language
from portal.web.requests import takes_files

pages = Blueprint("own_matter", __name__, template_folder="../templates")
pages.before_request(look_for_person)


class ByStaff(DomainError):
    """A browser in which somebody of the staff is signed in."""

    status = 409
    default = N_("You are signed in as staff. Only the person says this, in the own browser.")


def _owner(matter: Matter) -> Actor:
    """Whoever holds the link acts for the person."""
    return Actor("citizen", matter.contact_id)


@pages.get("/tell/")
@guards.everyone
def kinds() -> ResponseReturnValue:
    """What somebody brings."""
    return render_template("matters/tell.html", kinds=KIND_LABELS, hints=KIND_HINTS)


@pages.route("/tell/<kind>/", methods=["GET", "POST"])
@guards.everyone
@takes_files(MOST_TOGETHER)
def submit(kind: str) -> ResponseReturnValue:
    """Write it down; whoever proved a contact gets messages, others keep the page's address."""
    if kind not in set(Kind):
        raise NotFound
    form = SubmitForm()
    if form.validate_on_submit() and _goes_on(form, may_submit()):
        with landing_on(form):
            matter = _submit(form, Kind(kind))
            token = matter_token(matter.reference)
            url = url_for(".show", serial=matter.reference, matter_token=token, new=1)
            return redirect(url, 303)
    return paced_page(
        "matters/submit.html", form, label=KIND_LABELS[Kind(kind)], prompts=PROMPTS[Kind(kind)]
    )


def _submit(form: SubmitForm, kind: Kind) -> Matter:
    contact_id = g.citizen.contact_id if g.citizen else None
    identity = Identity.ANONYMOUS
    if form.name.data:
        identity = Identity.NAMED if contact_id else Identity.UNVERIFIED
    return submit_matter(
        db.session(),
        account=Account(
            kind=kind,
            channel=Channel.ONLINE,
            title=form.title.data,
            body=form.body.data or "",
            place=form.place.data or "",
            photos=form.photos.data,
        ),
        bringer=Bringer(
            identity=identity,
            name=form.name.data or "",
            contact_id=contact_id,
            language=current_language(),
        ),
        post_id=find_desk_post(db.session()),
        prefix=settings().matters.prefix,
        zone=g.institution.zone,
        now=g.now,
    )


@pages.get("/m/<serial>/<matter_token>/")
@guards.everyone
def show(serial: str, matter_token: str) -> ResponseReturnValue:
    """How it stands, until when there is a result, and who answers for it."""
    matter = get_matter_by_link(db.session(), reference=serial, token=matter_token)
    link: dict[str, Any] = {"serial": serial, "matter_token": matter_token}
    said = said_to_person(
        matter,
        photo_at=lambda row: url_for(".photo", **link, attachment_id=row.id),
        paper_at=lambda notice: url_for(".notice_paper", **link, notice_id=notice.id),
    )
    said |= {"token": matter_token, "may": _open_to_person(matter)}
    return render_template("matters/own.html", **said | {"is_new": bool(request.args.get("new"))})


def _open_to_person(matter: Matter) -> frozenset[str]:
    """What the page lets the person say, as the matter stands."""
    state = State(matter.state)
    saying = {
        "answer": can(state, Verb.CLOSE),
        "reopen": can(state, Verb.REOPEN),
        "withdraw": can(state, Verb.WITHDRAW),
        "contest": can(state, Verb.CONTEST) and matter.contested_at is None,
        "agree": matter.agreed_at is None and state in (State.SUBMITTED, State.RECEIVED),
    }
    return frozenset(code for code, is_open in saying.items() if is_open)


@pages.get("/m/<serial>/<matter_token>/photos/<int:attachment_id>/")
@guards.everyone
def photo(serial: str, matter_token: str, attachment_id: int) -> ResponseReturnValue:
    """A photo or paper of the matter, for whoever holds its link."""
    matter = get_matter_by_link(db.session(), reference=serial, token=matter_token)
    return send(get_attachment(db.session(), (opening.KIND, matter.id), attachment_id))


@pages.get("/m/<serial>/<matter_token>/notices/<int:notice_id>/")
@guards.everyone
def notice_paper(serial: str, matter_token: str, notice_id: int) -> ResponseReturnValue:
    """The one-time notice as a sheet, for whoever holds the link."""
    matter = get_matter_by_link(db.session(), reference=serial, token=matter_token)
    found = get_notice(db.session(), matter.id, notice_id)
    back = url_for(".show", serial=serial, matter_token=matter_token)
    return print_notice(matter, found, back, qr=own_code(matter))


@pages.post("/m/<serial>/<matter_token>/solved/")
@guards.everyone
def solved(serial: str, matter_token: str) -> ResponseReturnValue:
    """The person says that it is solved."""
    said = _("Thank you. The matter is closed.")
    return _press(handling.confirm_solved, serial, matter_token, said)


@pages.post("/m/<serial>/<matter_token>/right/")
@guards.everyone
def right(serial: str, matter_token: str) -> ResponseReturnValue:
    """The person says that what stands here is right (復清楚)."""
    return _press(opening.agree, serial, matter_token, _("Thank you. The window reads it next."))


def _press(
    make: Callable[..., None], serial: str, matter_token: str, said: str
) -> ResponseReturnValue:
    """A word of the person that needs a press and nothing else."""
    matter = get_matter_by_link(db.session(), reference=serial, token=matter_token)
    form = VersionForm()
    if form.validate_on_submit() and _goes_on(form, may_say(matter)):
        with landing_on(form):
            _check_person()
            make(
                db.session(),
                matter=matter,
                version=form.version.data,
                actor=_owner(matter),
                now=g.now,
            )
            flash(said)
    for message in form.form_errors:
        flash(message, "bad")
    return redirect(url_for(".show", serial=serial, matter_token=matter_token), 303)


@pages.route("/m/<serial>/<matter_token>/<act>/", methods=["GET", "POST"])
@guards.everyone
@takes_files(MOST_TOGETHER)
def say(serial: str, matter_token: str, act: str) -> ResponseReturnValue:
    """Add something, say that it is not solved, or withdraw it."""
    matter = get_matter_by_link(db.session(), reference=serial, token=matter_token)
    if act not in SAYINGS:
        raise NotFound
    chosen, make = SAYINGS[act]
    form = chosen(version=matter.version)
    if form.validate_on_submit() and _goes_on(form, may_say(matter)):
        with landing_on(form):
            _check_person()
            make(matter, form)
            flash(_("Written down. It stands on this page."))
            return redirect(url_for(".show", serial=serial, matter_token=matter_token), 303)
    return paced_page("matters/say.html", form, matter=matter, token=matter_token, act=act)


def _check_person() -> None:
    """Nobody of the staff speaks as the person; raises ByStaff."""
    if signed_in_id() is not None:
        raise ByStaff


def _goes_on(form: Form, is_allowed: bool) -> bool:
    """Whether there is room for one more; if not, the form says when there is."""
    if not is_allowed:
        form.refuse(wait())
    return is_allowed


def _add(matter: Matter, form: WordsForm) -> None:
    assert isinstance(form, SayMoreForm)
    opening.add_words(
        db.session(),
        matter=matter,
        words=form.words.data,
        is_public=True,
        photos=form.photos.data,
        actor=_owner(matter),
        now=g.now,
    )


def _reopen(matter: Matter, form: WordsForm) -> None:
    handling.reopen(
        db.session(),
        matter=matter,
        version=form.version.data,
        words=form.words.data,
        hours=settings().matters.resolution_hours,
        actor=_owner(matter),
        now=g.now,
    )


def _withdraw(matter: Matter, form: WordsForm) -> None:
    handling.withdraw(
        db.session(),
        matter=matter,
        version=form.version.data,
        words=form.words.data or "",
        actor=_owner(matter),
        now=g.now,
    )


def _contest(matter: Matter, form: WordsForm) -> None:
    contesting.contest(
        db.session(),
        matter=matter,
        version=form.version.data,
        words=form.words.data,
        actor=_owner(matter),
        now=g.now,
    )


#: What the person may say, by the end of the address: what is asked, and what it does.
SAYINGS: Mapping[str, tuple[type[WordsForm], Callable[[Matter, WordsForm], None]]] = {
    "add": (SayMoreForm, _add),
    "not-solved": (NotSolvedForm, _reopen),
    "withdraw": (WithdrawForm, _withdraw),
    "contest": (ObjectForm, _contest),
}
