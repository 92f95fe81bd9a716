"""A name is shown to the window as it is, on one line, whatever is hidden in it."""

from datetime import date

import pytest
from flask.testing import FlaskClient

from portal.appointments.views.desk import BOOK
from portal.appointments.views.today import SERVE
from tests.support.walks import book_online, bookings, sign_in
from tests.support.world import World, add_staff

TUESDAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("張\u200b麗\u202e華", "張麗華"),
        ("張麗華\r\nBcc: all@example.org", "張麗華 Bcc: all@example.org"),
        ("  Ana \u2003 \u2028María ", "Ana María"),
    ],
)
def test_signs_that_nobody_sees_are_not_part_of_a_name(
    town: World, client: FlaskClient, typed: str, kept: str
) -> None:
    book_online(client, town, name=typed)
    assert bookings(town)[0].name == kept


def test_markup_in_a_name_stays_text_at_the_window(town: World, client: FlaskClient) -> None:
    hostile = "<script>alert(1)</script>\"'"
    book_online(client, town, name=hostile, day=TUESDAY.isoformat())
    add_staff(town, "A1", [SERVE, BOOK])
    town.wait(days=1)
    page = sign_in(town, "A1").get(f"/{town.slug}/work/today/1/").get_data(as_text=True)
    assert "<script>alert" not in page
    assert bookings(town)[0].name == hostile
