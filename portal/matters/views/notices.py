"""The one-time notice of a matter: chosen, given, printed; its papers taken in."""

from collections.abc import Mapping

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.catalog.queries import (
    get_service,
    list_services_by_id,
    list_services_page,
    notice_of,
)
from portal.core.errors import NotFound
from portal.core.listing import page_of
from portal.core.session import db
from portal.identity.queries.staff import list_staff_names
from portal.matters.models import Matter
from portal.matters.notice_forms import papers_form
from portal.matters.notice_models import Notice
from portal.matters.notice_queries import (
    NoticeFile,
    find_notice,
    get_notice,
    open_file,
    staff_of,
)
from portal.matters.notice_rules import GIVERS, OPEN_FILE, needed_of
from portal.matters.queries import parts_of
from portal.matters.rules import State, Verb, steps_for
from portal.matters.services.notices import fingerprint, give_notice, take_papers
from portal.matters.views.looking import get_shown, note_read
from portal.matters.views.matters import pages
from portal.search.queries import find_refs
from portal.tenancy.resolve import settings
from portal.web import guards
from portal.web.forms import form_page, landing_on
from portal.web.requests import page_number


def get_for_notice(matter_id: int) -> Matter:
    """A matter to which whoever is signed in may give notices; raises NotFound."""
    matter, viewer = get_shown(matter_id)
    if not GIVERS & parts_of(matter, viewer):
        raise NotFound
    return matter


def names_of(*files: NoticeFile) -> Mapping[int, str]:
    """The names of the staff that some notices say."""
    return list_staff_names(db.session(), staff_of(files))


@pages.get("/<int:matter_id>/notices/")
@guards.staff
def choose_service(matter_id: int) -> ResponseReturnValue:
    """Which service the person needs."""
    matter = get_for_notice(matter_id)
    query = request.args.get("q", "").strip()[:60]
    if query:
        refs = find_refs(db.session(), query, kinds=("service",))
        found = list_services_by_id(db.session(), [ref for _kind, ref in refs])
        listing = page_of(found, page_number())
    else:
        listing = list_services_page(db.session(), page=page_number())
    return render_template(
        "matters/notice_services.html", matter=matter, listing=listing, query=query
    )


@pages.route("/<int:matter_id>/notices/of/<int:service_id>/", methods=["GET", "POST"])
@guards.staff
def give(matter_id: int, service_id: int) -> ResponseReturnValue:
    """Everything that the person is told, and what of it is here already."""
    matter = get_for_notice(matter_id)
    service = get_service(db.session(), service_id)
    first = find_notice(db.session(), matter_id=matter.id, service_id=service.id)
    if first is not None:
        return redirect(_address(matter, first), 303)
    if not service.is_active:
        raise NotFound
    told = notice_of(db.session(), service, on=g.now.astimezone(g.institution.zone).date())
    missing = {one.id: needed_of(one.originals, one.copies) for one in told.documents}
    form = papers_form(
        {one.id: one.name for one in told.documents},
        missing,
        version=matter.version,
        seen=fingerprint(told),
    )
    if form.validate_on_submit():
        with landing_on(form):
            notice = give_notice(
                db.session(),
                matter=matter,
                version=form.version.data,
                told=told,
                seen=form.seen.data or "",
                brought=form.brought(missing),
                phone=settings().presence.phones[0].number,
                prefix=settings().matters.prefix,
                zone=g.institution.zone,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Given. Print it, and both sign."))
            return redirect(_address(matter, notice), 303)
    return form_page("matters/notice_give.html", form, matter=matter, told=told)


def _address(matter: Matter, notice: Notice) -> str:
    return url_for("matters.notice_file", matter_id=matter.id, notice_id=notice.id)


@pages.route("/<int:matter_id>/notices/<int:notice_id>/", methods=["GET", "POST"])
@guards.staff
def notice_file(matter_id: int, notice_id: int) -> ResponseReturnValue:
    """What was told, which papers are here, and taking in those that come."""
    matter, viewer = get_shown(matter_id)
    standing = open_file(db.session(), get_notice(db.session(), matter.id, notice_id))
    state, parts = State(matter.state), parts_of(matter, viewer)
    steps, may_take = steps_for(state, parts), bool(GIVERS & parts)
    form = papers_form(
        {line.paper.id: line.paper.name for line in standing.papers},
        standing.missing,
        version=matter.version,
    )
    if request.method == "POST" and not may_take:
        raise NotFound
    if form.validate_on_submit():
        with landing_on(form):
            done = take_papers(
                db.session(),
                notice=standing.notice,
                matter=matter,
                version=form.version.data,
                brought=form.brought(standing.missing),
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Taken in. The papers are complete.") if done else _("Taken in."))
            return redirect(_address(matter, standing.notice), 303)
    return form_page(
        "matters/notice.html",
        form,
        matter=matter,
        standing=standing,
        names=names_of(standing),
        may_take=may_take and state in OPEN_FILE,
        can_send_back=Verb.PAUSE in steps and standing.complete_at is None,
        can_refuse=Verb.FINISH in steps and standing.refusal is None,
    )


@pages.get("/<int:matter_id>/notices/<int:notice_id>/paper/")
@guards.staff
def notice_paper(matter_id: int, notice_id: int) -> ResponseReturnValue:
    """The sheet that both sign; the code by which the person acts stands on the own one alone."""
    matter, _viewer = get_shown(matter_id)
    note_read(matter)
    found = get_notice(db.session(), matter.id, notice_id)
    back = url_for("matters.notice_file", matter_id=matter.id, notice_id=found.id)
    return print_notice(matter, found, back)


def print_notice(matter: Matter, notice: Notice, back: str, *, qr: str = "") -> str:
    """The sheet of a notice as it stands, with the way back from it, and the person's code."""
    standing = open_file(db.session(), notice)
    return render_template(
        "matters/notice_paper.html",
        matter=matter,
        standing=standing,
        names=names_of(standing),
        back=back,
        qr=qr,
    )
