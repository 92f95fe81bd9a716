"""What came of a shift: held against a plain count of every single minute."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.duty.attendance_rules import (
    Due,
    Entry,
    NeedsWords,
    NothingToContest,
    Stay,
    TooLateToContest,
    Totals,
    add_up,
    check_contest,
    find_judges,
    judge,
    list_dues,
)
from portal.duty.coverage import BY_NAME, Duty, Part, Stretch, cover

MINUTE = timedelta(minutes=1)
#: Saturday evening before the night in which the clocks of Berlin go back.
EVENING = datetime(2026, 10, 24, 18, tzinfo=UTC)
LENGTH = 12 * 60
#: Whose shift it is, and two colleagues.
ME, OTHER = 1, 2
POST = 7


def at(minute: int) -> datetime:
    return EVENING + minute * MINUTE


steps = st.integers(0, LENGTH // 15).map(lambda step: 15 * step)
moments = steps.map(at)
stretches = st.tuples(moments, moments).map(lambda pair: (min(pair), max(pair)))
many = st.lists(stretches, max_size=5)
people = st.integers(1, 3)
stays = st.builds(
    lambda who, stretch, is_cover, is_forgotten, missed: Stay(
        who, POST, stretch[0], stretch[1], is_cover, is_forgotten, missed
    ),
    people,
    stretches,
    st.booleans(),
    st.booleans(),
    st.lists(stretches, max_size=2),
)
shifts = st.lists(st.tuples(people, st.sampled_from(list(Part)[:4]), stretches), max_size=6)
absences = st.dictionaries(people, many, max_size=3)


def is_within(moment: datetime, found: Collection[Stretch]) -> bool:
    return any(start <= moment < end for start, end in found)


def minutes_of(found: Collection[Stretch]) -> list[datetime]:
    return [at(minute) for minute in range(LENGTH) if is_within(at(minute), found)]


def dues_of(
    required: Sequence[Stretch],
    planned: Sequence[tuple[int, Part, Stretch]],
    away: Mapping[int, Sequence[Stretch]],
) -> dict[int, Due]:
    """As they are read: a post, its shifts by their numbers, and who is on leave."""
    duties = [Duty(who, part, *when, key) for key, (who, part, when) in enumerate(planned)]
    whose = {key: (who, *when) for key, (who, _part, when) in enumerate(planned)}
    found = list_dues(whose, {POST: cover(required, duties, away)}, away)
    return {due.shift_id: due for due in found}


def keeper(
    moment: datetime,
    planned: Sequence[tuple[int, Part, Stretch]],
    away: Mapping[int, Sequence[Stretch]],
) -> int | None:
    """Whose shift it is, by the words of the rule; on leave nobody is due, by name or not."""
    for part in Part:
        for key, (who, own, when) in enumerate(planned):
            is_away = is_within(moment, away.get(who, ()))
            if own is part and is_within(moment, [when]) and (part in BY_NAME or not is_away):
                return None if is_away else key
    return None


def due(*found: tuple[int, int]) -> Due:
    held = [(at(start), at(end)) for start, end in found]
    return Due(1, ME, POST, held[0][0], held[-1][1], held)


def stay(
    start: int, end: int, who: int = ME, *, is_cover: bool = False, is_forgotten: bool = False
) -> Stay:
    return Stay(who, POST, at(start), at(end), is_cover, is_forgotten)


def came_of(asked: Due, *found: Stay, grace: int = 5) -> Entry:
    return judge(asked, found, grace=grace)


@given(many, shifts, absences)
def test_every_minute_is_due_for_the_shift_that_the_rule_names(
    required: list[Stretch],
    planned: list[tuple[int, Part, Stretch]],
    away: dict[int, list[Stretch]],
) -> None:
    found = dues_of(required, planned, away)
    for minute in range(LENGTH):
        moment = at(minute)
        expected = keeper(moment, planned, away) if is_within(moment, required) else None
        asked = [key for key, one in found.items() if is_within(moment, one.stretches)]
        assert asked == ([] if expected is None else [expected])
    assert all(one.stretches for one in found.values()), "who is due for nothing has no entry"


@given(many, st.lists(stays, max_size=6), st.integers(0, 40))
def test_late_early_and_there_are_the_minutes_of_a_plain_count(
    asked: list[Stretch], found: list[Stay], grace: int
) -> None:
    owed = minutes_of(asked)
    if not owed:
        return
    held = next(iter(dues_of(asked, [(ME, Part.A, (at(0), at(LENGTH)))], {}).values()))
    there = [
        moment
        for moment in owed
        if any(
            one.staff_id == ME
            and is_within(moment, [(one.start, one.end)])
            and not is_within(moment, one.missed)
            for one in found
        )
    ]
    entry = judge(held, found, grace=grace)
    assert entry.due == len(owed) * MINUTE
    assert entry.there == len(there) * MINUTE
    assert entry.is_absent is (not there)
    late = sum(moment < there[0] for moment in owed) if there else 0
    early = sum(moment > there[-1] for moment in owed) if there else 0
    assert entry.late == (late if late > grace else 0)
    assert entry.early == (early if early > grace and not entry.is_relieved else 0)
    if entry.is_relieved:
        ends = {one.end for one in found if one.staff_id == ME}
        assert early > grace
        assert any(one.start in ends and one.staff_id != ME for one in found if not one.is_cover)


def test_nobody_is_late_within_the_grace_and_whole_minutes_count() -> None:
    asked = due((0, 480))
    assert came_of(asked, stay(5, 480)).late == 0
    assert came_of(asked, stay(6, 480)).late == 6
    almost = replace(stay(6, 480), start=at(6) - timedelta(seconds=1))
    assert came_of(asked, almost).late == 0
    assert came_of(asked, stay(0, 475)).early == 0
    assert came_of(asked, stay(0, 474)).early == 6
    assert came_of(asked, stay(1, 480), grace=0).late == 1


def test_who_never_came_is_absent_and_neither_late_nor_early() -> None:
    entry = came_of(due((0, 480)), stay(-60, 0), stay(480, 500), stay(0, 480, OTHER))
    assert (entry.is_absent, entry.late, entry.early) == (True, 0, 0)
    assert (entry.there, entry.is_in_order, entry.can_be_contested) == (timedelta(), False, True)


def test_two_presences_in_one_shift_are_added_up_and_neither_is_late() -> None:
    entry = came_of(due((0, 480)), stay(-10, 120), stay(180, 490))
    assert (entry.late, entry.early, entry.there) == (0, 0, 420 * MINUTE)
    assert entry.is_in_order
    assert entry.can_be_contested


def test_a_pause_in_which_nobody_is_due_makes_nobody_late_or_early() -> None:
    entry = came_of(due((0, 180), (270, 480)), stay(0, 185), stay(268, 480))
    assert (entry.late, entry.early, entry.due, entry.there) == (0, 0, 390 * MINUTE, 390 * MINUTE)
    # Only the minutes that were due are counted.
    assert came_of(due((0, 180), (270, 480)), stay(280, 480)).late == 190


def test_who_hands_over_is_not_early_and_who_just_leaves_is() -> None:
    asked = due((0, 480))
    handed = came_of(asked, stay(0, 400), stay(400, 480, OTHER))
    assert (handed.early, handed.is_relieved, handed.there) == (0, True, 400 * MINUTE)
    for other in (
        stay(401, 480, OTHER),
        stay(399, 480, OTHER),
        stay(400, 480, OTHER, is_cover=True),
    ):
        left = came_of(asked, stay(0, 400), other)
        assert (left.early, left.is_relieved) == (80, False)


def test_who_hands_over_in_the_pause_before_the_rest_is_not_early() -> None:
    entry = came_of(due((0, 180), (270, 480)), stay(0, 200), stay(200, 480, OTHER))
    assert (entry.early, entry.is_relieved) == (0, True)


def test_who_came_back_and_left_again_has_to_hand_over_again() -> None:
    entry = came_of(due((0, 480)), stay(0, 100), stay(100, 200, OTHER), stay(200, 300))
    assert (entry.early, entry.is_relieved) == (180, False)


def test_a_forgotten_sign_out_is_marked_and_counts_until_it_was_due() -> None:
    entry = came_of(due((0, 480)), stay(0, 480, is_forgotten=True))
    assert (entry.is_forgotten, entry.early, entry.there) == (True, 0, 480 * MINUTE)
    assert not entry.is_in_order
    # What was forgotten at another shift is no word against this one.
    assert not came_of(due((0, 480)), stay(-90, 0, is_forgotten=True), stay(0, 480)).is_forgotten


def test_a_shift_by_name_asks_for_nothing_during_leave() -> None:
    """Whoever a person put there is looked for anew, but is not absent from it."""
    whole = [(at(0), at(480))]
    found = dues_of(whole, [(ME, Part.OVERRIDE, whole[0])], {ME: [(at(0), at(120))]})
    assert found[0].stretches == [(at(120), at(480))]
    assert dues_of(whole, [(ME, Part.SWAP, whole[0])], {ME: whole}) == {}


def test_b_is_due_where_a_is_on_leave_and_otherwise_not() -> None:
    whole = [(at(0), at(480))]
    planned = [(ME, Part.A, whole[0]), (OTHER, Part.B, whole[0])]
    assert list(dues_of(whole, planned, {})) == [0]
    assert list(dues_of(whole, planned, {ME: whole})) == [1]


def test_a_month_adds_up_without_what_was_excused() -> None:
    entries = [
        replace(came_of(due((0, 60)), *found), shift_id=number)
        for number, found in enumerate(
            ([stay(0, 60)], [stay(10, 60)], [stay(0, 50)], [], [stay(20, 60)])
        )
    ]
    assert add_up([], []) == Totals()
    assert add_up(entries, []) == Totals(300 * MINUTE, 200 * MINUTE, 2, 1, 1, 0)
    assert add_up(entries, [3, 4]) == Totals(300 * MINUTE, 200 * MINUTE, 1, 1, 0, 2)


def test_an_entry_is_contested_with_words_in_time_and_where_something_is_missing() -> None:
    entry = came_of(due((0, 480)), stay(30, 480))
    last = entry.end + timedelta(days=7)
    check_contest(entry, "車壞了", days=7, now=last - timedelta(seconds=1))
    with pytest.raises(TooLateToContest):
        check_contest(entry, "車壞了", days=7, now=last)
    with pytest.raises(NeedsWords):
        check_contest(entry, "  ", days=7, now=entry.end)
    with pytest.raises(NothingToContest):
        check_contest(came_of(due((0, 480)), stay(0, 480)), "?", days=7, now=entry.end)


HEADS = {1: (10, 11), 2: (20, None), 3: (None, None)}
PARENTS = {1: None, 2: 1, 3: 1}


@pytest.mark.parametrize(
    ("who", "unit", "judges"),
    [
        (99, 1, {10, 11}),
        (99, 2, {20}),
        (99, 3, {10}),
        # The head's own is decided above; at the top by those who oversee.
        (20, 2, {10}),
        (10, 1, {90}),
        (10, 3, {90}),
        (11, 1, {10}),
        (90, 9, set()),
    ],
)
def test_the_head_decides_and_nobody_on_the_own_entry(
    who: int, unit: int, judges: set[int]
) -> None:
    assert find_judges(who, unit, HEADS, PARENTS, [90]) == judges


@given(st.integers(1, 99), st.integers(0, 4))
def test_nobody_ever_decides_on_the_own_entry(who: int, unit: int) -> None:
    assert who not in find_judges(who, unit, HEADS, PARENTS, [90, who])
