"""Who keeps a post when: held against a plain count of every single minute."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.calendar.holidays import HolidayCalendar
from portal.calendar.opening import Interval, Pattern, Schedule
from portal.duty.coverage import (
    BY_NAME,
    Duty,
    Part,
    Segment,
    Stretch,
    cover,
    intersect,
    list_gaps,
    subtract,
    unite,
)

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)
#: Saturday evening before the night in which the clocks of Berlin go back.
EVENING = datetime(2026, 10, 24, 18, tzinfo=UTC)
LENGTH = 12 * 60


def at(minute: int) -> datetime:
    return EVENING + minute * MINUTE


#: Even minutes alone make stretches that touch and nest far more often than chance would.
minutes = st.integers(0, LENGTH // 30).map(lambda step: at(30 * step))
stretches = st.tuples(minutes, minutes).map(lambda pair: (min(pair), max(pair)))
many = st.lists(stretches, max_size=8)
duties = st.builds(
    lambda staff_id, part, stretch: Duty(staff_id, part, *stretch),
    st.integers(1, 4),
    st.sampled_from(Part),
    stretches,
)
absences = st.dictionaries(st.integers(1, 4), many, max_size=4)


def is_within(moment: datetime, found: Sequence[Stretch]) -> bool:
    return any(start <= moment < end for start, end in found)


def whole_minutes(start: datetime = EVENING, length: int = LENGTH) -> list[datetime]:
    return [start + minute * MINUTE for minute in range(length)]


def who_keeps(
    moment: datetime, given_duties: Sequence[Duty], away: Mapping[int, Sequence[Stretch]]
) -> tuple[int, Part] | None:
    """By the words of the rule: the first part that has somebody, then the first given."""
    for part in Part:
        for duty in given_duties:
            is_on = duty.start <= moment < duty.end
            is_away = part not in BY_NAME and is_within(moment, away.get(duty.staff_id, ()))
            if duty.part is part and is_on and not is_away:
                return duty.staff_id, part
    return None


def kept(segment: Segment) -> tuple[int, Part] | None:
    return (segment.duty.staff_id, segment.duty.part) if segment.duty else None


@given(many, many)
def test_the_algebra_of_stretches_is_that_of_their_minutes(
    first: list[Stretch], second: list[Stretch]
) -> None:
    united = unite([*first, *second])
    both, left = intersect(first, second), subtract(first, second)
    for moment in whole_minutes():
        in_first, in_second = is_within(moment, first), is_within(moment, second)
        assert is_within(moment, united) is (in_first or in_second)
        assert is_within(moment, both) is (in_first and in_second)
        assert is_within(moment, left) is (in_first and not in_second)
    for found in (united, both, left):
        assert all(start < end for start, end in found)
        assert all(one[1] < other[0] for one, other in pairwise(found))


@given(many, st.lists(duties, max_size=10), absences)
def test_every_minute_is_kept_by_whom_the_rule_names(
    required: list[Stretch], planned: list[Duty], away: dict[int, list[Stretch]]
) -> None:
    segments = cover(required, planned, away)
    by_minute = {
        moment: segment
        for segment in segments
        for moment in whole_minutes(segment.start, (segment.end - segment.start) // MINUTE)
    }
    for moment in whole_minutes():
        segment = by_minute.get(moment)
        assert (segment is not None) is is_within(moment, required)
        if segment is not None:
            assert kept(segment) == who_keeps(moment, planned, away)
    assert unite((one.start, one.end) for one in segments) == unite(required)
    assert all(one.end <= other.start for one, other in pairwise(segments))


@given(st.lists(duties, max_size=8), absences, st.sampled_from(Part))
def test_one_more_who_is_never_away_fills_every_gap_and_takes_nobody_above_away(
    planned: list[Duty], away: dict[int, list[Stretch]], part: Part
) -> None:
    required = [(at(0), at(LENGTH))]
    more = cover(required, [*planned, Duty(9, part, at(0), at(LENGTH))], away)
    assert list_gaps(more) == []
    above = [one for one in planned if list(Part).index(one.part) <= list(Part).index(part)]
    before = [one for one in cover(required, above, away) if not one.is_gap]
    assert [one for one in more if one.duty and one.duty.staff_id != 9 and one.duty in above] == (
        before
    )


@pytest.mark.parametrize(
    ("night", "hours"),
    [(date(2026, 10, 24), 9), (date(2026, 3, 28), 7), (date(2026, 6, 6), 8)],
)
def test_a_night_shift_is_as_long_as_its_night(night: date, hours: int) -> None:
    """Across the change of the clocks 22:00 to 06:00 is nine hours once and seven hours once."""
    shifts: Any = (Interval(22 * 60, 30 * 60),)
    week: Any = (shifts,) * 7
    schedule = Schedule(BERLIN, HolidayCalendar("DE"), [Pattern(date(2020, 1, 1), week)])
    required = schedule.stretches(night)
    [(start, end)] = required
    midnight = datetime.combine(night + timedelta(days=1), datetime.min.time(), BERLIN)
    planned = [Duty(1, Part.A, start, midnight.astimezone(UTC)), Duty(2, Part.B, start, end)]
    before, after = cover(required, planned, {})
    assert (kept(before), kept(after)) == ((1, Part.A), (2, Part.B))
    assert before.end == after.start == midnight
    assert after.end - before.start == timedelta(hours=hours)


def test_whoever_is_put_there_by_name_comes_before_a_and_stays_in_spite_of_leave() -> None:
    whole = (at(0), at(600))
    planned = [
        Duty(1, Part.A, *whole),
        Duty(2, Part.SWAP, at(60), at(240)),
        Duty(3, Part.OVERRIDE, at(120), at(180)),
    ]
    segments = cover([whole], planned, {1: [whole], 2: [whole], 3: [whole]})
    assert [(each.start, each.end, kept(each)) for each in segments] == [
        (at(0), at(60), None),
        (at(60), at(120), (2, Part.SWAP)),
        (at(120), at(180), (3, Part.OVERRIDE)),
        (at(180), at(240), (2, Part.SWAP)),
        (at(240), at(600), None),
    ]


def test_nothing_required_needs_nobody_and_nobody_leaves_all_of_it_empty() -> None:
    assert cover([], [Duty(1, Part.A, at(0), at(60))], {}) == []
    assert cover([(at(0), at(0))], [], {}) == []
    assert cover([(at(0), at(60))], [], {}) == [Segment(at(0), at(60), None)]


class Counted(datetime):
    """A moment that counts how often it is compared."""

    compared = 0

    def __lt__(self, other: datetime) -> bool:  # type: ignore[override]
        Counted.compared += 1
        return super().__lt__(other)

    def __le__(self, other: datetime) -> bool:  # type: ignore[override]
        Counted.compared += 1
        return super().__le__(other)


def work_of(days: int) -> int:
    """How many comparisons a post takes that is kept round the clock by three shifts a day."""
    first = Counted(2026, 1, 1, tzinfo=UTC)
    hours = [first + timedelta(hours=8 * shift) for shift in range(3 * days + 1)]
    planned = [
        Duty(1 + n % 5, part, start, end)
        for part in (Part.A, Part.B)
        for n, (start, end) in enumerate(pairwise(hours))
    ]
    away = {n: hours[n::7] for n in range(1, 6)}
    leaves = {n: [(day, day + timedelta(hours=4)) for day in found] for n, found in away.items()}
    Counted.compared = 0
    segments = cover([(hours[0], hours[-1])], planned, leaves)
    assert len(segments) >= 3 * days
    return Counted.compared


def test_twice_the_time_takes_hardly_more_than_twice_the_work() -> None:
    assert work_of(600) < 2.4 * work_of(300)
