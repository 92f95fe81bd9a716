"""Until when a returned place is kept for whoever is next: half an hour in which one is awake."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.appointments.waiting_rules import asked_at, kept_until
from portal.tenancy.settings import BookingRules

ZONE = ZoneInfo("Asia/Shanghai")
RULES = BookingRules(quiet_from=time(21), quiet_until=time(8))


def at(clock: str, day: int = 24) -> datetime:
    return datetime.fromisoformat(f"2026-11-{day}T{clock}:00").replace(tzinfo=ZONE)


def kept(now: datetime, starts_at: datetime, rules: BookingRules = RULES) -> datetime | None:
    return kept_until(starts_at, rules, ZONE, now)


def test_by_day_a_place_is_kept_for_half_an_hour() -> None:
    assert asked_at(at("10:00"), RULES, ZONE) == at("10:00")
    assert kept(at("10:00"), at("09:00", 26)) == at("10:30")


@pytest.mark.parametrize("now", [at("21:00"), at("23:59"), at("00:10", 25), at("07:59", 25)])
def test_at_night_nobody_is_asked_and_the_half_hour_counts_from_the_morning(now: datetime) -> None:
    assert asked_at(now, RULES, ZONE) == at("08:00", 25)
    assert kept(now, at("09:00", 26)) == at("08:30", 25)


def test_what_is_left_in_the_evening_goes_on_in_the_morning() -> None:
    assert asked_at(at("20:50"), RULES, ZONE) == at("20:50")
    assert kept(at("20:50"), at("09:00", 26)) == at("08:20", 25)
    assert kept(at("20:30"), at("09:00", 26)) == at("21:00")


def test_a_place_that_begins_before_anybody_can_answer_is_not_kept() -> None:
    assert kept(at("22:00"), at("08:30", 25)) is None
    assert kept(at("22:00"), at("08:31", 25)) == at("08:30", 25)
    assert kept(at("10:00"), at("10:15")) is None


def test_an_institution_without_quiet_hours_asks_at_any_time() -> None:
    rules = BookingRules(quiet_from=time(0), quiet_until=time(0), offer_minutes=45)
    assert kept(at("23:50"), at("09:00", 26), rules) == at("00:35", 25)


def test_the_half_hour_is_true_on_the_night_when_clocks_change() -> None:
    zone = ZoneInfo("Europe/Berlin")
    now = datetime(2027, 3, 27, 20, 50, tzinfo=zone)
    until = kept_until(now + timedelta(days=3), RULES, zone, now)
    assert until == datetime(2027, 3, 28, 8, 20, tzinfo=zone)
