"""Until when an offered shift may be answered, and what is over."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.duty.offer_rules import OFFER_LABELS, OfferOver, OfferState, check_open, find_end
from tests.support.world import MONDAY

hours = st.integers(0, 500)


@given(shift=hours, back=st.none() | hours, notice=st.integers(0, 168))
def test_an_offer_ends_so_long_before_the_first_of_both_shifts(
    shift: int, back: int | None, notice: int
) -> None:
    def at(hour: int) -> object:
        return MONDAY + timedelta(hours=hour)

    starts_at = MONDAY + timedelta(hours=shift)
    back_at = None if back is None else MONDAY + timedelta(hours=back)
    first = shift if back is None else min(shift, back)
    assert find_end(starts_at, back_at, hours=notice) == at(first - notice)


def test_only_an_open_offer_is_answered_and_every_state_has_its_words() -> None:
    assert set(OFFER_LABELS) == set(OfferState)
    check_open("open")
    for state in set(OfferState) - {OfferState.OPEN}:
        with pytest.raises(OfferOver):
            check_open(state)
