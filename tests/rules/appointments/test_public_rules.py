"""What is published of small groups: nothing that can be worked out from what is shown."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.appointments.public_rules import LEAST, Published, level, publish

GROUPS = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 9), min_size=1, max_size=4)


def possibilities(seen: Published[str]) -> dict[str, set[int]]:
    """All numbers that each hidden group may have, for somebody who knows the rules."""
    hidden = [key for key, number in seen.groups.items() if number is None]
    ranges = [range(LEAST) if key in seen.small else range(LEAST, 50) for key in hidden]
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


def test_hours_are_told_apart_as_quiet_usual_and_busy() -> None:
    assert [level(number, 9) for number in (0, 1, 3, 4, 6, 7, 9)] == [1, 1, 1, 2, 2, 3, 3]
