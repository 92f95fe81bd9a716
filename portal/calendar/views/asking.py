"""The step before a change of hours is saved: what was understood, and whom it hits."""

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from portal.web.forms import Form


def is_going_back() -> bool:
    """Whether the person chose to change what they typed."""
    return request.form.get("step") == "back"


def has_seen(count: int) -> bool:
    """Whether the person was shown that so many appointments would lie outside the new hours."""
    return request.form.get("seen") == str(count)


def ask(form: Form, count: int, **context: Any) -> ResponseReturnValue:
    """The page that shows the change as understood, and carries what was typed."""
    return render_template(
        "calendar/check.html", form=form, count=count, carried=_carried(form), **context
    )


def _carried(form: Form) -> list[tuple[str, str]]:
    """What was typed, except the fields that every form has."""
    names = {field.name for field in form} - {"csrf_token", "idempotency_key"}
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name.partition("-")[0] in names
    ]
