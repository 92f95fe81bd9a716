"""What is missing, what is complete, and what was never asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.matters.notice_rules import (
    MoreThanMissing,
    Papers,
    add_up,
    check_brought,
    check_open,
    is_complete,
    missing_of,
    names_same,
    needed_of,
)
from portal.matters.rules import State, WrongState

BOOK, PHOTOS, FORM = Papers(1, 1), Papers(0, 2), needed_of(0, 0)
counts = st.builds(Papers, st.integers(0, 4), st.integers(0, 4))


def test_a_paper_that_is_not_counted_is_shown_once() -> None:
    assert needed_of(0, 0) == Papers(1, 0)
    assert needed_of(0, 2) == Papers(0, 2)


def test_it_is_complete_only_with_all_originals_and_all_copies() -> None:
    missing = {1: BOOK, 2: PHOTOS, 3: FORM}
    everything = {1: BOOK, 2: PHOTOS, 3: FORM}
    assert is_complete(missing, everything)
    for key, short in ((1, Papers(1, 0)), (1, Papers(0, 1)), (2, Papers(0, 1)), (3, Papers(0, 0))):
        assert not is_complete(missing, everything | {key: short})


def test_a_notice_without_papers_is_complete_at_once() -> None:
    assert is_complete({}, {})


@pytest.mark.parametrize(
    "brought",
    [
        {1: Papers(2, 0)},
        {1: Papers(0, 2)},
        {2: Papers(1, 0)},
        {7: Papers(1, 0)},
        {1: Papers(1, -1)},
    ],
    ids=["originals", "copies", "no original asked for", "another notice", "below nothing"],
)
def test_nothing_is_written_down_that_was_not_missing(brought: dict[int, Papers]) -> None:
    with pytest.raises(MoreThanMissing):
        check_brought({1: BOOK, 2: PHOTOS}, brought)


def test_what_was_left_empty_is_no_receipt() -> None:
    assert check_brought({1: BOOK, 2: PHOTOS}, {1: Papers(0, 0), 2: Papers(0, 1)}) == {
        2: Papers(0, 1)
    }


@given(counts, st.lists(counts, max_size=4))
def test_what_is_missing_and_what_came_make_up_at_least_what_was_needed(
    needed: Papers, parts: list[Papers]
) -> None:
    brought = add_up(parts)
    missing = missing_of(needed, brought)
    assert missing.originals + brought.originals >= needed.originals
    assert missing.copies + brought.copies >= needed.copies
    assert bool(missing) == (brought.originals < needed.originals or brought.copies < needed.copies)


def test_a_paper_of_the_notice_is_known_by_its_name_however_it_is_spaced() -> None:
    assert names_same(" Household  Book", "household book")
    assert names_same("戶口 簿", "戶口簿")
    assert not names_same("戶口簿影本", "戶口簿")


@pytest.mark.parametrize("state", [State.SUBMITTED, State.DONE, State.TOLD, State.CLOSED])
def test_nobody_gives_a_notice_where_nobody_works_on_it(state: State) -> None:
    with pytest.raises(WrongState):
        check_open(state)
    check_open(State.WAITING)
