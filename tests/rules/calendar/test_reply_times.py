"""How many working dates an answer took, over holidays and make-up workdays."""

import csv
import gzip
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.calendar.opening import Pattern
from portal.calendar.working_time import end_after_days, received_at, working_dates_after
from tests.rules.calendar.hours import BERLIN, SHANGHAI, WEEKDAY, local, moments, schedule
from tests.support.real_data import real_data

#: Office hours since before the first message.
OFFICE = schedule(patterns=[Pattern(date(2011, 1, 1), (WEEKDAY,) * 5 + ((), ()))])


@pytest.mark.parametrize(
    ("came", "answered", "dates"),
    [
        ("05-07 11:00", "05-07 16:00", 0),
        ("05-07 11:00", "05-08 09:00", 1),
        ("05-07 23:59", "05-08 00:00", 1),
        ("05-08 10:00", "05-10 10:00", 1),  # a Saturday that works, and a Sunday that does not
        ("05-10 10:00", "05-11 10:00", 1),
        ("02-12 10:00", "02-24 16:00", 3),  # the golden row: Saturday 02-14 works
        ("09-30 17:00", "10-10 08:00", 3),
        ("05-08 10:00", "05-07 10:00", 0),
    ],
)
def test_the_dates_after_the_day_of_receipt_are_counted_with_the_last(
    came: str, answered: str, dates: int
) -> None:
    assert working_dates_after(schedule(), local(came), local(answered)) == dates


@given(moments, st.integers(0, 12))
def test_a_promise_of_so_many_days_ends_after_as_many_dates(at: datetime, days: int) -> None:
    for zone in (SHANGHAI, BERLIN):
        hours = schedule(zone)
        received = received_at(hours, at)
        end = end_after_days(hours, received, days)
        assert working_dates_after(hours, received, end) == days
        assert working_dates_after(hours, received, received_at(hours, end)) == days + 1


def test_real_messages_took_as_many_working_dates_as_their_register_says() -> None:
    usual = csv.field_size_limit(1_000_000)
    try:
        with gzip.open(real_data("citizen_messages.csv.gz"), "rt", encoding="utf-8") as file:
            messages = list(csv.DictReader(file))
    finally:
        csv.field_size_limit(usual)
    assert len(messages) == 1408
    differing = []
    for row, message in enumerate(messages, start=1):
        came, answered = (
            datetime.fromisoformat(message[name]).replace(tzinfo=SHANGHAI)
            for name in ("created_at", "replied_at")
        )
        found = working_dates_after(OFFICE, came, answered)
        hours = (answered - came) / timedelta(hours=1)
        is_equal = found == int(message["workdays_to_reply"])
        if not is_equal or abs(hours - float(message["hours_to_reply"])) > 1e-6:
            differing.append((row, message["msg_id"], found, message["workdays_to_reply"]))
    assert differing == []
