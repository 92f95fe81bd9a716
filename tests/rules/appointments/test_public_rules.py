"""What is published of small groups: nothing that can be worked out from what is shown."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.appointments.figures import Tally
from portal.appointments.figures_rules import Outcome
from portal.appointments.public_rules import LEAST, Published, level, publish
from portal.appointments.public_tables import PublicFigures

GROUPS = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 9), min_size=1, max_size=4)


def possibilities(seen: Published[str]) -> dict[str, set[int]]:
    """All numbers that each hidden group may have, for somebody who knows the rules."""
    hidden = [key for key, number in seen.groups.items() if number is None]
    # The smallest are hidden first, so that none of them is larger than what is shown.
    most = min((number for number in seen.groups.values() if number is not None), default=49)
    ranges = [range(LEAST) if key in seen.small else range(LEAST, most + 1) for key in hidden]
    found: dict[str, set[int]] = {key: set() for key in hidden}
    rest = seen.rest
    for numbers in product(*(each[:12] for each in ranges)):
        if rest is None or sum(numbers) == rest:
            for key, number in zip(hidden, numbers, strict=True):
                found[key].add(number)
    return found


@given(GROUPS)
def test_no_hidden_group_can_be_worked_out(groups: dict[str, int]) -> None:
    seen = publish(groups)
    for key, number in seen.groups.items():
        assert number in (None, groups[key])
        assert groups[key] >= LEAST or number is None, "a small group is shown"
    assert seen.whole in (None, sum(groups.values()))
    assert all(len(numbers) > 1 for numbers in possibilities(seen).values())


def test_large_groups_are_shown_as_they_are() -> None:
    assert publish({"kept": 90, "missed": 10}) == Published(100, {"kept": 90, "missed": 10})


@pytest.mark.parametrize("groups", [{}, {"a": 0}, {"a": 4, "b": 0}, {"a": 1, "b": 1, "c": 2}])
def test_of_few_people_nothing_is_told(groups: dict[str, int]) -> None:
    seen = publish(groups)
    assert seen.whole is None
    assert set(seen.groups.values()) <= {None}


def test_one_small_group_takes_the_next_smallest_with_it() -> None:
    seen = publish({"kept": 90, "missed": 8, "broken": 2})
    assert seen.groups == {"kept": 90, "missed": None, "broken": None}
    assert seen.small == {"broken"}
    assert (seen.whole, seen.rest) == (100, 10)


def test_one_that_is_as_large_as_the_next_hides_nobody() -> None:
    seen = publish({"kept": 90, "cancelled": 5, "missed": 5, "broken": 2})
    assert seen.groups == {"kept": 90, "cancelled": None, "missed": None, "broken": None}


def test_what_is_always_empty_when_a_month_is_over_hides_nobody() -> None:
    counts = {Outcome.KEPT: 60, Outcome.CANCELLED: 8, Outcome.LAPSED: 7, Outcome.BROKEN: 6}
    tally = Tally({}, {}, {}, {1: 84}, {**counts, Outcome.NO_SHOW: 3})
    seen = PublicFigures(tally).outcomes
    assert seen.groups[Outcome.NO_SHOW] is None
    assert seen.rest != 3, "whoever subtracts what is shown from all knows how many did not come"


def test_hours_are_told_apart_as_quiet_usual_and_busy() -> None:
    assert [level(number, 9) for number in (0, 1, 3, 4, 6, 7, 9)] == [1, 1, 1, 2, 2, 3, 3]
