"""Sheets are typeset whole, tagged, and what people wrote stays text."""

import re

import pytest

from portal.web import pdf
from portal.web.pdf import NoFont, Sheet, Table, typeset

HEADS = ("編號", "崗位")


def sheet(*rows: tuple[str, str], language: str = "zh_Hant", title: str = "交接班登記簿") -> Sheet:
    return Sheet(
        title=title,
        house="青溪鎮",
        printed="列印於 11月30日",
        language=language,
        pairs=[("移交人", "鍾俊賢")],
        tables=[Table(HEADS, (1, 2), rows)] if rows else [],
        empty="" if rows else "本月沒有交接",
        seal="1-" + "ab" * 32,
        signs=("移交人", "接收人"),
    )


def pages(made: bytes) -> int:
    """How many pages a file has."""
    counts = re.findall(
        rb"/Type\s*/Pages.*?/Count (\d+)|/Count (\d+).*?/Type\s*/Pages", made, re.DOTALL
    )
    return max(int(one or other) for one, other in counts)


@pytest.mark.parametrize("language", ["zh_Hant", "zh_Hans", "en"])
def test_a_sheet_is_a_tagged_file_with_chinese_signs_in_it(language: str) -> None:
    made = typeset(sheet(("JB-2026-00001", "一號窗口 龘犇燊"), language=language))
    assert made.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in made
    assert b"CJK" in made or b"MicroHei" in made


def test_an_empty_register_and_a_long_one_are_sheets_as_well() -> None:
    assert pages(typeset(sheet())) == 1
    assert pages(typeset(sheet(*[(f"JB-2026-{n:05}", "一號窗口") for n in range(200)]))) > 3


@pytest.mark.parametrize(
    "hostile", ['#panic("x")', '#read("/etc/passwd")', "*_`$ ] ) }", '"}', "\\u{0}", "長" * 5000]
)
def test_what_people_wrote_is_text_and_no_instruction(hostile: str) -> None:
    assert typeset(sheet((hostile, hostile), title=hostile)).startswith(b"%PDF-")


def test_without_a_font_nothing_full_of_boxes_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(pdf.FONTS, "zh_Hant", ("No such font",))
    with pytest.raises(NoFont):
        typeset(sheet())
    assert not pdf.is_available()
