"""What is taken along as a table: read by other programs, and no text of it is computed."""

import csv
import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.web.spreadsheets import Cell, Sheet, as_csv, as_workbook

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "＝1+1", " =1", "\t=1"]


def read_workbook(content: bytes) -> dict[str, list[list[object]]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {page.title: [[cell.value for cell in row] for row in page.rows] for page in book}


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula(text: str) -> None:
    content = as_workbook([Sheet("x", [text], [[text, 3]])])
    page = openpyxl.load_workbook(io.BytesIO(content))["x"]
    for row in page.rows:
        assert row[0].data_type == "s"
        assert row[0].value == text
    [line] = csv.reader(io.StringIO(as_csv([[text]]).decode("utf-8-sig")))
    assert line == [f"'{text}"]


def test_csv_begins_with_the_mark_by_which_spreadsheets_know_it() -> None:
    assert as_csv([["張三", 1, None, 2.5]]) == b"\xef\xbb\xbf" + "張三,1,,2.5\r\n".encode()


CELLS = st.one_of(st.integers(-(10**6), 10**6), st.text("張三 abc,;\"'\n", min_size=1), st.none())


@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), max_size=5))
def test_a_workbook_says_what_was_written(rows: list[list[Cell]]) -> None:
    [(title, found)] = read_workbook(as_workbook([Sheet("[a]/b:c", ["x", "y"], rows)])).items()
    assert title == " a  b c"
    assert found[0][:2] == ["x", "y"]
    for row, expected in zip(found[1:], rows, strict=False):
        assert [*row, None, None][: len(expected)] == expected


def test_a_long_title_is_cut() -> None:
    assert list(read_workbook(as_workbook([Sheet("很" * 60, ["a"], [])]))) == ["很" * 31]
