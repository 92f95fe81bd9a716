"""What is wrong with a roster, and why somebody cannot keep a post."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.duty.coverage import Duty, Part, Segment, Stretch
from portal.duty.roster_rules import (
    TROUBLE_LABELS,
    WAYS_OUT,
    Finding,
    Need,
    Trouble,
    Turn,
    check,
    cover_all,
    find_obstacle,
    list_turns,
)
from tests.support.world import SHANGHAI, local

MONDAY = date(2026, 11, 23)
REST = timedelta(hours=11)
#: Posts and people.
DESK, WINDOW = 1, 2
ANN, BEN, CAI = 11, 12, 13


def hours(start: int, end: int, day: int = 0) -> Stretch:
    """From one full hour to another, the hours of the next days counting on."""
    midnight = local(MONDAY + timedelta(days=day), 0)
    return midnight + timedelta(hours=start), midnight + timedelta(hours=end)


def need(post_id: int, stretch: Stretch, *people: tuple[int, Part]) -> Need:
    return Need(post_id, [stretch], [Duty(who, part, *stretch) for who, part in people])


def checked(
    needs: list[Need],
    leaves: dict[int, list[Stretch]] | None = None,
    permitted: dict[tuple[int, int], list[Stretch]] | None = None,
) -> list[Finding]:
    away = leaves or {}
    covered = cover_all(needs, away, permitted)
    return check(needs, covered, away, rest=REST, zone=SHANGHAI, permitted=permitted)


def who(segments: list[Segment]) -> list[int | None]:
    return [segment.duty.staff_id if segment.duty else None for segment in segments]


def test_every_trouble_has_its_words_and_its_way_out() -> None:
    assert set(TROUBLE_LABELS) == set(WAYS_OUT) == set(Trouble)


def test_a_full_roster_has_no_trouble() -> None:
    day = hours(9, 17)
    assert checked([need(DESK, day, (ANN, Part.A), (BEN, Part.B))]) == []
    assert checked([]) == []


def test_b_comes_when_a_is_away_and_nobody_when_both_are() -> None:
    day = hours(9, 17)
    desk = need(DESK, day, (ANN, Part.A), (BEN, Part.B))
    assert who(cover_all([desk], {ANN: [day]})[DESK]) == [BEN]
    morning = hours(9, 12)
    assert checked([desk], {ANN: [day], BEN: [morning]}) == [Finding(Trouble.GAP, DESK, *morning)]


def test_whoever_is_needed_elsewhere_stands_by_nowhere() -> None:
    day = hours(9, 17)
    desk = need(DESK, day, (ANN, Part.A), (BEN, Part.B))
    window = need(WINDOW, hours(9, 12), (BEN, Part.A))
    assert checked([desk, window], {ANN: [day]}) == [Finding(Trouble.GAP, DESK, *hours(9, 12))]
    allowed = {(BEN, DESK): [hours(9, 10)]}
    assert checked([desk, window], {ANN: [day]}, allowed) == [
        Finding(Trouble.GAP, DESK, *hours(10, 12))
    ]


def test_one_who_stands_by_for_two_posts_keeps_one_of_them() -> None:
    day = hours(9, 17)
    desk = need(DESK, day, (ANN, Part.A), (CAI, Part.B))
    window = need(WINDOW, day, (BEN, Part.A), (CAI, Part.B))
    covered = cover_all([desk, window], {ANN: [day], BEN: [day]})
    assert who(covered[DESK]) == [CAI]
    assert who(covered[WINDOW]) == [None]


def test_w_ab_4_nobody_is_at_two_posts_at_once_unless_it_was_approved() -> None:
    desk, window = (
        need(DESK, hours(9, 17), (ANN, Part.A)),
        need(WINDOW, hours(15, 19), (ANN, Part.A)),
    )
    assert checked([desk, window]) == [Finding(Trouble.TWICE, WINDOW, *hours(15, 17), ANN, DESK)]
    assert checked([desk, window], None, {(ANN, WINDOW): [hours(14, 18)]}) == []


def test_two_posts_one_after_the_other_are_kept_by_the_same_person() -> None:
    desk, window = (
        need(DESK, hours(9, 12), (ANN, Part.A)),
        need(WINDOW, hours(12, 15), (ANN, Part.A)),
    )
    assert checked([desk, window]) == []


def test_whoever_was_put_there_by_name_is_not_on_leave() -> None:
    day, noon = hours(9, 17), hours(11, 13)
    desk = need(DESK, day, (ANN, Part.OVERRIDE))
    assert checked([desk], {ANN: [noon]}) == [Finding(Trouble.ON_LEAVE, DESK, *noon, ANN)]


def test_between_shifts_of_different_days_lies_rest() -> None:
    late, early = hours(14, 22), hours(6, 14, day=1)
    needs = [Need(DESK, [late, early], [Duty(ANN, Part.A, *late), Duty(ANN, Part.A, *early)])]
    assert checked(needs) == [Finding(Trouble.REST, DESK, *early, ANN, DESK)]
    later = hours(9, 14, day=1)
    enough = [Need(DESK, [late, later], [Duty(ANN, Part.A, *late), Duty(ANN, Part.A, *later)])]
    assert checked(enough) == []


def test_a_night_shift_is_followed_by_rest_too_and_a_noon_break_is_none() -> None:
    night, noon = hours(22, 30), hours(12, 18, day=1)
    duties = [Duty(ANN, Part.A, *night), Duty(ANN, Part.A, *noon)]
    assert [each.trouble for each in checked([Need(DESK, [night, noon], duties)])] == [Trouble.REST]
    halves = [hours(9, 12), hours(13, 17)]
    same = [Duty(ANN, Part.A, *half) for half in halves]
    assert checked([Need(DESK, halves, same)]) == []


def test_a_second_shift_that_follows_at_once_is_no_rest_either() -> None:
    night, early = hours(22, 30), hours(6, 14, day=1)
    duties = [Duty(ANN, Part.A, *night), Duty(ANN, Part.A, *early)]
    found = checked([Need(DESK, [night, early], duties)])
    assert [(each.trouble, each.start) for each in found] == [(Trouble.REST, early[0])]


def obstacle(
    wanted: Stretch, *, leave: list[Stretch] | None = None, turns: list[Turn] | None = None
) -> tuple[Trouble, int | None] | None:
    asked = Turn(*wanted, WINDOW, Part.OVERRIDE)
    return find_obstacle(turns or [], leave or [], asked, rest=REST, zone=SHANGHAI)


def test_why_somebody_cannot_keep_a_post() -> None:
    at_desk = [Turn(*hours(14, 22), DESK, Part.A)]
    assert obstacle(hours(9, 12)) is None
    assert obstacle(hours(9, 12), leave=[hours(11, 13)]) == (Trouble.ON_LEAVE, None)
    assert obstacle(hours(9, 15), turns=at_desk) == (Trouble.TWICE, DESK)
    assert obstacle(hours(9, 14), turns=at_desk) is None
    assert obstacle(hours(6, 12, day=1), turns=at_desk) == (Trouble.REST, DESK)
    assert obstacle(hours(9, 12, day=1), turns=at_desk) is None


def test_turns_of_everybody_come_in_order() -> None:
    needs = [need(WINDOW, hours(13, 17), (ANN, Part.A)), need(DESK, hours(9, 12), (ANN, Part.A))]
    found = list_turns(cover_all(needs, {}))
    assert [turn.post_id for turn in found[ANN]] == [DESK, WINDOW]


def test_a_short_turn_in_between_is_no_rest_after_a_long_one() -> None:
    long, short, early = hours(8, 23), hours(9, 10), hours(7, 12, day=1)
    turns = [need(DESK, long, (ANN, Part.A)), need(WINDOW, short, (ANN, Part.A))]
    both = {(ANN, WINDOW): [short]}
    found = checked([*turns, need(3, early, (ANN, Part.A))], permitted=both)
    assert found == [Finding(Trouble.REST, 3, *early, ANN, DESK)]
    at_both = [Turn(*long, DESK, Part.A), Turn(*short, WINDOW, Part.A)]
    assert obstacle(early, turns=at_both) == (Trouble.REST, DESK)


@given(st.sets(st.tuples(st.integers(0, 120), st.integers(1, 20)), max_size=8))
def test_rest_and_two_at_once_are_as_a_count_of_all_pairs_says(turns: set[tuple[int, int]]) -> None:
    """One person at as many posts, so that every turn may meet every other."""
    stretches = [hours(start, start + length) for start, length in sorted(turns)]
    needs = [need(number, each, (ANN, Part.A)) for number, each in enumerate(stretches)]
    found = checked(needs)
    days = [start.astimezone(SHANGHAI).date() for start, _end in stretches]
    pairs = [(one, other) for one in range(len(needs)) for other in range(len(needs))]
    tired = {
        after
        for before, after in pairs
        if days[before] != days[after]
        and stretches[before][1] <= stretches[after][0] < stretches[before][1] + REST
    }
    twice = sum(
        one < other
        and max(stretches[one][0], stretches[other][0])
        < min(stretches[one][1], stretches[other][1])
        for one, other in pairs
    )
    assert {each.post_id for each in found if each.trouble is Trouble.REST} == tired
    assert sum(each.trouble is Trouble.REST for each in found) == len(tired)
    assert sum(each.trouble is Trouble.TWICE for each in found) == twice
