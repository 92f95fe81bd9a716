"""When whoever is at a post should have signed out."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.duty.coverage import Stretch
from portal.duty.leaving_rules import EARLY, find_due_out
from tests.support.world import SHANGHAI, local

MONDAY = date(2026, 11, 23)


def at(hours: float) -> datetime:
    """So long after Monday's midnight."""
    return local(MONDAY, 0) + timedelta(hours=hours)


def hours(*pairs: tuple[float, float]) -> list[Stretch]:
    return [(at(start), at(end)) for start, end in pairs]


#: A window on Monday and Tuesday, with its pause at noon.
WINDOW = hours((9, 12), (13.5, 17), (33, 36), (37.5, 41))


def due(signed_in: float, shifts: list[Stretch], opened: list[Stretch] = WINDOW) -> datetime:
    return find_due_out(shifts, opened, at(signed_in), SHANGHAI)


@pytest.mark.parametrize("signed_in", [7, 8.9, 9, 11.9, 12.5, 13.6, 16.9])
def test_whoever_comes_for_the_day_stays_through_noon(signed_in: float) -> None:
    assert due(signed_in, []) == at(17)


@pytest.mark.parametrize("signed_in", [0, 6.9, 17, 23])
def test_whoever_comes_when_nothing_is_open_stays_for_that_day(signed_in: float) -> None:
    assert due(signed_in, []) == at(24)


def test_the_shift_decides_before_the_hours_of_the_post() -> None:
    assert due(9, hours((9, 12))) == at(12)
    assert due(9, hours((9, 12), (13.5, 15))) == at(15)
    assert due(9, hours((9, 12), (16, 17))) == at(12), "that is another duty"


def test_a_night_shift_ends_in_the_morning_and_two_in_a_row_are_one() -> None:
    always = hours((-48, 90))
    assert due(21.8, hours((22, 30)), always) == at(30)
    assert due(5.9, hours((6, 14), (14, 22)), always) == at(22)


def test_a_shift_that_is_over_or_far_does_not_count() -> None:
    assert due(13, hours((6, 12))) == at(17)
    assert due(9, hours((18, 22))) == at(17)


def test_at_a_desk_that_never_closes_nobody_stays_longer_than_sixteen_hours() -> None:
    always = hours((-48, 90))
    assert due(9, [], always) == at(25)
    assert due(9, hours((20, 30)), always) == at(30), "on to the end of the own shift"
    assert due(9, [], hours((0, 24.5))) == at(24.5)
    assert due(3, [], hours((3, 24))) == at(24), "what closes every night does so by its hours"


stretches = st.lists(
    st.tuples(st.integers(0, 90), st.integers(1, 9)).map(lambda pair: (pair[0], sum(pair))),
    max_size=6,
).map(lambda pairs: hours(*pairs))


@given(shifts=stretches, opened=stretches, signed_in=st.integers(0, 80))
def test_it_is_never_before_signing_in_and_always_an_end_or_midnight(
    shifts: list[Stretch], opened: list[Stretch], signed_in: int
) -> None:
    found = due(signed_in, shifts, opened)
    assert found > at(signed_in)
    ends = {end for _start, end in [*shifts, *opened]}
    is_midnight = found.astimezone(SHANGHAI).hour == 0 and found - at(signed_in) <= timedelta(
        days=1
    )
    assert found in ends or is_midnight


@given(opened=stretches, signed_in=st.integers(0, 80))
def test_while_the_post_is_open_nobody_is_sent_away(opened: list[Stretch], signed_in: int) -> None:
    for start, end in opened:
        if start - EARLY <= at(signed_in) < end:
            assert due(signed_in, [], opened) >= min(
                stop for begin, stop in opened if stop > at(signed_in) and begin <= start
            )
