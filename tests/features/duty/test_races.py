"""Two who act at the same moment: one is first, and the other reads in words what stands."""

from collections import Counter
from collections.abc import Callable

from sqlalchemy import select

from portal.core.errors import DomainError
from portal.duty.models import Presence
from portal.duty.rules import (
    CoveredAlready,
    NobodyAway,
    PostTaken,
    SignedInAlready,
    SignedInElsewhere,
    Standing,
)
from tests.support.duty import Hall
from tests.support.parallel import together


def attempts(*works: Callable[[], object]) -> list[str]:
    """What came of each that began at the same moment: a refusal's name, or nothing."""

    def attempt(number: int) -> str:
        try:
            works[number]()
        except DomainError as error:
            return type(error).__name__
        return ""

    return together(len(works), attempt)


def standing(hall: Hall) -> list[Presence]:
    """The presences that stand."""
    found = select(Presence).where(Presence.signed_out_at.is_(None)).order_by(Presence.id)
    return hall.do(lambda session, _now: list(session.scalars(found)))


def test_i_4_three_sign_in_at_one_post_at_once_and_one_is_there(hall: Hall) -> None:
    made = attempts(*(lambda one=one: hall.sign_in(one) for one in (hall.a, hall.b, hall.c)))
    assert Counter(made) == {"": 1, PostTaken.__name__: 2}
    assert len(standing(hall)) == 1


def test_w_ab_4_one_person_on_two_devices_is_at_one_post(hall: Hall) -> None:
    made = attempts(
        lambda: hall.sign_in(hall.c, hall.night),
        lambda: hall.sign_in(hall.c, hall.desk),
        lambda: hall.sign_in(hall.c, hall.window),
    )
    assert Counter(made) == {"": 1, SignedInElsewhere.__name__: 2}
    assert len(standing(hall)) == 1


def test_a_double_tap_on_two_devices_signs_in_once(hall: Hall) -> None:
    made = attempts(*[lambda: hall.sign_in(hall.a)] * 4)
    assert Counter(made) == {"": 1, SignedInAlready.__name__: 3}
    assert len(standing(hall)) == 1


def test_b_and_c_cover_at_once_and_one_does(hall: Hall) -> None:
    hall.step_away(hall.sign_in(hall.a))
    made = attempts(lambda: hall.cover(hall.b), lambda: hall.cover(hall.c))
    assert Counter(made) == {"": 1, CoveredAlready.__name__: 1}
    assert sum(row.is_cover for row in standing(hall)) == 1


def test_cover_and_return_at_once_leave_one_at_the_post(hall: Hall) -> None:
    here = hall.sign_in(hall.a)
    for _again in range(4):
        hall.step_away(here)
        made = attempts(lambda: hall.cover(hall.b), lambda: hall.come_back(here))
        # Who covered first is free again; who came too late finds nobody away.
        assert made in (["", ""], [NobodyAway.__name__, ""])
        assert hall.standing() is Standing.HERE
        assert [row.id for row in standing(hall)] == [here]
        assert hall.watched() == {}


def test_two_who_cover_each_other_s_posts_at_once_block_nobody(hall: Hall) -> None:
    first, second = hall.sign_in(hall.a), hall.sign_in(hall.b, hall.desk)
    hall.step_away(first)
    made = attempts(lambda: hall.cover(hall.b), lambda: hall.step_away(second))
    # Either the cover stands and the own post is not left, or the other way round.
    assert min(made) == ""
    assert max(made) in ("CoversElsewhere", "YouAreAway")


def test_the_worker_and_whoever_signs_in_at_once_leave_no_alarm(hall: Hall) -> None:
    hall.at(9, 30)
    made = attempts(hall.sweep, lambda: hall.sign_in(hall.a))
    assert made == ["", ""]
    assert hall.watched() == {}


def test_the_end_of_an_approval_and_stepping_away_at_once(hall: Hall) -> None:
    hall.sign_in(hall.b, hall.desk)
    hall.decide(hall.ask(hall.b, hall.window, hours=1), hall.head)
    second = hall.sign_in(hall.b)
    hall.world.wait(hours=1)
    made = attempts(hall.sweep, lambda: hall.step_away(second), hall.sweep)
    assert made == ["", "NotSignedIn", ""]
    assert [row.post_id for row in standing(hall)] == [hall.desk]
