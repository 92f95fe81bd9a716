"""Administration of a service's papers, steps and grounds of refusal."""

from typing import Any

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.catalog.forms import DecisionForm, DocumentForm, GroundForm, StepForm
from portal.catalog.queries import get_service
from portal.catalog.services import service_texts
from portal.catalog.views import admin_services
from portal.core.errors import NotFound
from portal.core.session import db
from portal.web import guards
from portal.web.forms import Form, form_page, landing_on

#: The services' own blueprint, with these pages beside it.
pages = admin_services.pages

FORMS: dict[str, type[Form]] = {"document": DocumentForm, "step": StepForm, "ground": GroundForm}
#: What of a form is not a value of the line.
ASIDE = frozenset({"csrf_token", "idempotency_key"})


def _form(kind: str, line: Any = None) -> Form:
    form = FORMS.get(kind)
    if form is None:
        raise NotFound
    return form(obj=line)


def _values(form: Form) -> dict[str, Any]:
    return {name: value for name, value in form.data.items() if name not in ASIDE}


@pages.route("/<int:service_id>/<kind>/add/", methods=["GET", "POST"])
@guards.permitted(admin_services.EDIT)
def add_line(service_id: int, kind: str) -> ResponseReturnValue:
    """Add a paper, step or ground."""
    service = get_service(db.session(), service_id)
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
            return redirect(url_for(".show", service_id=service.id), 303)
    return form_page("catalog/admin_line.html", form, service=service, kind=kind)


@pages.route("/<int:service_id>/<kind>/<int:line_id>/", methods=["GET", "POST"])
@guards.permitted(admin_services.EDIT)
def edit_line(service_id: int, kind: str, line_id: int) -> ResponseReturnValue:
    """Change a paper, step or ground."""
    service = get_service(db.session(), service_id)
    line = service_texts.get_line(db.session(), service, kind, line_id)
    form = _form(kind, line)
    if form.validate_on_submit():
        with landing_on(form):
            service_texts.change_line(
                db.session(),
                service=service,
                kind=kind,
                line=line,
                values=_values(form),
                actor=guards.current_actor(),
                now=g.now,
            )
            flash(_("Saved."))
            return redirect(url_for(".show", service_id=service.id), 303)
    return form_page("catalog/admin_line.html", form, service=service, kind=kind)


@pages.post("/<int:service_id>/<kind>/<int:line_id>/up/")
@guards.permitted(admin_services.EDIT)
def raise_line(service_id: int, kind: str, line_id: int) -> ResponseReturnValue:
    """Move a line one place up."""
    service = get_service(db.session(), service_id)
    line = service_texts.get_line(db.session(), service, kind, line_id)
    actor = guards.current_actor()
    service_texts.raise_line(
        db.session(), service=service, kind=kind, line=line, actor=actor, now=g.now
    )
    return redirect(url_for(".show", service_id=service.id), 303)


@pages.route("/<int:service_id>/<kind>/<int:line_id>/remove/", methods=["GET", "POST"])
@guards.permitted(admin_services.EDIT)
def remove_line(service_id: int, kind: str, line_id: int) -> ResponseReturnValue:
    """Remove a line, after a question."""
    service = get_service(db.session(), service_id)
    line = service_texts.get_line(db.session(), service, kind, line_id)
    form = DecisionForm()
    if form.validate_on_submit():
        actor = guards.current_actor()
        service_texts.remove_line(
            db.session(), service=service, kind=kind, line=line, actor=actor, now=g.now
        )
        flash(_("Removed."))
        return redirect(url_for(".show", service_id=service.id), 303)
    return form_page("catalog/admin_line_remove.html", form, service=service, line=line)
