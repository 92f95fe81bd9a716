"""What counts as an empty post, and since when."""

from datetime import UTC, datetime, timedelta

from portal.duty.rules import Opening, find_alarm_due, find_empty_since, find_opening

NINE = datetime(2026, 11, 23, 1, tzinfo=UTC)
NOON = NINE + timedelta(hours=3)
MINUTE = timedelta(minutes=1)
MORNING = Opening(NINE, NOON)


def test_closing_time_itself_is_closed() -> None:
    stretches = [(NINE, NOON)]
    assert find_opening(stretches, NINE - MINUTE) is None
    assert find_opening(stretches, NINE) == MORNING
    assert find_opening(stretches, NOON) is None


def test_what_has_been_open_for_longer_than_is_looked_back_has_no_beginning() -> None:
    now = NINE + timedelta(days=2)
    assert find_opening([(NINE, now + timedelta(days=1))], now) == Opening(
        None, now + timedelta(days=1)
    )


def test_a_post_is_empty_since_the_later_of_opening_and_leaving() -> None:
    def since(left: datetime | None, opening: Opening | None = MORNING) -> datetime | None:
        return find_empty_since(opening, is_attended=False, last_left_at=left)

    assert since(None) == NINE
    assert since(NINE - timedelta(hours=16)) == NINE
    assert since(NINE + MINUTE) == NINE + MINUTE
    assert since(NINE, Opening(None, NOON)) == NINE
    assert since(None, Opening(None, NOON)) is None
    assert since(NINE, None) is None
    assert find_empty_since(MORNING, is_attended=True, last_left_at=None) is None


def test_what_is_due_at_closing_or_later_is_not_due_at_all() -> None:
    assert find_alarm_due(MORNING, NINE, minutes=5) == NINE + 5 * MINUTE
    assert find_alarm_due(MORNING, NOON - 5 * MINUTE, minutes=5) is None
    assert find_alarm_due(MORNING, NOON - 6 * MINUTE, minutes=5) == NOON - MINUTE
    assert find_alarm_due(None, NINE, minutes=5) is None
    assert find_alarm_due(MORNING, None, minutes=5) is None
