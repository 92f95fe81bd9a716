"""Who could take A's place: held against a plain look at every single minute."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.duty.coverage import Duty, Part, Stretch, unite
from portal.duty.fitness_rules import Fitness
from portal.duty.readiness_rules import (
    Fit,
    Lack,
    Readiness,
    Standby,
    find_fit,
    only,
    split,
    step_in,
)
from portal.duty.roster_rules import STANDING_BY, Need, Trouble, Turn

MINUTE = timedelta(minutes=1)
#: Saturday evening before the night in which the clocks of Berlin go back, and past midnight.
EVENING = datetime(2026, 10, 24, 18, tzinfo=UTC)
LENGTH = 8 * 60
POST, OTHER = 1, 2


def at(minute: int) -> datetime:
    return EVENING + minute * MINUTE


minutes = st.integers(0, LENGTH // 20).map(lambda step: at(20 * step))
stretches = st.tuples(minutes, minutes).map(lambda pair: (min(pair), max(pair)))
many = st.lists(stretches, max_size=4)
duties = st.lists(
    st.builds(
        lambda staff_id, part, stretch: Duty(staff_id, part, *stretch),
        st.integers(1, 3),
        st.sampled_from(Part),
        stretches,
    ),
    max_size=6,
)
turns = st.lists(
    st.tuples(st.integers(1, 3), stretches, st.sampled_from([POST, OTHER])), max_size=5
)
by_person = st.dictionaries(st.integers(1, 3), many.map(unite), max_size=3)
fits = st.dictionaries(
    st.integers(1, 3),
    st.builds(Fit, st.sampled_from([None, True, False]), st.none(), st.none() | minutes),
    max_size=3,
)


def is_within(moment: datetime, found: Sequence[Stretch]) -> bool:
    return any(start <= moment < end for start, end in found)


def could_keep(
    duty: Duty,
    moment: datetime,
    kept: Mapping[int, Sequence[Turn]],
    away: Mapping[int, Sequence[Stretch]],
    allowed: Mapping[int, Sequence[Stretch]],
    fit: Fit,
) -> bool:
    """By the words of the rule: stands by then, is fit, not on leave and at no other post."""
    person = duty.staff_id
    is_elsewhere = any(
        turn.post_id != POST and turn.start <= moment < turn.end for turn in kept.get(person, ())
    )
    return (
        duty.part in STANDING_BY
        and duty.start <= moment < duty.end
        and fit.lack is None
        and (fit.until is None or moment < fit.until)
        and not is_within(moment, away.get(person, ()))
        and (not is_elsewhere or is_within(moment, allowed.get(person, ())))
    )


@given(many, duties, turns, by_person, by_person, fits)
def test_w_ab_2_somebody_could_step_in_in_each_minute_in_which_one_is_free_and_fit(
    required: list[Stretch],
    given_duties: list[Duty],
    given_turns: list[tuple[int, Stretch, int]],
    away: dict[int, list[Stretch]],
    allowed: dict[int, list[Stretch]],
    fit: dict[int, Fit],
) -> None:
    kept: dict[int, list[Turn]] = {}
    for person, (start, end), post_id in given_turns:
        kept.setdefault(person, []).append(Turn(start, end, post_id, Part.A))
    permitted = {(person, POST): when for person, when in allowed.items()}
    need = Need(POST, unite(required), given_duties)
    segments = step_in(need, kept, away, permitted, fit)
    free, gaps = split(segments)
    assert free + sum((end - start for start, end in gaps), timedelta()) == sum(
        (end - start for start, end in need.required), timedelta()
    )
    for moment in (at(minute) for minute in range(LENGTH)):
        is_kept = is_within(moment, need.required) and any(
            could_keep(one, moment, kept, away, allowed, fit.get(one.staff_id, Fit()))
            for one in given_duties
        )
        assert is_kept is (is_within(moment, need.required) and not is_within(moment, gaps))


@given(many, duties)
def test_one_alone_is_never_free_longer_than_all_together(
    required: list[Stretch], given_duties: list[Duty]
) -> None:
    need = Need(POST, unite(required), given_duties)
    whole, _gaps = split(step_in(need, {}, {}, {}, {}))
    alone = [split(step_in(only(need, person), {}, {}, {}, {}))[0] for person in (1, 2, 3)]
    assert max(alone) <= whole <= sum(alone, timedelta())


SAME = {
    Lack.UNSIGNED: Trouble.UNSIGNED,
    Lack.UNQUALIFIED: Trouble.UNQUALIFIED,
    Lack.EXPIRED: Trouble.EXPIRED,
}


@given(
    st.none() | st.integers(1, 3),
    st.none() | st.integers(1, 3),
    st.sets(st.integers(1, 3)),
    st.dictionaries(st.integers(1, 3), minutes),
    minutes,
)
def test_the_report_and_the_roster_miss_the_same(
    newest: int | None,
    signed: int | None,
    asked: set[int],
    qualified: dict[int, datetime],
    now: datetime,
) -> None:
    fitness = Fitness(
        newest={} if newest is None else {POST: newest},
        signed={} if signed is None else {(1, POST): signed},
        asked={POST: asked},
        qualified={(1, service): until for service, until in qualified.items()},
    )
    lack = find_fit(fitness, 1, POST, now).lack
    assert (None if lack is None else SAME[lack]) is fitness.find_lack(1, POST, now)


def ready(*standbys: Standby, required: int = 60, gaps: Sequence[Stretch] = ()) -> Readiness:
    return Readiness(standbys, required * MINUTE, gaps)


def one(fit: Fit, free: int = 60) -> Standby:
    return Standby(1, "B", "B", fit, None, free * MINUTE)


def test_a_post_is_ready_as_soon_as_one_is() -> None:
    lacking, well = one(Fit(is_signed=False)), one(Fit(is_signed=True))
    assert ready(lacking, well).is_ready
    assert ready(lacking).reasons == [(Lack.UNSIGNED, "B")]
    assert ready().reasons == [(Lack.NOBODY, "")]
    assert ready(one(Fit(), free=0)).reasons == [(Lack.NEVER_FREE, "B")]
    assert ready(one(Fit(), free=0), required=0).is_ready


def test_only_all_of_the_hours_are_a_hundred_percent() -> None:
    assert ready(required=0).possible is None
    assert ready(gaps=[(at(0), at(60))]).possible == 0
    almost = ready(required=6000, gaps=[(at(0), at(1))])
    assert str(almost.possible) == "99.9"
    assert ready().possible == 100
