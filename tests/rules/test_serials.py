"""Serial numbers as they are written, and read however they were typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.records.rules import read_serial, write_serial


@given(
    st.from_regex("[A-Z]{1,3}", fullmatch=True),
    st.integers(2000, 9999),
    st.integers(1, 999_999_999),
)
def test_what_was_written_is_read(prefix: str, year: int, number: int) -> None:
    text = write_serial(prefix, year, number)
    assert read_serial(text) == (year, number)
    assert read_serial(text.lower().replace("-", "")) == (year, number)


@pytest.mark.parametrize("text", ["", "P-2026", "2026-00001", "水管", "P-26-00001", "P-2026-1"])
def test_what_is_no_serial_number_is_not_taken_for_one(text: str) -> None:
    assert read_serial(text) is None
