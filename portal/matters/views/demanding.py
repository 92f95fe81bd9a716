"""Asking for a paper outside the notice, sending back for what is missing, refusing by article."""

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.core.localized import pick
from portal.core.session import db
from portal.matters.forms import WordsForm
from portal.matters.notice_forms import DemandForm, RefuseForm
from portal.matters.notice_queries import NoticeFile, get_notice, open_file
from portal.matters.rules import Verb
from portal.matters.services import demanding
from portal.matters.views.matters import get_for, pages
from portal.matters.views.notices import get_for_notice
from portal.web import guards
from portal.web.forms import form_page, landing_on


@pages.route("/<int:matter_id>/notices/<int:notice_id>/demand/", methods=["GET", "POST"])
@guards.staff
def demand(matter_id: int, notice_id: int) -> ResponseReturnValue:
    """Ask for a paper that is not on the notice; the page says first what that means."""
    matter = get_for_notice(matter_id)
    standing = open_file(db.session(), get_notice(db.session(), matter.id, notice_id))
    form = DemandForm(version=matter.version)
    if form.validate_on_submit():
        with landing_on(form):
            signal = demanding.demand_paper(
                db.session(),
                notice=standing.notice,
                matter=matter,
                version=form.version.data,
                paper=form.paper.data,
                reason=form.words.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            if signal.is_stopped:
                flash(
                    _("The papers are complete, so nothing was asked for. It is recorded."), "bad"
                )
            else:
                flash(_("Asked for, and recorded. Whoever oversees is told."))
            return redirect(url_for(".notice_file", matter_id=matter.id, notice_id=notice_id), 303)
    return form_page("matters/notice_demand.html", form, matter=matter, standing=standing)


@pages.route("/<int:matter_id>/notices/<int:notice_id>/send-back/", methods=["GET", "POST"])
@guards.staff
def send_back(matter_id: int, notice_id: int) -> ResponseReturnValue:
    """Pause the matter until the missing papers come."""
    matter, _verb = get_for(matter_id, Verb.PAUSE)
    standing = open_file(db.session(), get_notice(db.session(), matter.id, notice_id))
    form = WordsForm(version=matter.version, words=_missing_in(standing, matter.language))
    if form.validate_on_submit():
        with landing_on(form):
            demanding.send_back(
                db.session(),
                notice=standing.notice,
                matter=matter,
                version=form.version.data,
                words=form.words.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Paused. The person reads which papers are missing."))
            return redirect(url_for(".show", matter_id=matter.id), 303)
    return form_page("matters/notice_send_back.html", form, matter=matter, standing=standing)


def _missing_in(standing: NoticeFile, language: str) -> str:
    """The missing papers, one a line, in the person's language."""
    names = [pick(line.paper.name, language)[0] for line in standing.papers if line.missing]
    return "\n".join(names)


@pages.route("/<int:matter_id>/notices/<int:notice_id>/refuse/", methods=["GET", "POST"])
@guards.staff
def refuse(matter_id: int, notice_id: int) -> ResponseReturnValue:
    """Refuse what was applied for, by the article that the refusal rests on."""
    matter, _verb = get_for(matter_id, Verb.FINISH)
    standing = open_file(db.session(), get_notice(db.session(), matter.id, notice_id))
    form = RefuseForm(version=matter.version)
    if form.validate_on_submit():
        with landing_on(form):
            demanding.refuse(
                db.session(),
                notice=standing.notice,
                matter=matter,
                version=form.version.data,
                words=form.words.data,
                article=form.article.data,
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Refused. The result goes back to whoever took the matter up."))
            return redirect(url_for(".show", matter_id=matter.id), 303)
    return form_page("matters/notice_refuse.html", form, matter=matter, standing=standing)
