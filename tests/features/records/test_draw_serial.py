"""Serial numbers have no gaps, whoever draws at once and whatever is given up."""

import pytest
from sqlalchemy.orm import Session

from portal.core.errors import DomainError
from portal.records.services import draw_serial
from tests.support.parallel import together
from tests.support.world import World


def draw(world: World, book: str = "matter", year: int = 2026) -> int:
    return world.do(lambda session: draw_serial(session, book=book, year=year))


def test_p_3_1b_numbers_run_from_one_in_each_book_and_year(institution: World) -> None:
    assert [draw(institution) for _n in range(3)] == [1, 2, 3]
    assert draw(institution, year=2027) == 1
    assert draw(institution, book="notice") == 1
    assert draw(institution) == 4


def test_whoever_draws_at_once_leaves_no_gap(institution: World) -> None:
    drawn = together(12, lambda _number: draw(institution))
    assert sorted(drawn) == list(range(1, 13))


def test_a_number_that_was_given_up_comes_again(institution: World) -> None:
    draw(institution)

    def give_up(session: Session) -> None:
        assert draw_serial(session, book="matter", year=2026) == 2
        raise DomainError

    with pytest.raises(DomainError):
        institution.do(give_up)
    assert draw(institution) == 2


def test_one_transaction_may_draw_twice(institution: World) -> None:
    def twice(session: Session) -> list[int]:
        return [draw_serial(session, book="matter", year=2026) for _n in range(2)]

    assert institution.do(twice) == [1, 2]
