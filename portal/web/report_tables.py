"""What the tables of all reports have in common: times, shares, and the file to take along."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal

from flask import Response
from flask_babel import gettext as _

from portal.web.spreadsheets import Cell, Sheet, as_csv, as_workbook

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: What stands where nothing can be said: an empty span is never perfect.
NOTHING = "—"


def said_time(length: timedelta | None) -> str:
    """A length of time as people read it, rounded down to minutes."""
    if length is None:
        return NOTHING
    hours, minutes = divmod(in_minutes(length), 60)
    if not hours:
        text: str = _("%(minutes)d min", minutes=minutes)
    else:
        text = _("%(hours)d h %(minutes)d min", hours=hours, minutes=minutes)
    return text


def in_minutes(length: timedelta) -> int:
    """Whole minutes, rounded down."""
    return int(length.total_seconds()) // 60


def percent(value: Decimal | None) -> str:
    """A share as it is written; none is not 100."""
    if value is None:
        return NOTHING
    return f"{value:.0f} %" if value == value.to_integral_value() else f"{value} %"


def as_rows(sheets: Iterable[Sheet]) -> Iterable[list[Cell]]:
    """The same as one long table: which sheet, which line, which column, what stands there."""
    yield [_("Table"), _("Line"), _("Figure"), _("Number")]
    for sheet in sheets:
        for row in sheet.rows:
            for head, cell in zip(sheet.heads[1:], row[1:], strict=True):
                if cell is not None:
                    yield [sheet.title, row[0], head, cell]


def send_tables(sheets: Sequence[Sheet], ending: str, name: str) -> Response:
    """The same figures as a file: "csv" has all tables in one, "xlsx" a sheet for each."""
    if ending == "csv":
        response = Response(as_csv(as_rows(sheets)), mimetype="text/csv")
    else:
        response = Response(as_workbook(sheets), mimetype=WORKBOOK)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    return response
