"""Tables to take along, as CSV and as a workbook; no text becomes a formula in either."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import xlsxwriter

#: With these a spreadsheet begins a formula, also after spaces and in full width.
FORMULA = tuple("=+-@\t\r\n＝＋－＠")
Cell = str | int | float | None


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook."""

    title: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def harmless(value: str) -> str:
    """A text that a spreadsheet shows and never computes."""
    return f"'{value}" if value.lstrip(" ").startswith(FORMULA) else value


def as_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Rows as a spreadsheet opens them, in UTF-8 with its mark."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue().encode("utf-8-sig")


def as_workbook(sheets: Iterable[Sheet]) -> bytes:
    """Sheets as a workbook, written row by row so that it stays small in memory."""
    out = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        bold = book.add_format({"bold": True})
        for sheet in sheets:
            page = book.add_worksheet(_title(sheet.title))
            page.set_column(0, 0, 28)
            page.freeze_panes(1, 0)
            for column, head in enumerate(sheet.heads):
                page.write_string(0, column, head, bold)
            for number, row in enumerate(sheet.rows, start=1):
                for column, cell in enumerate(row):
                    if isinstance(cell, str):
                        page.write_string(number, column, cell)
                    elif cell is not None:
                        page.write_number(number, column, cell)
    return out.getvalue()


def _title(text: str) -> str:
    """What a sheet may be called: thirty-one signs, none of those that stand for something."""
    kept = "".join(" " if sign in "[]:*?/\\" else sign for sign in text)
    return kept.strip("'")[:31]
