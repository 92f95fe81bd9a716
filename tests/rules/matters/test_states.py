"""The table of states: nothing closes early, nothing is reached that nobody can leave."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.matters.rules import (
    ENDED,
    MAKERS,
    MOVES,
    OFFERED,
    Part,
    State,
    Verb,
    WrongState,
    can,
    due_after_pause,
    first_promise,
    next_state,
    steps_for,
)

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def reachable(begin: State) -> set[State]:
    """Where a matter can come to from a state."""
    found, waiting = {begin}, [begin]
    while waiting:
        state = waiting.pop()
        for sources, target in MOVES.values():
            if state in sources and target is not None and target not in found:
                found.add(target)
                waiting.append(target)
    return found


def test_every_state_can_be_reached_from_the_first_word() -> None:
    assert reachable(State.SUBMITTED) == set(State)


@pytest.mark.parametrize("state", [state for state in State if state not in ENDED])
def test_whatever_is_open_can_come_to_an_end(state: State) -> None:
    assert reachable(state) & ENDED


@given(st.lists(st.sampled_from(Verb), max_size=30))
def test_p_5_4_nothing_closes_before_the_result_went_back_and_the_person_was_told(
    verbs: list[Verb],
) -> None:
    state = State.SUBMITTED
    made: list[Verb] = []
    for verb in verbs:
        if not can(state, verb):
            with pytest.raises(WrongState):
                next_state(state, verb)
            continue
        state = next_state(state, verb)
        made = [] if verb is Verb.REOPEN else [*made, verb]
        if state is State.CLOSED:
            done = made.index(Verb.FINISH)
            assert done < made.index(Verb.FEED_BACK) < made.index(Verb.TELL)


@given(st.sampled_from(State), st.frozensets(st.sampled_from(Part)))
def test_what_is_offered_may_be_made(state: State, parts: frozenset[Part]) -> None:
    for verb in steps_for(state, parts):
        assert can(state, verb)
        assert MAKERS[verb] & parts


def test_only_the_person_withdraws() -> None:
    assert Verb.WITHDRAW not in MAKERS
    assert set(OFFERED) == set(MAKERS)


@pytest.mark.parametrize("state", [state for state in State if state not in ENDED])
def test_somebody_of_the_staff_can_always_go_on(state: State) -> None:
    # What was told waits for the person's answer, and may be closed without one.
    assert steps_for(state, frozenset(Part))


@given(
    st.timedeltas(timedelta(), timedelta(days=30)), st.timedeltas(timedelta(), timedelta(days=30))
)
def test_a_pause_moves_the_promised_time_by_its_length(
    before: timedelta, length: timedelta
) -> None:
    due = first_promise(NOW, 72)
    assert due - NOW == timedelta(hours=72)
    begun = NOW + before
    assert due_after_pause(due, paused_at=begun, now=begun + length) - due == length
