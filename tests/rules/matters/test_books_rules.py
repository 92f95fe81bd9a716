"""Which book a matter stands in, and what is derived for its columns."""

import pytest

from portal.matters.books_rules import (
    Action,
    Book,
    Facts,
    book_of,
    count_missing,
    derive_action,
    is_in_remit,
    kinds_in,
)
from portal.matters.intake_rules import Kind


def test_p_3_1b_every_kind_stands_in_exactly_one_book() -> None:
    assert sorted(kind for book in Book for kind in kinds_in(book)) == sorted(Kind)
    assert kinds_in(Book.COMPLAINTS) == {Kind.COMPLAINT}
    assert book_of(Kind.ENQUIRY) is Book.DUTY


@pytest.mark.parametrize(
    ("facts", "action"),
    [
        (Facts(), Action.IN_HAND),
        (Facts(is_informed=True), Action.INFORMED),
        (Facts(is_informed=True, is_done=True), Action.ON_THE_SPOT),
        (Facts(is_done=True, is_reported=True), Action.REPORTED),
        (Facts(is_done=True, is_reported=True, is_passed_on=True), Action.PASSED_ON),
        (Facts(is_void=True), Action.VOIDED),
    ],
)
def test_what_was_done_is_the_furthest_step(facts: Facts, action: Action) -> None:
    assert derive_action(facts) is action


def test_what_was_settled_on_the_spot_was_in_remit_and_nobody_guesses_the_rest() -> None:
    assert is_in_remit(Action.ON_THE_SPOT, 1, None) is True
    assert is_in_remit(Action.REPORTED, 1, 1) is True
    assert is_in_remit(Action.PASSED_ON, 1, 2) is False
    assert is_in_remit(Action.IN_HAND, 1, None) is None


@pytest.mark.parametrize(
    ("first", "last", "found", "missing"),
    [(1, 5, 5, 0), (1, 5, 4, 1), (6, 9, 5, 0), (6, 9, 4, 1), (1, 1, 1, 0)],
)
def test_a_number_left_out_is_counted_also_before_the_first_of_the_day(
    first: int, last: int, found: int, missing: int
) -> None:
    assert count_missing(first, last, found) == missing
