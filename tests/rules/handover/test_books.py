"""Which duty book something stands in: one, whatever happens at once (P-6.2)."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.handover.book_rules import SKEW, Closing, closing_of, number_at, stands_at

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
MOMENTS = st.integers(-10_000, 10_000).map(lambda n: NOON + timedelta(seconds=n))


@given(st.lists(MOMENTS), MOMENTS)
def test_p_6_2_books_have_neither_gap_nor_overlap(closed: list[datetime], at: datetime) -> None:
    closed.sort()
    starts, ends = [None, *closed], [*closed, None]
    stands = [
        number
        for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1)
        if (start is None or start <= at) and (end is None or at < end)
    ]
    assert stands == [number_at(closed, at)]


@given(st.lists(MOMENTS), MOMENTS, MOMENTS)
def test_what_comes_later_stands_in_no_earlier_book(
    closed: list[datetime], one: datetime, other: datetime
) -> None:
    closed.sort()
    early, late = sorted((one, other))
    assert number_at(closed, early) <= number_at(closed, late)


@given(MOMENTS, MOMENTS)
def test_nothing_is_entered_before_the_last_closing(now: datetime, floor: datetime) -> None:
    at = stands_at(now, floor)
    if at is None:
        assert floor - now > SKEW
    else:
        assert at >= floor
        assert at == now or (at == floor and floor - now <= SKEW)


def test_how_a_book_was_closed() -> None:
    assert closing_of(None, None, is_handed_over=False) is None
    assert closing_of(NOON, None, is_handed_over=True) is Closing.HANDED_OVER
    assert closing_of(NOON, None, is_handed_over=False) is Closing.SIGNED_OUT
    assert closing_of(NOON, NOON, is_handed_over=False) is Closing.FORGOTTEN
