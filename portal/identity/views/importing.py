"""Adding many people from one file."""

import csv
import io

from flask import Response, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.core.errors import DomainError
from portal.core.session import db
from portal.identity.forms.people import ImportForm
from portal.identity.passwords import issue_password
from portal.identity.services.granting import EDIT_STAFF
from portal.identity.services.importing import BadRow, BadRows, import_staff
from portal.identity.sheets import COLUMNS, MOST_BYTES, MOST_ROWS, Row, read_rows
from portal.identity.views import beforehand
from portal.identity.views.people import pages
from portal.web import guards
from portal.web.forms import form_page, landing_on, say

__all__ = ["pages"]


@pages.before_request
def read_beforehand() -> None:
    """Read the file and hash a first password a row, before any transaction begins.

    Only for somebody who may add people: strangers shall not make us work.
    """
    if request.method != "POST" or request.endpoint != "people.import_file":
        return
    principal = beforehand.find_signed_in()
    if principal is None or not principal.can(EDIT_STAFF) or "file" not in request.files:
        return
    try:
        rows = read_rows(request.files["file"].stream.read(MOST_BYTES + 1), _headings())
    except DomainError as error:
        g.bad_file = error
        return
    g.rows = rows
    g.issued = [issue_password() for _row in rows]


def _headings() -> dict[str, str]:
    """What a heading may say: the column's English code, or its name in the reader's language."""
    words = {
        "number": _("Staff number"),
        "name": _("Full name"),
        "unit": _("Unit"),
        "role": _("Role"),
        "phone": _("Telephone"),
        "email": _("E-mail"),
    }
    by_code = {column: column for column in COLUMNS}
    return {word.casefold(): column for column, word in words.items()} | by_code


@pages.route("/import/", methods=["GET", "POST"])
@guards.permitted(EDIT_STAFF)
def import_file() -> ResponseReturnValue:
    """Add everybody in a file, or nobody and say why, line by line."""
    form = ImportForm()
    bad: list[BadRow] = []
    if form.validate_on_submit():
        with landing_on(form):
            try:
                people = import_staff(
                    db.session(),
                    rows=_take_rows(),
                    passwords=beforehand.take_issued(),
                    actor=guards.current_actor(),
                    now=g.now,
                )
            except BadRows as error:
                bad = list(error.rows)
                raise
            return render_template("identity/imported.html", people=people)
    return form_page(
        "identity/import.html",
        form,
        bad=[(row.line, row.who, say(row.error)) for row in bad],
        most=MOST_ROWS,
    )


def _take_rows() -> list[Row]:
    """The rows read beforehand; raises what was wrong with the file."""
    bad_file: DomainError | None = g.get("bad_file")
    if bad_file is not None:
        raise bad_file
    rows: list[Row] = g.rows
    return rows


@pages.get("/import/sample.csv")
@guards.permitted(EDIT_STAFF)
def sample_file() -> ResponseReturnValue:
    """An empty table with the right headings, as a spreadsheet opens it."""
    words = {column: word for word, column in _headings().items() if word != column}
    text = io.StringIO()
    csv.writer(text).writerow(words.get(column, column) for column in COLUMNS)
    response = Response(text.getvalue().encode("utf-8-sig"), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="people.csv"'
    return response
