"""A day is cut into slots, and every place belongs to exactly one pool."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.appointments.planning import Offer, make_room, plan_day
from portal.appointments.rules import (
    Move,
    Pool,
    State,
    WrongState,
    apportion,
    cancel_until,
    kept_places_open,
    next_state,
    read_reference,
    release_of,
    spread,
)
from portal.calendar.halves import closed_half

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 11, 24)


def at(hour: int, minute: int = 0) -> datetime:
    return datetime.combine(DAY, time(hour, minute), SHANGHAI)


def test_q_shares_are_apportioned_by_largest_remainder() -> None:
    parts = apportion(7, {Pool.COUNTER: 20, Pool.PRIORITY: 10})
    assert parts == {Pool.COUNTER: 1, Pool.PRIORITY: 1, Pool.PUBLIC: 5}


@given(
    places=st.integers(0, 500),
    counter=st.integers(0, 60),
    priority=st.integers(0, 40),
)
def test_apportioned_parts_add_up_and_stay_within_one_of_their_share(
    places: int, counter: int, priority: int
) -> None:
    parts = apportion(places, {Pool.COUNTER: counter, Pool.PRIORITY: priority})
    assert sum(parts.values()) == places
    for pool, percent in ((Pool.COUNTER, counter), (Pool.PRIORITY, priority)):
        assert abs(parts[pool] - places * percent / 100) < 1


@given(kept=st.integers(0, 50), more=st.integers(0, 50))
def test_kept_places_are_spread_without_falling_together(kept: int, more: int) -> None:
    positions = spread(kept, kept + more)
    assert len(set(positions)) == kept
    assert all(0 <= position < kept + more for position in positions)


@given(
    minutes=st.sampled_from([5, 10, 15, 20, 30, 45, 60]),
    capacity=st.integers(1, 6),
    posts=st.integers(1, 4),
    counter=st.integers(0, 50),
    priority=st.integers(0, 50),
)
def test_a_planned_day_keeps_every_place_of_every_half_day(
    minutes: int, capacity: int, posts: int, counter: int, priority: int
) -> None:
    opening = [(at(9), at(12)), (at(13, 30), at(17))]
    offers = [Offer(post, opening, minutes, capacity) for post in range(1, posts + 1)]
    shares = {Pool.COUNTER: counter, Pool.PRIORITY: priority}
    slots = plan_day(offers, shares=shares, zone=SHANGHAI)
    for first, last in opening:
        half = [slot for slot in slots if first <= slot.starts_at < last]
        whole = int((last - first) / timedelta(minutes=minutes)) * capacity * posts
        assert sum(slot.capacity for slot in half) == whole
        by_pool = Counter[Pool]()
        for slot in half:
            by_pool[slot.pool] += slot.capacity
        assert by_pool == Counter({p: n for p, n in apportion(whole, shares).items() if n})
        assert all(slot.ends_at <= last and slot.capacity > 0 for slot in half)
    keys = [(slot.post_id, slot.starts_at, slot.pool) for slot in slots]
    assert len(keys) == len(set(keys))


def test_a_rest_shorter_than_a_slot_is_not_offered() -> None:
    slots = plan_day([Offer(1, [(at(9), at(9, 50))], 20, 1)], shares={}, zone=SHANGHAI)
    assert [(s.starts_at, s.ends_at) for s in slots] == [
        (at(9), at(9, 20)),
        (at(9, 20), at(9, 40)),
    ]


def test_a_closed_day_has_no_slots() -> None:
    assert plan_day([Offer(1, [], 30, 2)], shares={Pool.COUNTER: 20}, zone=SHANGHAI) == []


def test_h_10_a_half_day_shares_only_the_half_that_is_open() -> None:
    slots = plan_day([Offer(1, [(at(9), at(12))], 30, 5)], shares={Pool.COUNTER: 20}, zone=SHANGHAI)
    kept = sum(slot.capacity for slot in slots if slot.pool is Pool.COUNTER)
    assert (kept, sum(slot.capacity for slot in slots)) == (6, 30)


@pytest.mark.parametrize(
    ("opening", "closed"),
    [
        ([(at(9), at(12)), (at(13, 30), at(17))], ""),
        ([(at(9), at(17))], ""),
        ([(at(9), at(12))], "pm"),
        ([(at(9), at(12, 30))], "pm"),
        ([(at(13), at(17))], "am"),
        ([(at(0), at(6)), (at(22), at(0) + timedelta(days=1))], ""),
        ([], "all"),
    ],
)
def test_the_closed_half_of_a_day(opening: list[tuple[datetime, datetime]], closed: str) -> None:
    plan = plan_day([Offer(1, opening, 30, 2)], shares={}, zone=SHANGHAI)
    times = [(slot.starts_at, slot.ends_at) for slot in plan]
    assert closed_half(times, SHANGHAI) == closed


places = st.dictionaries(st.sampled_from(Pool), st.integers(0, 6))


@given(planned=places, taken=places)
def test_a_new_plan_makes_room_for_what_is_taken_and_for_no_more(
    planned: dict[Pool, int], taken: dict[Pool, int]
) -> None:
    room = make_room(planned, taken)
    assert sum(room.values()) == max(sum(planned.values()), sum(taken.values()))
    for pool in Pool:
        assert taken.get(pool, 0) <= room[pool]
        assert room[pool] <= max(planned.get(pool, 0), taken.get(pool, 0))
    assert make_room(room, taken) == room


def test_places_taken_beyond_a_pool_are_given_up_by_the_others() -> None:
    planned = {Pool.PUBLIC: 1, Pool.COUNTER: 1}
    assert make_room(planned, {Pool.PUBLIC: 2})[Pool.COUNTER] == 0
    assert make_room({Pool.PUBLIC: 3}, {Pool.COUNTER: 2})[Pool.PUBLIC] == 1


def test_kept_places_open_to_all_at_noon_the_day_before() -> None:
    assert kept_places_open(DAY, time(12), SHANGHAI) == datetime(2026, 11, 23, 4, tzinfo=UTC)


def test_a_day_is_released_at_the_release_time_of_the_horizon() -> None:
    assert release_of(DAY, 14, time(6, 30), SHANGHAI) == datetime(2026, 11, 9, 22, 30, tzinfo=UTC)


def test_cancelling_online_closes_when_the_day_before_ends() -> None:
    assert cancel_until(at(10), 0, SHANGHAI) == at(0)
    assert cancel_until(at(10), 6, SHANGHAI) == at(0) - timedelta(hours=6)


@pytest.mark.parametrize("state", [State.DONE, State.NO_SHOW, State.CANCELLED])
@pytest.mark.parametrize("move", list(Move))
def test_what_is_over_allows_no_further_move(state: State, move: Move) -> None:
    with pytest.raises(WrongState):
        next_state(state, move)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("k73-0921", "K730921"),
        (" K 73 0921 ", "K730921"),
        ("https://example.org/town/b/K730921/0123abcd/", "K730921"),
        ("", ""),
        ("<script>", "SCRIPT"),
    ],
)
def test_a_reference_is_read_as_people_type_it(typed: str, read: str) -> None:
    assert read_reference(typed) == read
