"""Reads a table of people from a file as offices save it: three encodings, commas, tabs."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from portal.core.errors import N_, DomainError

#: The columns of an import, in the order of the sample file; the first three must be there.
COLUMNS = ("number", "name", "unit", "role", "phone", "email")
NEEDED = COLUMNS[:3]
MOST_ROWS = 5_000
MOST_BYTES = 1_500_000
#: Characters by which an encoding is told.
ENOUGH = 5_000
#: Longer cells are no names, and a spreadsheet of pictures is no table.
LONGEST_CELL = 200


class BadFile(DomainError):
    """The file as a whole cannot be read."""

    default = N_("This file is not a table. Save it as CSV and try again.")

    def __init__(self, message: str = "", **params: object) -> None:
        super().__init__(message, field="file", **params)


@dataclass(frozen=True)
class Row:
    """One person as the file says it, with the line where it begins."""

    line: int
    cells: Mapping[str, str]
    #: The row has more cells than the heading.
    is_too_wide: bool = False


def decode(data: bytes) -> str:
    """The text of a file in UTF-8, Big5 or GB 18030, tried in this order.

    Most bytes can be read as either Chinese encoding; the reading with more everyday
    characters wins. Raises BadFile.
    """
    if not data.strip():
        raise BadFile(N_("The file is empty."))
    if len(data) > MOST_BYTES:
        raise BadFile(N_("The file is too large. Split it in two."))
    if b"\x00" in data:
        raise BadFile
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    readings = [
        (_everyday_share(text, encoding), text)
        for codec, encoding in (("cp950", "big5"), ("gb18030", "gb2312"))
        if (text := _try(data, codec)) is not None
    ]
    if not readings:
        raise BadFile
    return max(readings, key=lambda reading: reading[0])[1]


def _try(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return None


def _everyday_share(text: str, encoding: str) -> float:
    """How everyday the characters beyond ASCII are, on average; the first ones tell enough."""
    beyond = list(islice((character for character in text if ord(character) > 127), ENOUGH))
    return sum(_everyday(character, encoding) for character in beyond) / max(1, len(beyond))


def _everyday(character: str, encoding: str) -> float:
    """1 for a common character, 0 for one outside the everyday half of its encoding.

    Big5 orders that half by strokes: its end, from 0xC0 on, is seldom met in names, but is
    where the commonest of GB 2312 end up when they are read as Big5.
    """
    try:
        lead = character.encode(encoding)[0]
    except UnicodeEncodeError:
        return 0.0
    if encoding == "gb2312":
        return 0.93 if 0xB0 <= lead <= 0xD7 else 0.0
    if 0xA4 <= lead <= 0xBF:
        return 1.0
    return 0.4 if 0xC0 <= lead <= 0xC6 else 0.0


def read_rows(data: bytes, headings: Mapping[str, str]) -> list[Row]:
    """The rows of a file; ``headings`` maps what a heading may say, folded, to its column.

    Raises BadFile: not a table, a heading unknown, missing or doubled, no rows, too many rows.
    """
    text = decode(data)
    delimiter = _delimiter(text.partition("\n")[0])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        heading = next(reader, [])
        columns = _columns(heading, headings)
        rows = list(_rows(reader, columns))
    except csv.Error:
        raise BadFile(
            N_("Line %(line)d cannot be read as part of a table."), line=reader.line_num
        ) from None
    if not rows:
        raise BadFile(N_("There is nobody in the file."))
    return rows


def _delimiter(heading: str) -> str:
    return max(",;\t", key=heading.count)


def _columns(heading: Sequence[str], headings: Mapping[str, str]) -> list[str]:
    """The columns in the order of this file."""
    columns = []
    for cell in heading:
        name = cell.strip()
        column = headings.get(name.casefold())
        if column is None:
            raise BadFile(N_("The heading %(name)s is not known."), name=name[:40] or "–")
        if column in columns:
            raise BadFile(N_("The heading %(name)s stands there twice."), name=name[:40])
        columns.append(column)
    for name, column in headings.items():
        if column in NEEDED and column not in columns:
            raise BadFile(N_("The heading %(name)s is missing."), name=name)
    return columns


def _rows(reader: Iterator[list[str]], columns: Sequence[str]) -> Iterator[Row]:
    count = 0
    line = 2
    for cells in reader:
        begins, line = line, reader.line_num + 1  # type: ignore[attr-defined]
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        if count > MOST_ROWS:
            raise BadFile(N_("The file has more than %(most)d people."), most=MOST_ROWS)
        extra = any(cell.strip() for cell in cells[len(columns) :])
        named = dict.fromkeys(COLUMNS, "")
        named.update(zip(columns, (cell.strip() for cell in cells), strict=False))
        yield Row(begins, named, is_too_wide=extra)
