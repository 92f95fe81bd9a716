"""Puts into words what is kept about a person: for the page, and as a copy to take along."""

import csv
import io
import json
from datetime import date, datetime
from typing import Any

from flask import g
from flask_babel import gettext as _

from portal.core.localized import pick
from portal.identity.events import Correctable, Masked, Section, Term, Value
from portal.web.formats import current_reader, format_day, format_moment
from portal.web.languages import current_language
from portal.web.spreadsheets import harmless


def shown(value: Value) -> str:
    """A value as the page shows it."""
    if isinstance(value, Masked):
        return value.part
    if isinstance(value, datetime):
        return format_moment(value, current_reader(), named=False)
    if isinstance(value, date):
        return format_day(value, current_reader(), named=False)
    return _plain(value)


def _whole(value: Value) -> str:
    """A value as the person's own copy has it."""
    if isinstance(value, Masked):
        return value.whole
    if isinstance(value, datetime):
        return value.astimezone(g.institution.zone).isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    return _plain(value)


def _plain(value: str | dict[str, str] | Term | Correctable) -> str:
    if isinstance(value, Correctable):
        return value.text
    if isinstance(value, Term):
        text: str = _(value.msgid)
        return text
    return value if isinstance(value, str) else pick(value, current_language())[0]


def as_json(contact: str, sections: list[Section]) -> str:
    """A copy that programs read."""
    data: dict[str, Any] = {_("Contact"): contact}
    for section in sections:
        data[_(section.title)] = [
            {_(label): _whole(value) for label, value in row} for row in section.rows
        ]
    return json.dumps(data, ensure_ascii=False, indent=2)


def as_csv(contact: str, sections: list[Section]) -> str:
    """A copy that a spreadsheet shows: what it is, which one, label, value; nothing is computed."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow([_("Contact"), 1, _("Contact"), harmless(contact)])
    for section in sections:
        for number, row in enumerate(section.rows, start=1):
            for label, value in row:
                writer.writerow([_(section.title), number, _(label), harmless(_whole(value))])
    return out.getvalue()
