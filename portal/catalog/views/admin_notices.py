"""Administration of a service's papers, steps and grounds of refusal."""

from typing import Any

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.catalog.forms import DecisionForm, DocumentForm, GroundForm, StepForm, VersionedForm
from portal.catalog.services import service_texts
from portal.catalog.views.admin_services import EDIT, get_kept, pages
from portal.core.errors import NotFound
from portal.core.session import db
from portal.web import guards
from portal.web.forms import form_page, landing_on

FORMS: dict[str, type[VersionedForm]] = {
    "document": DocumentForm,
    "step": StepForm,
    "ground": GroundForm,
}
#: What of a form is not a value of the line.
ASIDE = frozenset({"csrf_token", "idempotency_key", "version"})


def _form(kind: str, **standing: Any) -> VersionedForm:
    form = FORMS.get(kind)
    if form is None:
        raise NotFound
    return form(**standing)


def _values(form: VersionedForm) -> dict[str, Any]:
    return {name: value for name, value in form.data.items() if name not in ASIDE}


def _back(service_id: int, kind: str) -> ResponseReturnValue:
    """To the list that was changed, on the page of the service."""
    return redirect(url_for(".show", service_id=service_id, _anchor=kind), 303)


@pages.route("/<int:service_id>/<kind>/add/", methods=["GET", "POST"])
@guards.permitted(EDIT)
def add_line(service_id: int, kind: str) -> ResponseReturnValue:
    """Add a paper, step or ground."""
    service = get_kept(service_id)
    form = _form(kind)
    if form.validate_on_submit():
        with landing_on(form):
            service_texts.add_line(
                db.session(),
                service=service,
                kind=kind,
                values=_values(form),
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Saved."))
            return _back(service_id, kind)
    return form_page("catalog/admin_line.html", form, service=service, kind=kind)


@pages.route("/<int:service_id>/<kind>/<int:line_id>/", methods=["GET", "POST"])
@guards.permitted(EDIT)
def edit_line(service_id: int, kind: str, line_id: int) -> ResponseReturnValue:
    """Change a paper, step or ground."""
    service = get_kept(service_id)
    line = service_texts.get_line(db.session(), service, kind, line_id)
    form = _form(kind, obj=line, data={"version": service.version})
    if form.validate_on_submit():
        with landing_on(form):
            service_texts.change_line(
                db.session(),
                service=service,
                kind=kind,
                line=line,
                version=form.version.data,
                values=_values(form),
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Saved."))
            return _back(service_id, kind)
    return form_page("catalog/admin_line.html", form, service=service, kind=kind)


@pages.post("/<int:service_id>/<kind>/<int:line_id>/<any(up, down):way>/")
@guards.permitted(EDIT)
def move_line(service_id: int, kind: str, line_id: int, way: str) -> ResponseReturnValue:
    """Move a line one place up or down."""
    service = get_kept(service_id)
    service_texts.move_line(
        db.session(),
        service=service,
        kind=kind,
        line=service_texts.get_line(db.session(), service, kind, line_id),
        by=-1 if way == "up" else 1,
        actor=guards.current_actor(),
        now=g.now,
    )
    return _back(service_id, kind)


@pages.route("/<int:service_id>/<kind>/<int:line_id>/remove/", methods=["GET", "POST"])
@guards.permitted(EDIT)
def remove_line(service_id: int, kind: str, line_id: int) -> ResponseReturnValue:
    """Remove a line, after a question."""
    service = get_kept(service_id)
    line = service_texts.get_line(db.session(), service, kind, line_id)
    form = DecisionForm()
    if form.validate_on_submit():
        actor = guards.current_actor()
        service_texts.remove_line(
            db.session(), service=service, kind=kind, line=line, actor=actor, now=g.now
        )
        flash(_("Removed."))
        return _back(service_id, kind)
    return form_page("catalog/admin_line_remove.html", form, service=service, line=line)
