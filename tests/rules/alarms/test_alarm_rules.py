"""Ladders of a limit: each level once and in order, none early, the last one never silent."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.alarms.rules import (
    Course,
    Kind,
    Ladder,
    Level,
    Unit,
    Wait,
    begin,
    check_ladder,
    find_due,
    fire_at,
    list_moments,
    look_after_pause,
    moment_after,
    next_look,
    next_repeat,
    read_ladder,
    retry_after,
    write_ladder,
)
from portal.calendar.opening import Schedule
from tests.rules.calendar.hours import (
    BERLIN,
    NIGHT,
    every_day,
    local,
    moments,
    schedule,
    schedules,
)

#: −30 minutes, 0, +30 minutes, +2 hours (P-4.2.1.1d).
CHASES: Ladder = (
    Level(Wait(-30), ("holder",), Kind.WARN),
    Level(Wait(0), ("holder",), Kind.CHASE),
    Level(Wait(30), ("holder", "first_asked"), Kind.CHASE),
    Level(Wait(120), ("unit_head",), Kind.ESCALATE),
)
NEVER = schedule(patterns=[])

waits = st.builds(Wait, st.integers(-200, 200), st.sampled_from(Unit))
levels = st.builds(
    Level,
    waits,
    st.lists(st.sampled_from(["holder", "unit_head"]), min_size=1, max_size=2).map(tuple),
    st.sampled_from(Kind),
)
lasts = st.builds(
    Level,
    st.builds(Wait, st.integers(0, 200), st.sampled_from(Unit)),
    st.just(("overseer",)),
    st.sampled_from([Kind.CHASE, Kind.ESCALATE]),
)


@st.composite
def ladders(draw: st.DrawFn) -> Ladder:
    """Up to three levels of any kind, and one that may repeat."""
    # Working days are cheap to write and dear to count.
    small = [
        replace(level, after=replace(level.after, amount=level.after.amount // 20))
        if level.after.unit is Unit.WORKING_DAYS
        else level
        for level in [*draw(st.lists(levels, max_size=3)), draw(lasts)]
    ]
    return tuple(small)


hours_or_none = st.one_of(st.none(), schedules(), st.just(NEVER))


def test_the_chases_of_a_promise_come_at_their_minutes() -> None:
    due = local("11-24 10:00")
    at = [local(f"11-24 {clock}") for clock in ("09:30", "10:00", "10:30", "12:00")]
    assert [fire_at(CHASES, level, due, schedule()) for level in (1, 2, 3, 4)] == at


@pytest.mark.parametrize(
    ("wait", "moment"),
    [
        (Wait(90), "11-27 18:00"),
        (Wait(90, Unit.WORKING_MINUTES), "11-30 10:00"),
        (Wait(1, Unit.WORKING_DAYS), "11-30 17:00"),
        (Wait(-90), "11-27 15:00"),
        (Wait(-90, Unit.WORKING_MINUTES), "11-27 15:00"),
        (Wait(-240, Unit.WORKING_MINUTES), "11-27 11:00"),
        (Wait(-1, Unit.WORKING_DAYS), "11-26 09:00"),
        (Wait(0, Unit.WORKING_DAYS), "11-27 16:30"),
    ],
)
def test_a_wait_is_counted_in_the_unit_that_it_names(wait: Wait, moment: str) -> None:
    assert moment_after(local("11-27 16:30"), wait, schedule()) == local(moment)


@pytest.mark.parametrize("hours", [None, NEVER])
def test_without_hours_working_time_passes_like_any_other(hours: Schedule | None) -> None:
    at = local("11-27 16:30")
    assert moment_after(at, Wait(2, Unit.WORKING_DAYS), hours) == local("11-29 16:30")
    assert moment_after(at, Wait(-30, Unit.WORKING_MINUTES), hours) == local("11-27 16:00")
    assert next_repeat(at, hours) == local("11-28 16:30")


@pytest.mark.parametrize(
    ("raised", "again"),
    [
        ("11-24 10:00", "11-25 09:00"),
        ("11-27 16:59", "11-30 09:00"),
        ("11-28 03:00", "11-30 09:00"),
        # Told in the night of a working day, one is not told again some hours later.
        ("11-30 03:00", "12-01 09:00"),
        ("09-18 16:00", "09-20 09:00"),
        ("09-30 17:00", "10-08 09:00"),
    ],
)
def test_the_last_level_comes_again_at_the_next_working_opening(raised: str, again: str) -> None:
    assert next_repeat(local(raised), schedule()) == local(again)


def test_where_it_never_closes_it_comes_again_at_the_same_hour() -> None:
    always = schedule(is_always_open=True)
    assert next_repeat(local("11-28 10:15"), always) == local("11-29 10:15")
    nights = every_day(NIGHT, BERLIN)
    assert next_repeat(local("03-27 23:00", BERLIN), nights) == local("03-28 22:00", BERLIN)


def test_an_outage_ends_with_the_highest_level_that_was_missed() -> None:
    due = local("11-24 10:00")
    course = Course(CHASES, due)
    assert find_due(course, schedule(), local("11-24 09:29")) is None
    assert find_due(course, schedule(), local("11-24 09:30")) == 1
    assert find_due(course, schedule(), local("11-24 10:31")) == 3
    assert find_due(course, schedule(), local("12-24 10:31")) == 4


def test_a_limit_set_late_begins_without_the_warnings_that_are_over() -> None:
    due = local("11-24 10:00")
    assert begin(CHASES, due, schedule(), local("11-24 09:40")).level == 1
    assert begin(CHASES, due, schedule(), local("11-24 09:20")).level == 0
    late = begin(CHASES, due, schedule(), local("11-24 10:40"))
    assert find_due(late, schedule(), local("11-24 10:40")) == 3


@pytest.mark.parametrize(
    "ladder",
    [
        (),
        CHASES[:1],
        (replace(CHASES[1], recipients=()),),
        (replace(CHASES[1], after=Wait(-1)),),
        (replace(CHASES[1], kind=Kind.WARN),),
    ],
)
def test_a_ladder_that_could_fall_silent_is_none(ladder: Ladder) -> None:
    with pytest.raises(ValueError, match=r"ladder|last level"):
        check_ladder(ladder)


def test_a_limit_that_fails_is_tried_again_ever_more_seldom_and_for_ever() -> None:
    pauses = [retry_after(failures) for failures in (1, 2, 3, 7, 1000)]
    assert pauses == [timedelta(minutes=m) for m in (1, 2, 4, 60, 60)]


@given(ladder=ladders())
def test_a_ladder_survives_being_kept(ladder: Ladder) -> None:
    assert read_ladder(json.loads(json.dumps(write_ladder(ladder)))) == ladder


@given(ladder=ladders(), due=moments, later=st.integers(0, 5000), hours=hours_or_none)
def test_levels_come_in_order_and_later_where_the_due_moment_is_later(
    ladder: Ladder, due: datetime, later: int, hours: Schedule | None
) -> None:
    at = list_moments(ladder, due, hours)
    assert at == sorted(at)
    second = list_moments(ladder, due + timedelta(minutes=later), hours)
    assert all(one <= other for one, other in zip(at, second, strict=True))
    assert at[-1] >= due


@given(
    ladder=ladders(),
    due=moments,
    hours=hours_or_none,
    gaps=st.lists(st.integers(0, 3000), min_size=1, max_size=15),
)
def test_no_level_comes_twice_or_early_and_the_last_goes_on_day_by_day(
    ladder: Ladder, due: datetime, hours: Schedule | None, gaps: list[int]
) -> None:
    """Looked at in any rhythm, outages of days included."""
    now = due - timedelta(minutes=300)
    course = begin(ladder, due, hours, now)
    at, raised = list_moments(ladder, due, hours), []
    for gap in gaps:
        now += timedelta(minutes=gap)
        level = find_due(course, hours, now)
        if level is None:
            missed = [moment for moment in at[course.level :] if moment <= now]
            assert missed == [], "what is due is found"
            continue
        assert at[level - 1] <= now
        assert [moment for moment in at[level:] if moment <= now] == [], "the highest alone"
        course = replace(course, level=level, raised_at=now)
        raised.append((level, now))
        assert find_due(course, hours, now) is None, "once"
        assert next_look(course, hours) > now
    climbed = [level for level, _now in raised if level < len(ladder)]
    assert climbed == sorted(set(climbed))
    zone = hours.zone if hours else UTC
    days = [now.astimezone(zone).date() for level, now in raised if level == len(ladder)]
    assert days == sorted(set(days)), "at most once a day"


@given(ladder=ladders(), due=moments, hours=hours_or_none)
def test_there_is_always_a_next_moment(
    ladder: Ladder, due: datetime, hours: Schedule | None
) -> None:
    course = Course(ladder, due)
    for _step in range(len(ladder) + 5):
        now = next_look(course, hours)
        level = find_due(course, hours, now)
        assert level is not None, "what is looked at in time is due then"
        course = replace(course, level=level, raised_at=now)
    assert course.is_at_last


@given(
    ladder=ladders(),
    due=moments,
    hours=hours_or_none,
    into=st.integers(0, 600),
    rests=st.integers(0, 20_000),
    said=waits,
)
def test_waking_from_a_pause_raises_nothing_at_once(
    ladder: Ladder, due: datetime, hours: Schedule | None, into: int, rests: int, said: Wait
) -> None:
    """Whatever length the pause is said to have had."""
    said = Wait(abs(said.amount) // (20 if said.unit is Unit.WORKING_DAYS else 1), said.unit)
    paused_at = due - timedelta(minutes=300 - into)
    course = begin(ladder, due, hours, due - timedelta(minutes=300))
    if (level := find_due(course, hours, paused_at)) is not None:
        course = replace(course, level=level, raised_at=paused_at)
    left = next_look(course, hours) - paused_at
    now = paused_at + timedelta(minutes=rests)
    moved = moment_after(due, said, hours)
    again = look_after_pause(course, due_at=moved, paused_at=paused_at, schedule=hours, now=now)
    assert again > now
    if course.is_at_last:
        return
    at = next_look(replace(course, due_at=moved), hours)
    assert again == (at if at > now else now + left)
