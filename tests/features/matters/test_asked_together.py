"""Two are asked at once: whoever ranks higher is the first asked, for good (W-SW-1)."""

import pytest
from sqlalchemy import select

from portal.identity.queries.heads import find_senior
from portal.matters.models import Matter
from tests.features.matters.test_pages import take_down
from tests.support.matters import Office, Town
from tests.support.pages import post
from tests.support.walks import sign_in


@pytest.mark.parametrize(
    ("first", "second", "senior"),
    [
        ("gardener", "head", "head"),
        ("head", "gardener", "head"),
        ("gardener", "colleague", "gardener"),
        ("colleague", "gardener", "colleague"),
        ("engineer", "mayor", "mayor"),
        ("plumber", "head", "head"),
    ],
)
def test_w_sw_1_a_head_comes_before_others_and_equals_keep_their_order(
    parish: Town, first: str, second: str, senior: str
) -> None:
    def ident(name: str) -> int:
        found: int = getattr(parish if hasattr(parish, name) else parish.office, name)
        return found

    chosen = parish.office.world.do(lambda s: find_senior(s, ident(first), ident(second)))
    assert chosen == ident(senior)


def test_whoever_takes_it_down_goes_on_though_the_head_was_asked_first(office: Office) -> None:
    gardener = sign_in(office.world, "11")
    page = take_down(gardener, office, together="12")
    assert "/read-back/" in page.path
    matter = office.world.do(lambda session: session.scalars(select(Matter)).one())
    assert (matter.first_asked_id, matter.holder_staff_id) == (office.head, office.head)
    assert matter.opened_by_id == office.gardener
    page = post(gardener, page, way="word")
    page = post(gardener, page, unit=str(office.unit))
    assert "也在場" in page.text


@pytest.mark.parametrize("number", ["11", "nobody"])
def test_a_number_of_nobody_or_of_oneself_lands_on_its_box(office: Office, number: str) -> None:
    gardener = sign_in(office.world, "11")
    page = take_down(gardener, office, together=number)
    assert page.path.endswith("/add/repair/")
    assert "together-error" in page.text
    assert office.world.do(lambda session: session.scalars(select(Matter)).first()) is None
