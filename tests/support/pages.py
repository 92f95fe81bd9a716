"""Reading pages and sending their forms as a browser without JavaScript would."""

from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


class _Reader(HTMLParser):
    """Collects the forms of a page with what their boxes hold."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []
        self.options: dict[str, list[str]] = {}
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({"action": found.get("action", ""), "fields": {}})
        name = found.get("name", "")
        fields = self.forms[-1]["fields"] if self.forms else {}
        if tag == "input" and name:
            kind = found.get("type", "text")
            if kind in ("radio", "checkbox"):
                if "disabled" not in found:
                    self.options.setdefault(name, []).append(found.get("value", ""))
                if "checked" in found:
                    fields[name] = found.get("value", "on")
            elif kind != "file":
                fields[name] = found.get("value", "")
        elif tag == "textarea" and name:
            fields[name] = ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            value = found.get("value", "")
            self.options.setdefault(self._select, []).append(value)
            if "selected" in found or self._select not in fields:
                fields[self._select] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""


class Page:
    """A page as it was answered, after redirects."""

    def __init__(self, response: TestResponse) -> None:
        self.status = response.status_code
        self.text = response.get_data(as_text=True)
        self.path = response.request.path
        self.headers = response.headers
        reader = _Reader()
        reader.feed(self.text)
        self.forms = reader.forms
        self._options = reader.options

    def values(self, name: str) -> list[str]:
        """What can be chosen of a radio group, checkbox or select."""
        return self._options.get(name, [])

    def form(self, field: str = "", action: str = "") -> dict[str, Any]:
        """The form that has a field, or sends to an address."""
        for form in self.forms:
            if (not field or field in form["fields"] or field in self._options) and (
                not action or form["action"].endswith(action)
            ):
                if field or action:
                    return form
        return next(form for form in self.forms if "idempotency_key" in form["fields"])


def post(
    client: FlaskClient, page: Page, *, action: str = "", follow: bool = True, **values: str
) -> Page:
    """Fill in and send a form of a page."""
    form = page.form(action=action) if action else _form_with(page, values)
    target = form["action"] or page.path
    response = client.post(target, data={**form["fields"], **values}, follow_redirects=follow)
    return Page(response)


def _form_with(page: Page, values: dict[str, str]) -> dict[str, Any]:
    main = [form for form in page.forms if "idempotency_key" in form["fields"]]
    return main[0] if main else page.form()
