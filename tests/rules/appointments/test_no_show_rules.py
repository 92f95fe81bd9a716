"""What missed appointments lead to, and what false claims to priority do."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.appointments.no_show_rules import judge, reach_back
from portal.appointments.rules import has_lost_priority
from portal.tenancy.settings import BookingRules

RULES = BookingRules()
NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def ago(*days: float) -> list[datetime]:
    return [NOW - each * DAY for each in days]


@pytest.mark.parametrize(
    ("missed", "count", "closed_for"),
    [
        ((), 0, None),
        ((1, 2), 2, None),
        # Closed for thirty days from the third on.
        ((1, 2, 3), 3, 29),
        ((29.5, 60, 119), 2, 0.5),
        ((30, 60, 90), 2, None),
        ((1, 50, 92), 2, None),
        # The fourth closes it anew.
        ((2, 40, 60, 80), 4, 28),
    ],
)
def test_three_in_ninety_days_close_online_booking_for_thirty(
    missed: tuple[float, ...], count: int, closed_for: float | None
) -> None:
    standing = judge(ago(*missed), RULES, NOW)
    assert standing.count == count
    assert standing.closed_until == (None if closed_for is None else NOW + closed_for * DAY)


def test_an_institution_may_do_without_the_rule() -> None:
    assert judge(ago(1, 2, 3, 4), BookingRules(no_show_limit=0), NOW).closed_until is None


@given(st.lists(st.integers(0, 400), max_size=8), st.integers(1, 5))
def test_what_is_older_than_the_reach_changes_nothing(days: list[int], limit: int) -> None:
    rules = BookingRules(no_show_limit=limit)
    missed = ago(*days)
    near = [at for at in missed if at > reach_back(rules, NOW)]
    assert judge(near, rules, NOW) == judge(missed, rules, NOW)


@pytest.mark.parametrize(
    ("verdicts", "is_lost"),
    [
        ([], False),
        (["refused"], False),
        (["refused", "refused"], True),
        (["refused", "refused", "lost"], False),
        (["refused", "refused", "lost", "refused"], False),
        (["refused", "refused", "lost", "refused", "refused"], True),
    ],
)
def test_two_false_claims_cost_the_next_one_only(verdicts: list[str], is_lost: bool) -> None:
    assert has_lost_priority(verdicts) == is_lost
