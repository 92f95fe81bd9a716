"""The figures for everybody: past months only, the same numbers as inside, no small groups."""

import re
from datetime import date
from random import Random

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.appointments.views.figure_scope import FIGURES_SEEN
from tests.support.counted import add_history
from tests.support.pages import Page
from tests.support.statements import count_statements
from tests.support.walks import sign_in
from tests.support.world import SHANGHAI, World, add_staff

OCTOBER = date(2026, 10, 1)


def fill(world: World, states: dict[str, int]) -> None:
    """So many bookings of October in each state."""

    def build(session: Session) -> None:
        count = sum(states.values())
        add_history(session, Random(5), zone=SHANGHAI, first=OCTOBER, days=31, count=count)
        wanted = [state for state, number in states.items() for _one in range(number)]
        for row, state in zip(session.query(Booking).order_by(Booking.id), wanted, strict=True):
            row.state = state

    world.do(build)


def shown(page: Page) -> dict[str, str]:
    """What the table says, by the word before it."""
    table = page.text.partition("figures-of-all")[2].partition("</table>")[0]
    rows = re.findall(r'<th scope="row">(.*?)</th><td class="n">(.*?)</td>', table)
    return {re.sub(r"<[^>]*>", "", name): said for name, said in rows}


def look(world: World, client: FlaskClient, month: str = "2026-10") -> Page:
    return Page(client.get(f"/{world.slug}/kept-appointments/?month={month}"))


def test_the_public_page_says_what_heads_see(town: World, client: FlaskClient) -> None:
    # With seventy, five are broken that nobody has settled.
    fill(town, {"done": 40, "no_show": 20, "cancelled": 10})
    add_staff(town, "2001", [FIGURES_SEEN])
    head = sign_in(town, "2001")
    inside = Page(head.get(f"/{town.slug}/work/figures/?from=2026-10-01&until=2026-10-31"))
    table = inside.text.partition("figures-of-all")[2].partition("</table>")[0]
    numbers = re.findall(r'<th scope="row">(.*?)</th><td class="n">(.*?)</td>', table)
    strip = re.compile(r"<[^>]*>")
    seen = {strip.sub("", name): strip.sub("", value) for name, value in numbers}
    public = shown(look(town, client))
    assert set(seen) - set(public) == {"還沒到"}, "nothing of a past month is"
    told = {name: value for name, value in public.items() if value.isdigit()}
    assert len(told) >= 3
    assert told == {name: seen[name] for name in told}
    for name, value in public.items():
        assert value.isdigit() or int(seen[name]) < 5 or value == "不公布", name


def test_small_groups_are_not_told_as_numbers(town: World, client: FlaskClient) -> None:
    fill(town, {"done": 60, "no_show": 3, "cancelled": 6})
    public = shown(look(town, client))
    assert public["失約"] == "少於5個"
    assert "3" not in public.values()
    page = look(town, client)
    assert "100 %" not in page.text


def test_a_month_without_bookings_says_nothing(town: World, client: FlaskClient) -> None:
    page = look(town, client)
    assert page.status == 200
    assert set(shown(page).values()) == {"—"}
    assert " %" not in re.sub(r"<[^>]*>", "", page.text)


@pytest.mark.parametrize("month", ["2026-11", "2026-12", "2025-10", "x", "2026-13", "1"])
def test_a_month_that_is_not_over_is_not_published(
    town: World, client: FlaskClient, month: str
) -> None:
    assert look(town, client, month).status == 404


def test_the_last_twelve_months_can_be_turned_over(town: World, client: FlaskClient) -> None:
    assert look(town, client, "").status == 200
    for month in ("2026-10", "2025-11"):
        assert look(town, client, month).status == 200


def test_the_public_page_asks_the_same_however_many_came(town: World, client: FlaskClient) -> None:
    look(town, client)
    with count_statements(town) as few:
        look(town, client)
    fill(town, {"done": 300})
    with count_statements(town) as many:
        look(town, client)
    assert len(many) == len(few)
