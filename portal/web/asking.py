"""The step before something is saved: what was typed is carried through a page that asks."""

from flask import request
from wtforms.widgets import HiddenInput

from portal.web.forms import Form


def is_going_back() -> bool:
    """Whether the person chose to change what they typed."""
    return request.form.get("step") == "back"


def has_seen(count: int) -> bool:
    """Whether the person was shown so many people and now decides, not just turns the page."""
    return request.form.get("seen") == str(count) and "page" not in request.form


def asked_page() -> int:
    """Which page of the people on the asking page is wanted, whether asked by link or button."""
    number: int = request.values.get("page", 1, int)
    return min(max(1, number), 1_000_000)


def carried(form: Form) -> list[tuple[str, str]]:
    """What was typed, except the hidden fields, which the form says again itself."""
    names = {field.name for field in form if not isinstance(field.widget, HiddenInput)}
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name.partition("-")[0] in names
    ]
