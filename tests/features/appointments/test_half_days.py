"""Half days as they are announced (H-10): the closed half is said wherever people look."""

from copy import deepcopy
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.calendar.models import PatternRow
from portal.tenancy.models import SettingsVersion
from portal.tenancy.queries import forget_settings
from tests.support.closing import close_afternoon
from tests.support.pages import Page
from tests.support.world import SETTINGS, World, furnish

#: Open in the morning only; the Sunday after it not at all.
SATURDAY = date(2026, 11, 28)
WEDNESDAY = date(2026, 11, 25)


@pytest.fixture
def clinic(institution: World) -> World:
    """A clinic that works half a day on Saturdays, in its own words."""
    furnish(institution)

    def arrange(session: Session) -> None:
        pattern = session.scalars(select(PatternRow)).one()
        pattern.week = [*pattern.week[:5], [[540, 720]], []]
        version = session.scalars(select(SettingsVersion)).one()
        document = deepcopy(SETTINGS)
        document["words"]["closed"] = {"zh_Hant": "休診", "en": "No clinic"}  # type: ignore[index]
        version.document = document

    institution.do(arrange)
    forget_settings()
    institution.publish()
    return institution


def look(client: FlaskClient, path: str, language: str = "zh_Hant") -> str:
    client.set_cookie("language", language, path="/")
    page = Page(client.get(f"/qingxi/{path}"))
    assert page.status == 200
    return page.text


@pytest.mark.parametrize(
    "path", ["", f"book/birth/time/?day={SATURDAY.isoformat()}", "services/birth/"]
)
@pytest.mark.parametrize(
    ("language", "words"), [("zh_Hant", "下午休診"), ("en", "Afternoon: No clinic")]
)
def test_h_10_the_closed_half_is_said_on_every_public_page(
    clinic: World, client: FlaskClient, path: str, language: str, words: str
) -> None:
    assert words in look(client, path, language)


def test_a_full_day_says_nothing_of_the_kind(clinic: World, client: FlaskClient) -> None:
    text = look(client, f"book/birth/time/?day={WEDNESDAY.isoformat()}")
    assert '<p class="quiet">下午休診</p>' not in text


def test_the_key_of_the_month_speaks_the_institutions_word(
    clinic: World, client: FlaskClient
) -> None:
    text = look(client, f"book/birth/time/?day={WEDNESDAY.isoformat()}")
    assert "<span>休診</span>" in text
    assert "<span>停辦</span>" not in text


def test_hours_that_a_window_closes_are_said_too(clinic: World, client: FlaskClient) -> None:
    close_afternoon(clinic, WEDNESDAY)
    clinic.publish()
    text = look(client, f"book/birth/time/?day={WEDNESDAY.isoformat()}")
    assert '<p class="quiet">下午休診</p>' in text
    assert "下午休診" in look(client, "services/birth/")
