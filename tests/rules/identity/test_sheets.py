"""A table of people is read as offices save it, or refused with a reason."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.identity import sheets
from portal.identity.sheets import COLUMNS, MOST_BYTES, MOST_ROWS, BadFile, decode, read_rows

HEADINGS = {column: column for column in COLUMNS} | {"工號": "number"}
TRADITIONAL = "number,name,unit\nA1,張國華,客服中心\nA2,歐陽美玲,工程班\n"
SIMPLIFIED = "number,name,unit\nA1,张国华,客服中心\nA2,欧阳美玲,工程班\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (TRADITIONAL, "utf-8"),
        (TRADITIONAL, "utf-8-sig"),
        (TRADITIONAL, "big5"),
        (SIMPLIFIED, "gb18030"),
        (SIMPLIFIED, "gb2312"),
        (SIMPLIFIED, "utf-8"),
        ("number,name,unit\nA1,李明,a\n", "big5"),
        ("number,name,unit\nA1,李明,a\n", "gb18030"),
        ("number,name,unit\nA1,陳小姐,門診\n", "big5"),
        ("number,name,unit\nA1,刘洋,门诊\n", "gb18030"),
    ],
)
def test_three_encodings_are_read(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_the_encoding_of_the_largest_file_is_told_by_its_beginning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_at: list[str] = []

    def look(sign: str, _encoding: str) -> float:
        looked_at.append(sign)
        return 1.0

    monkeypatch.setattr(sheets, "_everyday", look)
    decode(TRADITIONAL.encode("big5") + "張".encode("big5") * (MOST_BYTES // 2 - 100))
    assert len(looked_at) == 2 * sheets.ENOUGH


@pytest.mark.parametrize(
    "data", [b"", b"  \n", b"PK\x03\x04\x00\x00", b"\xff\xff\xff\xff", b"\x89PNG\r\n\x1a\n\x00"]
)
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(BadFile):
        read_rows(data, HEADINGS)


def test_rows_keep_the_line_where_they_begin() -> None:
    data = b'number,name,unit\n\nA1,"two\nlines",u\n , ,\nA2,x,u\n'
    assert [(row.line, row.cells["number"]) for row in read_rows(data, HEADINGS)] == [
        (3, "A1"),
        (6, "A2"),
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_columns_stand_in_any_order_behind_any_separator(separator: str) -> None:
    lines = ("unit,工號,NAME", "u,A1,x")
    data = "\r\n".join(line.replace(",", separator) for line in lines).encode()
    cells = read_rows(data, HEADINGS)[0].cells
    assert (cells["number"], cells["name"], cells["unit"], cells["phone"]) == ("A1", "x", "u", "")


@pytest.mark.parametrize(
    "text",
    [
        "number,name\nA1,x\n",
        "number,name,unit,salary\nA1,x,u,1\n",
        "number,number,name,unit\nA1,A1,x,u\n",
        "number,name,unit\n",
        'number,name,unit\nA1,"x,u\n',
        "number,name,unit\n" + "A1," + "x" * 200_000 + ",u\n",
        "A1,x,u\nA2,x,u\n",
    ],
)
def test_a_table_that_does_not_fit_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(BadFile) as refused:
        read_rows(text.encode(), HEADINGS)
    assert refused.value.field == "file"


def test_too_many_rows_and_too_many_bytes_are_refused() -> None:
    row = "A,x,u\n"
    with pytest.raises(BadFile):
        read_rows(("number,name,unit\n" + row * (MOST_ROWS + 1)).encode(), HEADINGS)
    with pytest.raises(BadFile):
        read_rows(b"n" * (MOST_BYTES + 1), HEADINGS)
    assert len(read_rows(("number,name,unit\n" + row * MOST_ROWS).encode(), HEADINGS)) == MOST_ROWS


def test_a_row_wider_than_the_heading_says_so() -> None:
    rows = read_rows(b"number,name,unit\nA1,x,u,more\nA2,x,u,,\n", HEADINGS)
    assert [row.is_too_wide for row in rows] == [True, False]


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(BadFile):
        assert read_rows(data, HEADINGS)
