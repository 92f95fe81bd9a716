"""What somebody lacks to keep a post: the signature, a qualification, its last day."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.duty.coverage import Duty, Part, Segment
from portal.duty.fitness_rules import (
    Fitness,
    Unqualified,
    Unsigned,
    join_lacks,
    list_lacks,
    refuse,
)
from portal.duty.roster_rules import Finding, Trouble
from tests.support.world import MONDAY

ANN, DESK, BIRTH, WEDDING = 11, 1, 21, 22
NOON = MONDAY + timedelta(hours=3)
LATER = NOON + timedelta(hours=4)

versions = st.none() | st.integers(1, 3)
days = st.none() | st.integers(-2, 2)


def lack(fitness: Fitness, *, is_published: bool = False) -> Trouble | None:
    return fitness.find_lack(ANN, DESK, NOON, is_published=is_published)


def test_who_is_asked_for_nothing_lacks_nothing() -> None:
    assert lack(Fitness()) is None
    assert lack(Fitness(newest={2: 1}, asked={2: {BIRTH}})) is None


@given(newest=versions, signed=versions, is_published=st.booleans())
def test_w_gc_1_only_what_is_published_stands_under_an_older_signature(
    newest: int | None, signed: int | None, is_published: bool
) -> None:
    fitness = Fitness(
        newest={DESK: newest} if newest else {}, signed={(ANN, DESK): signed} if signed else {}
    )
    has_signed = signed is not None and (is_published or signed >= (newest or 0))
    expected = None if newest is None or has_signed else Trouble.UNSIGNED
    assert lack(fitness, is_published=is_published) is expected


@given(birth=days, wedding=days)
def test_w_ab_2_every_service_that_asks_counts(birth: int | None, wedding: int | None) -> None:
    held = {BIRTH: birth, WEDDING: wedding}
    fitness = Fitness(
        asked={DESK: [BIRTH, WEDDING]},
        qualified={
            (ANN, service): NOON + timedelta(days=day)
            for service, day in held.items()
            if day is not None
        },
    )
    found = lack(fitness)
    assert (found is None) == all(day is not None and day >= 0 for day in held.values())
    assert (found is Trouble.UNQUALIFIED) == (None in held.values())


def test_the_signature_is_missed_before_the_qualification() -> None:
    assert lack(Fitness(newest={DESK: 1}, asked={DESK: [BIRTH]})) is Trouble.UNSIGNED


def test_what_somebody_lacks_is_said_once_from_first_to_last() -> None:
    def segment(start: int, end: int) -> Segment:
        begin, finish = NOON + timedelta(hours=start), NOON + timedelta(hours=end)
        return Segment(begin, finish, Duty(ANN, Part.A, begin, finish))

    gap = Finding(Trouble.GAP, DESK, NOON, LATER)
    covered = {DESK: [segment(0, 1), Segment(NOON, LATER, None), segment(2, 4)]}
    found = list_lacks(covered, Fitness(newest={DESK: 1}), lambda _post, _at: False)
    assert len(found) == 2
    assert join_lacks([gap, *found, gap]) == [
        gap,
        Finding(Trouble.UNSIGNED, DESK, NOON, LATER, ANN),
        gap,
    ]
    assert list_lacks(covered, Fitness(newest={DESK: 1}, signed={(ANN, DESK): 1}), _never) == []


def _never(_post_id: int, _at: object) -> bool:
    return False


def test_whoever_comes_reads_what_is_missing() -> None:
    refuse(None)
    with pytest.raises(Unsigned):
        refuse(Trouble.UNSIGNED)
    for trouble in (Trouble.UNQUALIFIED, Trouble.EXPIRED):
        with pytest.raises(Unqualified):
            refuse(trouble)
