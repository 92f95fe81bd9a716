"""Which other times are as good as one that closes."""

from datetime import date, datetime, timedelta

from portal.appointments.closure_rules import Candidate, equivalent_times
from tests.support.world import SHANGHAI, local

DAY = date(2026, 11, 25)
LONG_BEFORE = local(date(2026, 11, 20), 9)


def slot(number: int, at: datetime, *, post: int = 2, pool: str = "public") -> Candidate:
    return Candidate(number, post, at, pool)


OLD = slot(0, local(DAY, 14), post=1)


def ranked(*candidates: Candidate, now: datetime = LONG_BEFORE) -> list[int]:
    found = equivalent_times(candidates, old=OLD, zone=SHANGHAI, now=now)
    return [candidate.slot_id for candidate in found]


def test_the_same_half_day_comes_first_then_the_day_then_the_days_after() -> None:
    next_day = DAY + timedelta(days=1)
    found = ranked(
        slot(1, local(next_day, 14)),
        slot(2, local(DAY, 11)),
        slot(3, local(DAY, 16)),
        slot(4, local(next_day, 9)),
    )
    assert found == [3, 2, 1, 4]


def test_of_equal_times_a_public_place_at_the_same_window_is_best() -> None:
    at = local(DAY, 15)
    found = ranked(
        slot(1, at, pool="counter"), slot(2, at), slot(3, at, post=1), slot(4, local(DAY, 14))
    )
    assert found == [4, 3, 2, 1]


def test_nobody_is_moved_to_the_day_before() -> None:
    assert ranked(slot(1, local(DAY - timedelta(days=1), 14))) == []


def test_an_earlier_time_needs_a_days_notice_and_any_time_two_hours() -> None:
    earlier, later = slot(1, local(DAY, 10)), slot(2, local(DAY, 16))
    assert ranked(earlier, later, now=local(DAY - timedelta(days=1), 10)) == [2, 1]
    assert ranked(earlier, later, now=local(DAY - timedelta(days=1), 10, 1)) == [2]
    assert ranked(later, now=local(DAY, 14)) == [2]
    assert ranked(later, now=local(DAY, 14, 1)) == []


def test_the_closed_time_itself_is_no_other_time() -> None:
    assert ranked(OLD) == []
