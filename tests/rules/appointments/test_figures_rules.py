"""What figures of appointments say, and what they must not: shares, spans, notice."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.appointments.figures_rules import (
    FIGURES,
    LONGEST,
    NOTICES,
    Outcome,
    group_notices,
    kept_share,
    median_notice,
    missed_share,
    outcome_of,
    span_of,
    steps_of,
    total,
    week_of,
)
from portal.appointments.rules import State
from portal.calendar.spans import Span, month_of
from portal.core.shares import share

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
COUNTS = st.dictionaries(st.sampled_from(list(Outcome)), st.integers(0, 500))


def test_a_share_of_nothing_is_not_a_hundred_percent() -> None:
    assert share(0, 0) is None
    assert kept_share({}) is None
    assert missed_share({Outcome.CANCELLED: 3, Outcome.OPEN: 2}) is None


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_only_all_of_them_are_a_hundred_percent(part: int, more: int) -> None:
    whole = part + more
    found = share(part, whole)
    assert found is not None
    assert found < 100
    assert share(whole, whole) == 100
    assert abs(found - Decimal(100 * part) / whole) < Decimal("0.1")


def test_what_nobody_noted_helps_no_rate() -> None:
    """A base that shrinks when nothing is noted would reward noting nothing."""
    noted = {Outcome.KEPT: 8, Outcome.BROKEN: 2, Outcome.NO_SHOW: 2}
    forgotten = {**noted, Outcome.LAPSED: 50}
    assert kept_share(noted) == kept_share(forgotten) == 80
    assert total(forgotten) == 62
    assert total(forgotten, "lapsed") == 50


@given(COUNTS)
def test_the_parts_add_up_to_what_was_booked(counts: dict[Outcome, int]) -> None:
    assert sum(total(counts, str(each)) for each in Outcome) == total(counts, "booked")
    assert total(counts, "taken") == total(counts) - total(counts, "cancelled")
    assert set(FIGURES) == {"booked", "taken", *map(str, Outcome)}


@pytest.mark.parametrize("state", list(State))
def test_w_yy_3_a_breach_stays_one_whatever_is_noted_afterwards(state: State) -> None:
    assert outcome_of(state, ends_at=NOW, is_broken=True, now=NOW) is Outcome.BROKEN


@pytest.mark.parametrize(
    ("state", "hours", "expected"),
    [
        (State.BOOKED, 1, Outcome.OPEN),
        (State.ARRIVED, 1, Outcome.OPEN),
        (State.BOOKED, 0, Outcome.LAPSED),
        (State.ARRIVED, -1, Outcome.LAPSED),
        (State.SERVING, -1, Outcome.KEPT),
        (State.DONE, 1, Outcome.KEPT),
        (State.NO_SHOW, -1, Outcome.NO_SHOW),
        (State.CANCELLED, 1, Outcome.CANCELLED),
    ],
)
def test_every_booking_has_one_outcome(state: State, hours: int, expected: Outcome) -> None:
    ends = NOW + timedelta(hours=hours)
    assert outcome_of(state, ends_at=ends, is_broken=False, now=NOW) is expected


@given(DAYS, DAYS)
def test_steps_cover_their_span_without_gap_or_overlap(one: date, other: date) -> None:
    span = span_of(one, other)
    assert span.days <= LONGEST
    steps = steps_of(span)
    assert (steps[0].first, steps[-1].last) == (span.first, span.last)
    assert sum(step.days for step in steps) == span.days
    assert len(steps) <= 31


@given(DAYS)
def test_a_month_is_followed_by_the_next_one(day: date) -> None:
    month = month_of(day)
    assert (month.first.day, (month.last + timedelta(days=1)).day) == (1, 1)
    assert month.after.before == month
    assert month.before == month_of(month.first - timedelta(days=1))
    assert week_of(day).days == 7
    assert week_of(day).first.weekday() == 0
    assert week_of(day).after.first == week_of(day).last + timedelta(days=1)


@given(st.dictionaries(st.integers(0, 400), st.integers(1, 50)))
def test_every_notice_has_its_group(by_days: dict[int, int]) -> None:
    assert sum(group_notices(by_days)) == sum(by_days.values())
    assert len(NOTICES) == len(group_notices(by_days))


@given(st.lists(st.integers(0, 60), max_size=40))
def test_half_of_the_people_booked_within_the_median(days: list[int]) -> None:
    found = median_notice({day: days.count(day) for day in days})
    if not days:
        assert found is None
        return
    assert found in days
    assert 2 * sum(day <= found for day in days) >= len(days)
    assert 2 * sum(day < found for day in days) < len(days)


def test_days_given_the_wrong_way_round_mean_the_same() -> None:
    assert span_of(date(2026, 11, 9), date(2026, 11, 3)) == Span(
        date(2026, 11, 3), date(2026, 11, 9)
    )
