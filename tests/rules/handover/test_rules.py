"""What differs between a list and the facts, which steps lead where, and when a turn ends."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.duty.coverage import Duty, Part, Segment
from portal.handover.endings import find_ending
from portal.handover.rules import (
    MENDING,
    MOVES,
    OPEN,
    Kind,
    Line,
    State,
    Thing,
    Verb,
    WrongState,
    check_mending,
    compare,
    next_state,
)
from portal.identity.signing_rules import WeakPin, check_pin

Facts = dict[tuple[str, int], tuple[Kind, datetime | None]]
NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
MOMENTS = st.one_of(st.none(), st.integers(0, 3).map(lambda n: NOW + timedelta(hours=n)))
KINDS = st.sampled_from([Kind.MATTER, Kind.DONE])
SUBJECTS = st.tuples(st.sampled_from(["matter", "booking"]), st.integers(1, 5))
FACTS = st.dictionaries(SUBJECTS, st.tuples(KINDS, MOMENTS), max_size=8)


def things(facts: Facts) -> list[Thing]:
    return [Thing(kind, subject, at, "-") for subject, (kind, at) in facts.items()]


def lines(facts: Facts) -> list[Line]:
    return [
        Line(number, kind, subject, at, is_gone=False)
        for number, (subject, (kind, at)) in enumerate(facts.items())
    ]


@given(FACTS)
def test_a_true_list_has_no_changes(facts: Facts) -> None:
    assert not compare(lines(facts), things(facts))


@given(FACTS, FACTS)
def test_a_list_with_its_changes_made_is_true(
    before: Facts,
    after: Facts,
) -> None:
    listed = lines(before)
    changes = compare(listed, things(after))
    moved = dict(changes.moved)
    kept = [line for line in listed if line.item_id not in {*moved, *changes.gone}]
    made = [Thing(line.kind, line.subject, line.at, "-") for line in kept]
    made += [*moved.values(), *changes.added]
    assert {(one.subject, one.kind, one.at) for one in made} == {
        (one.subject, one.kind, one.at) for one in things(after)
    }
    assert len(changes) == len(moved) + len(changes.added) + len(changes.gone)


def test_what_came_back_is_to_be_seen_again() -> None:
    gone = Line(1, Kind.MATTER, ("matter", 1), None, is_gone=True)
    thing = Thing(Kind.MATTER, ("matter", 1), None, "-")
    assert compare([gone], [thing]).item_ids == {1}
    assert not compare([gone], [])


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("verb", Verb)
def test_each_step_is_made_from_where_the_table_says(state: State, verb: Verb) -> None:
    sources, target = MOVES[verb]
    if state in sources:
        assert next_state(state, verb) is target
    else:
        with pytest.raises(WrongState):
            next_state(state, verb)


@pytest.mark.parametrize("state", State)
def test_a_list_is_changed_only_before_it_is_signed(state: State) -> None:
    if state in MENDING:
        check_mending(state)
    else:
        with pytest.raises(WrongState):
            check_mending(state)


def test_nothing_moves_from_an_open_handover_but_by_the_receiver() -> None:
    leaving = {verb for verb, (sources, target) in MOVES.items() if target not in OPEN}
    assert {verb for verb in leaving if MOVES[verb][0] & set(OPEN)} == {
        Verb.CONFIRM,
        Verb.WITHDRAW,
    }


def segment(start: float, end: float, staff_id: int | None) -> Segment:
    """Hours from now; nobody: a gap."""
    from_at, until_at = (NOW + timedelta(hours=hours) for hours in (start, end))
    duty = Duty(staff_id, Part.A, from_at, until_at) if staff_id else None
    return Segment(from_at, until_at, duty)


@pytest.mark.parametrize(
    ("segments", "found"),
    [
        ([segment(-1, 1, 7), segment(1, 4, 8)], (1, 8)),
        ([segment(-1, 1, 7), segment(1, 4, None)], (1, None)),
        ([segment(-1, 1, 7), segment(1, 1.5, 7), segment(1.5, 4, 8)], (1.5, 8)),
        ([segment(0.5, 1, 7), segment(1, 4, 8)], (1, 8)),
        # Later than two hours, closed in between, closed after it, and somebody else's turn ahead.
        ([segment(-1, 2.5, 7), segment(2.5, 4, 8)], None),
        ([segment(-1, 1, 7), segment(1.5, 4, 8)], None),
        ([segment(-1, 1, 7)], None),
        ([segment(1, 4, 8)], None),
        ([], None),
    ],
)
def test_a_turn_ends_where_somebody_else_goes_on(
    segments: list[Segment], found: tuple[float, int | None] | None
) -> None:
    expected = found and (NOW + timedelta(hours=found[0]), found[1])
    assert find_ending(segments, 7, NOW) == expected


@pytest.mark.parametrize(
    ("typed", "pin"), [("4802", "4802"), ("４８０２１５", "480215"), ("48 02 15", "480215")]
)
def test_a_pin_is_four_to_eight_figures(typed: str, pin: str) -> None:
    assert check_pin(typed) == pin


@pytest.mark.parametrize(
    "typed", ["", "480", "480215480", "48o2", "0000", "1212", "1234", "87654321", "7890", "-4802"]
)
def test_what_everybody_tries_is_no_pin(typed: str) -> None:
    with pytest.raises(WeakPin):
        check_pin(typed)


def test_the_own_number_is_no_pin() -> None:
    assert check_pin("1001357", number="1001")
    with pytest.raises(WeakPin):
        check_pin("10345", number="10345")
