"""Reading pages and sending their forms as a browser without JavaScript would."""

from functools import cached_property
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
        self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        name = found.get("name", "")
        fields = self.forms[-1]["fields"] if self.forms else {}
        if tag == "form":
            self.forms.append({"action": found.get("action", ""), "fields": {}})
        elif tag == "input" and name:
            self._read_input(name, found, fields)
        elif tag == "textarea" and name:
            fields[name] = ""
            self._textarea = name
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            self.options.setdefault(self._select, []).append(found.get("value", ""))
            if "selected" in found or self._select not in fields:
                fields[self._select] = found.get("value", "")

    def _read_input(self, name: str, found: dict[str, str], fields: dict[str, Any]) -> None:
        kind = found.get("type", "text")
        if kind in {"radio", "checkbox"}:
            if "disabled" not in found:
                self.options.setdefault(name, []).append(found.get("value", ""))
            if "checked" in found:
                value = found.get("value", "on")
                # Several ticks of one name are sent together.
                before = fields.get(name, [])
                before = before if isinstance(before, list) else [before]
                fields[name] = [*before, value] if before else value
        elif kind != "file":
            fields[name] = found.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.forms[-1]["fields"][self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea" and self._textarea:
            # A line break right after the tag is not part of the text.
            text = self.forms[-1]["fields"][self._textarea].replace("\r\n", "\n")
            self.forms[-1]["fields"][self._textarea] = text.removeprefix("\n")
            self._textarea = ""


class Page:
    """A page as it was answered, after redirects."""

    def __init__(self, response: TestResponse) -> None:
        self.status = response.status_code
        self.text = response.get_data(as_text=True)
        self.path = response.request.path
        self.headers = response.headers

    @cached_property
    def _read(self) -> _Reader:
        """Read when somebody asks for a form: many pages are only looked at."""
        reader = _Reader()
        reader.feed(self.text)
        return reader

    @property
    def forms(self) -> list[dict[str, Any]]:
        """The forms, each with where it goes and what its boxes hold."""
        return self._read.forms

    def values(self, name: str) -> list[str]:
        """What can be chosen of a radio group, checkbox or select."""
        return self._read.options.get(name, [])

    def form(self, field: str = "idempotency_key", *, action: str = "") -> dict[str, Any]:
        """The form that sends to an address ending so, or the first that has the field."""
        if action:
            return next(form for form in self.forms if form["action"].endswith(action))
        return next(form for form in self.forms if field in form["fields"])


def post(
    client: FlaskClient, page: Page, *, action: str = "", follow: bool = True, **values: str
) -> Page:
    """Fill in and send a form of a page."""
    form = page.form(action=action)
    target = form["action"] or page.path
    data = {**form["fields"], **values}
    return Page(client.post(target, data=data, follow_redirects=follow))
