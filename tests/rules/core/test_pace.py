"""Counting in this process how often something is asked for."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.core import pace
from portal.core.pace import Pace

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def test_each_name_has_its_own_count_until_the_window_is_over() -> None:
    kept = Pace(limit=2, window=QUARTER)
    assert [kept.allows("a", now=NOON) for _ in range(3)] == [True, True, False]
    assert kept.allows("b", now=NOON)
    assert not kept.allows("a", now=NOON + QUARTER - timedelta(seconds=1))
    assert kept.allows("a", now=NOON + QUARTER)


def test_a_flood_of_names_takes_no_more_memory_than_is_set_aside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pace, "MOST", 100)
    kept = Pace(limit=1, window=QUARTER)
    for number in range(1000):
        assert kept.allows(str(number), now=NOON)
    assert len(kept._counts) <= 100
