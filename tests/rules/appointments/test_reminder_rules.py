"""When people are reminded: in time, while they are awake, and never when it is no use any more."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.appointments.reminder_rules import (
    Occasion,
    due_now,
    next_look,
    quiet_around,
    reminders_of,
)
from portal.tenancy.settings import BookingRules

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
RULES = BookingRules()
BEGINNING = datetime(2026, 1, 2, tzinfo=UTC)
TUESDAY = date(2026, 11, 24)


def at(hour: int, minute: int = 0, *, day: int = 0) -> datetime:
    return datetime.combine(TUESDAY + timedelta(days=day), time(hour, minute), SHANGHAI)


@pytest.mark.parametrize(
    ("starts", "day", "soon"),
    [
        (at(10), at(10, day=-1), at(8)),
        (at(16, 30), at(16, 30, day=-1), at(14, 30)),
        # Two hours before eight is night; at seven there is still an hour.
        (at(8), at(8, day=-1), at(7)),
        # At seven it would be too late for half past seven: on the evening before.
        (at(7, 30), at(7, 30, day=-1), at(20, day=-1)),
        # A desk that is open at night.
        (at(3), at(7, day=-1), at(20, day=-1)),
        (at(23, 30), at(20, day=-1), at(20)),
    ],
)
def test_reminders_come_the_day_before_and_two_hours_before_but_wake_nobody(
    starts: datetime, day: datetime, soon: datetime
) -> None:
    first, second = reminders_of(starts, RULES, SHANGHAI)
    assert (first.occasion, first.at) == (Occasion.DAY, day)
    assert (second.occasion, second.at) == (Occasion.SOON, soon)


def test_the_first_reminder_is_of_no_use_once_the_time_cannot_be_given_back() -> None:
    [first, _] = reminders_of(at(22, 0), BookingRules(quiet_from=time(23, 30)), SHANGHAI)
    assert first.latest == at(0)


def test_what_is_booked_later_than_a_reminder_has_none_of_it() -> None:
    assert next_look(at(10), RULES, SHANGHAI, at(9, 59, day=-1)) == at(10, day=-1)
    assert next_look(at(10), RULES, SHANGHAI, at(10, day=-1)) == at(8)
    assert next_look(at(10), RULES, SHANGHAI, at(8)) is None


@pytest.mark.parametrize(
    ("now", "occasion"),
    [
        (at(9, 59, day=-1), None),
        (at(10, day=-1), Occasion.DAY),
        (at(13, day=-1), Occasion.DAY),
        (at(13, 1, day=-1), None),
        (at(8), Occasion.SOON),
        (at(8, 30), Occasion.SOON),
        (at(8, 31), None),
    ],
)
def test_a_reminder_that_is_hours_late_is_not_sent(
    now: datetime, occasion: Occasion | None
) -> None:
    due = due_now(at(10), RULES, SHANGHAI, now)
    assert (due.occasion if due else None) == occasion


def test_quiet_hours_run_over_midnight_and_may_be_switched_off() -> None:
    assert quiet_around(at(20, 59), RULES, SHANGHAI) is None
    assert quiet_around(at(21), RULES, SHANGHAI) == (at(21), at(7, day=1))
    assert quiet_around(at(6, 59), RULES, SHANGHAI) == (at(21, day=-1), at(7))
    assert quiet_around(at(7), RULES, SHANGHAI) is None
    noon = BookingRules(quiet_from=time(12), quiet_until=time(14))
    assert quiet_around(at(13), noon, SHANGHAI) == (at(12), at(14))
    never = BookingRules(quiet_from=time(0), quiet_until=time(0))
    assert quiet_around(at(0), never, SHANGHAI) is None


@given(
    starts=st.timedeltas(timedelta(), timedelta(days=700)).map(BEGINNING.__add__),
    begins=st.times(),
    ends=st.times(),
    zone=st.sampled_from([SHANGHAI, BERLIN]),
)
def test_nobody_is_ever_reminded_in_the_quiet_hours_or_after_the_beginning(
    starts: datetime, begins: time, ends: time, zone: ZoneInfo
) -> None:
    rules = BookingRules(quiet_from=begins, quiet_until=ends)
    long_night = quiet_around(starts, rules, zone)
    for reminder in reminders_of(starts, rules, zone):
        assert reminder.at < starts
        assert reminder.latest < starts
        night = quiet_around(reminder.at, rules, zone)
        # Who is never awake for an hour before the night has no better moment.
        assert night is None or (night[1] - night[0]) > timedelta(hours=22), long_night
