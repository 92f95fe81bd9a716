"""Hours as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.calendar.hours_text import (
    BackwardHours,
    OverlappingHours,
    UnreadableHours,
    find_overrun,
    read_hours,
    write_hours,
)
from portal.calendar.opening import Day, Interval

TWO = (Interval(540, 720), Interval(810, 1020))


@pytest.mark.parametrize(
    "text",
    [
        "9:00-12:00, 13:30-17:00",
        "9-12,13:30-17",
        "09:00 - 12:00 ; 13:30 - 17:00",
        "９：００～１２：００，１３：３０～１７：００",
        "9:00–12:00、13:30—17:00",
        "9:00至12:00；13:30到17:00",
        "13:30-17:00\n9:00-12:00",
        "9:00〜12:00,13:30−17:00,",
    ],
)
def test_many_ways_of_writing_the_same_hours(text: str) -> None:
    assert read_hours(text) == TWO


@pytest.mark.parametrize("text", ["", "  ", "\u3000", "-", "－", "—", "，"])
def test_nothing_or_a_hyphen_is_closed(text: str) -> None:
    assert read_hours(text) == ()


def test_midnight_and_the_night_after_it() -> None:
    assert read_hours("0:00-24:00") == (Interval(0, 1440),)
    assert read_hours("22:00-30:00") == (Interval(1320, 1800),)


@pytest.mark.parametrize(
    "text",
    ["nine to five", "9:00", "9:00-", "9:60-10:00", "24:00-25:00", "9:00-49:00", "9:0-10:00",
     "9:00-12:00 13:00-17:00", "-5-6", "九點到十二點", "9:00-12:00\x00", "٩:٠٠-١٢:٠٠", "1" * 120],
)  # fmt: skip
def test_what_is_not_clear_is_named(text: str) -> None:
    with pytest.raises(UnreadableHours) as refused:
        read_hours(text)
    assert len(str(refused.value.params["part"])) <= 20


@pytest.mark.parametrize("text", ["12:00-9:00", "9:00-9:00", "17:00-8"])
def test_an_end_before_the_beginning_is_refused(text: str) -> None:
    with pytest.raises(BackwardHours):
        read_hours(text)


def test_overlapping_hours_name_each_other() -> None:
    with pytest.raises(OverlappingHours) as refused:
        read_hours("9:00-12:00, 11:59-14:00")
    assert refused.value.params == {"first": "9:00-12:00", "second": "11:59-14:00"}
    assert read_hours("9:00-12:00, 12:00-14:00") == (Interval(540, 720), Interval(720, 840))


def test_a_night_may_not_run_into_the_next_morning() -> None:
    night, morning = (Interval(1320, 1860),), (Interval(360, 600),)
    assert find_overrun([night, morning, (), (), (), (), ()]) == 1
    assert find_overrun([morning, (), (), (), (), (), night]) == 0
    assert find_overrun([night, (), morning, (), (), (), ()]) is None


@given(
    st.lists(st.integers(0, 1439), unique=True, min_size=2, max_size=8).map(
        lambda cuts: tuple(
            Interval(*pair) for pair in zip(sorted(cuts)[::2], sorted(cuts)[1::2], strict=False)
        )
    )
)
def test_what_is_written_reads_the_same(day: Day) -> None:
    assert read_hours(write_hours(day)) == day
