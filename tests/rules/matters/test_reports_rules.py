"""Hops and time per holder: the parts of a life add up to the whole of it (RP-06)."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from portal.matters.reports_rules import Holder as Hand
from portal.matters.reports_rules import (
    Hours,
    Life,
    Moment,
    count_hops,
    group_hops,
    pieces_of,
    summarise,
    turns_of,
)
from portal.matters.rules import ENDED, State, Verb

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
GARDENER, HEAD, PLUMBER = (Hand("staff", number) for number in (1, 2, 3))
WINDOW = Hand("post", 1)
CLOCK = Hours(None)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def step(minutes: int, code: str, state: State, holder: Hand) -> Moment:
    return Moment(at(minutes), code, state, holder)


REFERRED = [
    step(0, "opened", State.RECEIVED, GARDENER),
    step(10, Verb.CONFIRM, State.VERIFIED, GARDENER),
    step(20, Verb.REPORT, State.REPORTED, GARDENER),
    step(30, Verb.ACKNOWLEDGE, State.IN_PROGRESS, HEAD),
    step(40, Verb.REFER, State.OFFERED, HEAD),
    step(60, Verb.ACCEPT, State.IN_PROGRESS, PLUMBER),
    step(70, Verb.PAUSE, State.WAITING, PLUMBER),
    step(100, Verb.RESUME, State.IN_PROGRESS, PLUMBER),
    step(120, Verb.FINISH, State.DONE, PLUMBER),
    step(125, Verb.FEED_BACK, State.FED_BACK, GARDENER),
    step(130, Verb.TELL, State.TOLD, GARDENER),
    step(200, Verb.CLOSE, State.CLOSED, GARDENER),
]


def test_each_hand_has_its_time_and_an_offer_is_the_giver_s_until_it_is_accepted() -> None:
    turns = turns_of(pieces_of(REFERRED, at(999)), lambda hand: hand, CLOCK)
    assert [
        (turn.key, turn.worked.seconds // 60, turn.waited.seconds // 60, turn.is_passed_on)
        for turn in turns
    ] == [
        (GARDENER, 30, 0, True),
        (HEAD, 30, 0, True),
        (PLUMBER, 35, 30, True),
        (GARDENER, 5, 70, False),
    ]


def test_only_accepted_referrals_and_decisions_are_hops() -> None:
    assert count_hops(REFERRED) == 1
    decided = [
        step(0, "opened", State.RECEIVED, GARDENER),
        step(5, Verb.DISPUTE, State.DISPUTED, GARDENER),
        step(9, Verb.DECIDE, State.IN_PROGRESS, GARDENER),
    ]
    assert count_hops(decided) == 0, "it stayed where it was"
    assert count_hops([]) == 0
    assert [group_hops(hops) for hops in (0, 1, 2, 3, 9)] == [0, 1, 2, 3, 3]


def test_what_still_runs_is_counted_until_now_and_what_ended_is_not() -> None:
    running = REFERRED[:4]
    assert turns_of(pieces_of(running, at(90)), lambda hand: hand, CLOCK)[-1].worked == timedelta(
        hours=1
    )
    assert pieces_of(REFERRED, at(999)) == pieces_of(REFERRED, at(5000))


def test_whoever_gets_it_when_it_is_opened_again_took_it_from_nobody() -> None:
    again = [*REFERRED, step(500, Verb.REOPEN, State.IN_PROGRESS, PLUMBER)]
    turns = turns_of(pieces_of(again, at(510)), lambda hand: hand, CLOCK)
    assert [turn.is_passed_on for turn in turns] == [True, True, True, False, False]
    assert turns[-1].worked == timedelta(minutes=10)


def test_working_time_leaves_out_the_closed_hours() -> None:
    hours = Hours([(at(0), at(30)), (at(60), at(90)), (at(120), at(150))])
    assert hours.between(at(-50), at(-10)) == timedelta()
    assert hours.between(at(-10), at(10)) == timedelta(minutes=10)
    assert hours.between(at(10), at(70)) == timedelta(minutes=30)
    assert hours.between(at(30), at(60)) == timedelta()
    assert hours.between(at(0), at(500)) == timedelta(minutes=90)


def test_the_report_says_the_mean_of_what_was_passed_on_and_the_longest_of_all() -> None:
    lives = [
        Life(7, count_hops(REFERRED), turns_of(pieces_of(REFERRED, at(999)), lambda h: h, CLOCK)),
        Life(8, 0, turns_of(pieces_of(REFERRED[:4], at(110)), lambda h: h, CLOCK)),
    ]
    found = summarise(lives)
    assert (found.matters, dict(found.by_hops)) == (2, {1: 1, 0: 1})
    head = found.held[HEAD]
    assert (head.matters, head.passed, head.mean) == (2, 1, timedelta(minutes=30))
    assert (head.longest, head.longest_id) == (timedelta(minutes=80), 8)
    gardener = found.held[GARDENER]
    assert (gardener.matters, gardener.passed, gardener.mean) == (2, 2, timedelta(minutes=30))
    assert summarise([Life(9, 0, [])]).by_hops[0] == 1


HANDS = st.sampled_from([GARDENER, HEAD, PLUMBER, WINDOW])
COURSES = st.lists(
    st.tuples(st.integers(0, 3000), st.sampled_from(State), HANDS), min_size=1, max_size=20
)


@st.composite
def openings(draw: st.DrawFn) -> Hours:
    """Hours that begin and end at any minute."""
    edges = draw(st.lists(st.integers(0, 60_000), unique=True, max_size=20).map(sorted))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return Hours([(at(opening), at(closing)) for opening, closing in pairs])


@given(COURSES, st.integers(0, 5000), st.booleans(), openings())
def test_the_parts_add_up_to_the_whole_life(
    given_steps: list[tuple[int, State, Hand]], rest: int, by_kind: bool, hours: Hours
) -> None:
    minute, course = 0, []
    for gap, state, hand in given_steps:
        minute += gap
        course.append(step(minute, "x", state, hand))
    now = at(minute + rest)
    ends = [*(moment.at for moment in course[1:]), now]
    alive = [
        (moment.at, end)
        for moment, end in zip(course, ends, strict=True)
        if moment.state not in ENDED
    ]
    pieces = pieces_of(course, now)
    for clock in (CLOCK, hours):
        whole = sum((clock.between(*each) for each in alive), timedelta())
        turns = turns_of(pieces, lambda hand: hand.kind if by_kind else hand, clock)
        assert sum((turn.worked + turn.waited for turn in turns), timedelta()) == whole
        assert all(turn.worked >= timedelta() <= turn.waited for turn in turns)
    assert all(one.end <= two.begin for one, two in pairwise(pieces))


@given(st.lists(st.integers(-500, 500), min_size=2, max_size=10))
def test_what_was_entered_afterwards_takes_no_time_twice(gaps: list[int]) -> None:
    """Steps may be out of order in time; no minute counts for two hands."""
    minute, course = 0, []
    for number, gap in enumerate(gaps):
        minute += gap
        course.append(step(minute, "x", State.IN_PROGRESS, HEAD if number % 2 else PLUMBER))
    pieces = pieces_of(course, at(minute))
    last = max(moment.at for moment in course)
    assert sum((one.end - one.begin for one in pieces), timedelta()) == last - course[0].at
