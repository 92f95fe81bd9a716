"""Until when a person hears from us: open minutes while it is open, else minutes of the clock."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given

from portal.calendar.opening import Pattern
from portal.matters.contact_rules import contact_until
from tests.rules.calendar.hours import local, moments, schedule


@pytest.mark.parametrize(
    ("accepted", "until"),
    [
        ("05-07 10:00", "05-07 10:30"),
        ("05-07 12:10", "05-07 14:10"),  # at noon, closed: by the clock
        ("05-07 20:00", "05-07 22:00"),
        ("05-10 10:00", "05-10 12:00"),  # a Sunday
    ],
)
def test_p_5_2a_half_an_open_hour_or_two_hours_by_the_clock(accepted: str, until: str) -> None:
    found = contact_until(schedule(), local(accepted), open_minutes=30, closed_minutes=120)
    assert found == local(until)


def test_shortly_before_the_hours_end_the_rest_comes_when_they_begin_again() -> None:
    at = local("05-07 11:50")
    hours = schedule()
    assert hours.is_open(at)
    found = contact_until(hours, at, open_minutes=30, closed_minutes=120)
    assert not hours.is_open(at + timedelta(minutes=15))
    assert found > at + timedelta(minutes=30)


@given(moments)
def test_somebody_always_has_a_time(at: datetime) -> None:
    never = schedule(patterns=[Pattern(at.date(), ((),) * 7)])
    for hours in (schedule(), never, None):
        until = contact_until(hours, at, open_minutes=30, closed_minutes=120)
        assert until > at
    assert contact_until(None, at, open_minutes=30, closed_minutes=120) == at + timedelta(hours=2)
