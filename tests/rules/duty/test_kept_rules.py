"""How long a post was empty: held against a plain count of every single minute."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.duty.coverage import Stretch, unite
from portal.duty.kept_rules import (
    Answer,
    Away,
    Been,
    Empty,
    Kept,
    find_calls,
    find_empty,
    find_stood,
    measure,
)

MINUTE = timedelta(minutes=1)
#: Saturday evening before the night in which the clocks of Berlin go back, and past midnight.
EVENING = datetime(2026, 10, 24, 18, tzinfo=UTC)
LENGTH = 10 * 60


def at(minute: int) -> datetime:
    return EVENING + minute * MINUTE


minutes = st.integers(0, LENGTH // 10).map(lambda step: at(10 * step))
stretches = st.tuples(minutes, minutes).map(lambda pair: (min(pair), max(pair)))
required = st.lists(stretches, max_size=5).map(unite)
aways = st.builds(
    lambda stretch, is_back: Away(stretch[0], stretch[0] + 15 * MINUTE, is_back and stretch[1]),
    stretches,
    st.booleans(),
).map(lambda one: Away(one.start, one.expected, one.end or None))
beens = st.lists(
    st.builds(
        lambda staff_id, stretch, is_out, is_cover, away: Been(
            staff_id, stretch[0], stretch[1] if is_out else None, is_cover, away
        ),
        st.integers(1, 4),
        stretches,
        st.booleans(),
        st.booleans(),
        st.lists(aways, max_size=2),
    ),
    max_size=6,
)


def is_there(been: Been, moment: datetime) -> bool:
    """By the words of the rule: signed in, not signed out, and not away."""
    is_in = been.start <= moment and (been.end is None or moment < been.end)
    return is_in and not any(
        one.start <= moment and (one.end is None or moment < one.end) for one in been.away
    )


def whole_minutes(until: datetime) -> list[datetime]:
    return [at(minute) for minute in range(LENGTH) if at(minute) < until]


def lengths(found: Sequence[Empty]) -> timedelta:
    return sum((one.length for one in found), timedelta())


@given(required, beens, minutes)
def test_w_ab_1_a_post_is_empty_in_each_minute_that_it_is_open_with_nobody(
    hours: list[Stretch], there: list[Been], until: datetime
) -> None:
    cut = [(start, min(end, until)) for start, end in hours if start < until]
    found = find_empty(cut, there, [], until)
    for moment in whole_minutes(until):
        is_open = any(start <= moment < end for start, end in cut)
        is_empty = is_open and not any(is_there(been, moment) for been in there)
        assert is_empty is any(one.start <= moment < one.end for one in found), moment
    assert all(one.start < one.end for one in found)


@given(required, beens, minutes)
def test_i_10_the_time_of_two_months_is_that_of_both(
    hours: list[Stretch], there: list[Been], middle: datetime
) -> None:
    end = at(LENGTH)
    first = [(start, min(stop, middle)) for start, stop in hours if start < middle]
    second = [(max(start, middle), stop) for start, stop in hours if stop > middle]
    parts = [find_empty(first, there, [], middle), find_empty(second, there, [], end)]
    assert sum(map(lengths, parts), timedelta()) == lengths(find_empty(hours, there, [], end))
    assert measure(first) + measure(second) == measure(hours)
    covers = [find_stood(there, EVENING, middle), find_stood(there, middle, end)]
    whole = find_stood(there, EVENING, end)
    assert sum((one.length for part in covers for one in part), timedelta()) == sum(
        (one.length for one in whole), timedelta()
    )


@given(required, beens, st.lists(minutes, max_size=4, unique=True), minutes)
def test_an_alarm_is_counted_once_in_whichever_month_it_was_due(
    hours: list[Stretch], there: list[Been], due: list[datetime], middle: datetime
) -> None:
    raised = [(moment, moment + MINUTE) for moment in due]
    first = [(start, min(stop, middle)) for start, stop in hours if start < middle]
    second = [(max(start, middle), stop) for start, stop in hours if stop > middle]
    whole = find_empty(hours, there, raised, at(LENGTH))
    parts = [
        *find_empty(first, there, raised, middle),
        *find_empty(second, there, raised, at(LENGTH)),
    ]
    told = [one.raised_at for one in whole if one.raised_at]
    # Of two alarms of one stretch that is cut, each part has its own.
    assert set(told) <= {one.raised_at for one in parts}


def test_a_stretch_says_who_left_who_came_and_how_long_after_the_alarm() -> None:
    there = [Been(1, at(0), at(30)), Been(2, at(50), None)]
    [gap] = find_empty([(at(0), at(60))], there, [(at(35), at(36))], at(60))
    assert gap == Empty(at(30), at(50), 1, 2, at(36))
    assert gap.answer == 14 * MINUTE
    kept = Kept(60 * MINUTE, [gap])
    assert (kept.unkept, kept.longest, kept.answer) == (20 * MINUTE, 20 * MINUTE, 14 * MINUTE)
    assert kept.raised == [gap]


def test_nobody_who_came_is_no_answer() -> None:
    there = [Been(1, at(0), at(30))]
    [gap] = find_empty([(at(0), at(60))], there, [(at(35), at(35))], at(60))
    assert (gap.came_id, gap.answer) == (None, None)
    assert Kept(60 * MINUTE, [gap]).answer is None


def test_a_pause_of_the_post_parts_two_stretches() -> None:
    found = find_empty([(at(0), at(10)), (at(20), at(30))], [], [], at(40))
    assert [(one.start, one.end) for one in found] == [(at(0), at(10)), (at(20), at(30))]


def test_a_cover_is_over_when_it_outlasts_what_was_said() -> None:
    away = [Away(at(10), at(25), at(40)), Away(at(60), at(75), at(70))]
    there = [
        Been(1, at(0), None, away=away),
        Been(2, at(12), at(40), is_cover=True),
        Been(3, at(61), at(70), is_cover=True),
    ]
    first, second = find_stood(there, at(0), at(90))
    assert (first.staff_id, first.for_id, first.length, first.is_over) == (2, 1, 28 * MINUTE, True)
    assert (second.staff_id, second.for_id, second.is_over) == (3, 1, False)
    assert Kept(stood=[first, second]).over == [first]


@pytest.mark.parametrize(
    ("back", "came", "until", "answer"),
    [
        (at(40), at(14), at(90), Answer.IN_TIME),
        (at(40), at(15), at(90), Answer.IN_TIME),
        (at(40), at(16), at(90), Answer.LATE),
        (at(40), None, at(90), Answer.NOBODY),
        (None, None, at(90), Answer.NOBODY),
        (at(15), None, at(90), Answer.BACK),
        (None, None, at(12), Answer.OPEN),
    ],
)
def test_w_ab_2_whoever_is_asked_to_stand_in_comes_within_the_limit_or_not(
    back: datetime | None, came: datetime | None, until: datetime, answer: Answer
) -> None:
    there = [Been(1, at(0), None, away=[Away(at(10), at(25), back)])]
    if came is not None:
        there.append(Been(2, came, back, is_cover=True))
    [call] = find_calls(there, [(at(0), at(90))], limit=5 * MINUTE, begin=at(0), until=until)
    assert (call.answer, call.came_at) == (answer, came)


def test_nobody_is_asked_while_the_post_is_closed() -> None:
    there = [Been(1, at(0), None, away=[Away(at(10), at(25), None)])]
    hours = [(at(0), at(10)), (at(30), at(60))]
    assert find_calls(there, hours, limit=5 * MINUTE, begin=at(0), until=at(60)) == []
