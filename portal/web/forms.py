"""The base of every form: one CSRF token, one idempotency key, errors where they belong."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import render_template
from flask_babel import gettext
from flask_wtf import FlaskForm
from wtforms import Field, FieldList, FormField, HiddenField, validators
from wtforms.form import BaseForm

from portal.core.errors import DomainError, Stale
from portal.core.localized import pick
from portal.core.session import PortalSession, db
from portal.web.languages import current_language

#: Signs that nobody means to type: those that steer a terminal, those that turn the text around
#: them, so that a message or a list reads otherwise than it was written, and those without width
#: that only keep a word from being found.
UNMEANT = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)


class NumberRange(validators.NumberRange):  # type: ignore[misc]
    """A number within limits, also where somebody writes figures for ever."""

    def __call__(self, form: BaseForm, field: Field) -> None:
        """Refuse what lies out of reach with the same words."""
        try:
            super().__call__(form, field)
        except OverflowError as error:
            raise validators.ValidationError(self.message) from error


def stripped(value: str | None) -> str | None:
    """Trim what people type around a value; unmeant signs go, and a line ends in one sign."""
    if not isinstance(value, str):
        return value
    return UNMEANT.sub("", value).replace("\r\n", "\n").strip()


def one_line(value: str | None) -> str | None:
    """A name as it stands on one line, without signs that nobody sees or that turn text around."""
    if not isinstance(value, str):
        return value
    kept = (
        " " if sign.isspace() else sign for sign in value if sign.isspace() or sign.isprintable()
    )
    return " ".join("".join(kept).split())


class Form(FlaskForm):  # type: ignore[misc]
    """A form of the portal."""

    class Meta:
        """Every text is trimmed."""

        def bind_field(self, form: Any, unbound: Any, options: dict[str, Any]) -> Any:
            """Add the trimming filter to each field; one made of fields trims its own."""
            if issubclass(unbound.field_class, (FormField, FieldList)):
                return unbound.bind(form=form, **options)
            filters = [*unbound.kwargs.get("filters", ()), stripped]
            return unbound.bind(form=form, filters=filters, **options)

    #: Makes a double click or a retry do the thing once.
    idempotency_key = HiddenField(default=lambda: secrets.token_urlsafe(18))

    def refuse(self, error: DomainError) -> None:
        """Put a domain error on its field, or on the form when it has none.

        A form about something that changed meanwhile goes on from how it stands now.
        """
        message = say(error)
        if isinstance(error, Stale) and error.version is not None and "version" in self._fields:
            say_instead(self._fields["version"], error.version)
        field = self._fields.get(error.field or "")
        if field is None:
            self.form_errors.append(message)
        else:
            field.errors = [*field.errors, message]

    @property
    def is_refused(self) -> bool:
        """Whether anything is wrong with what was sent."""
        return bool(self.errors) or bool(self.form_errors)


def say(error: DomainError) -> str:
    """A domain error in the reader's language, the institution's own names too."""
    text: str = gettext(error.message)
    if not error.params:
        return text
    words = {name: gettext(str(error.params[name])) for name in error.worded}
    own = {
        name: pick(value, current_language())[0]
        for name, value in error.params.items()
        if isinstance(value, dict)
    }
    return text % {**error.params, **words, **own}


def say_instead(field: Any, value: Any) -> None:
    """Have a box say something else than what was sent in it."""
    field.data, field.raw_data = value, None


@contextmanager
def landing_on(form: Form) -> Iterator[None]:
    """Let a domain error land on the form: everything is rolled back, the page shows it.

    What the page still reads, it reads in a transaction that can only read: whoever was refused
    stands in no writer's way. Errors that are pages of their own (not found, forbidden, too
    many) go on.
    """
    try:
        yield
    except DomainError as error:
        if error.status not in (409, 422):
            raise
        session = db.session()
        session.rollback()
        assert isinstance(session, PortalSession)
        session.connection_for_reading()
        form.refuse(error)


def form_page(template: str, form: Form, **context: Any) -> tuple[str, int]:
    """Render a form's page: 422 when it was refused, 200 when it is fresh."""
    return render_template(template, form=form, **context), 422 if form.is_refused else 200
