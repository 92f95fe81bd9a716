"""Printed sheets as PDF, to keep and to send, tagged for screen readers (extra ``pdf``)."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path

from flask import Response

SOURCE = Path(__file__).parent / "typst" / "sheet.typ"
#: The fonts that are looked for, by script; the first that the machine has is taken.
FONTS = {
    "zh_Hant": ("Noto Serif CJK TC", "Noto Sans CJK TC", "WenQuanYi Micro Hei"),
    "zh_Hans": ("Noto Serif CJK SC", "Noto Sans CJK SC", "WenQuanYi Micro Hei"),
    "en": ("Noto Serif CJK TC", "Noto Sans CJK TC", "WenQuanYi Micro Hei"),
}
REGIONS = {"zh_Hant": ("zh", "TW"), "zh_Hans": ("zh", "CN"), "en": ("en", "GB")}


class NoFont(RuntimeError):
    """The machine has no font with Chinese signs: the sheet would be full of boxes."""


@dataclass(frozen=True)
class Table:
    """A table of a sheet; ``widths`` are shares of the line, one for each column."""

    heads: Sequence[str]
    widths: Sequence[float]
    rows: Sequence[Sequence[str]]
    title: str = ""


@dataclass(frozen=True)
class Sheet:
    """What stands on a sheet, all of it in the reader's language."""

    title: str
    house: str
    printed: str
    language: str
    serial: str = ""
    note: str = ""
    pairs: Sequence[tuple[str, str]] = ()
    tables: Sequence[Table] = ()
    #: What is said where there is nothing to list.
    empty: str = ""
    #: The head of the ledger's chain, at the foot of each page.
    seal: str = ""
    #: Who signs.
    signs: Sequence[str] = field(default_factory=tuple)
    is_wide: bool = False


def is_available() -> bool:
    """Whether this installation makes PDF: the extra ``pdf`` is installed, and a font is there."""
    return find_spec("typst") is not None and bool(_fonts("zh_Hant"))


def typeset(sheet: Sheet) -> bytes:
    """The sheet as a tagged PDF; raises NoFont."""
    import typst  # noqa: PLC0415 an extra, and large

    fonts = _fonts(sheet.language)
    if not fonts:
        raise NoFont
    language, region = REGIONS[sheet.language]
    data = asdict(sheet) | {"fonts": fonts, "lang": language, "region": region}
    made = typst.compile(
        SOURCE,
        sys_inputs={"sheet": json.dumps(data, ensure_ascii=False)},
        pdf_standards=["ua-1"],
        format="pdf",
    )
    assert isinstance(made, bytes)
    return made


def send_sheet(sheet: Sheet, name: str) -> Response:
    """The sheet as a file to keep; ``name`` is made by us, of figures and Latin letters."""
    response = Response(typeset(sheet), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _fonts(language: str) -> list[str]:
    import typst  # noqa: PLC0415 an extra, and large

    known = set(typst.Fonts(include_embedded_fonts=False).families())
    return [name for name in FONTS[language] if name in known]
