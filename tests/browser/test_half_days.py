"""A clinic that works half a day says so wherever people look, in its own word (休診)."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LOCALES, Visit
from tests.browser.inspection import NARROW, WIDE, inspect

SATURDAY = "2026-11-28"
CLOSED = {"zh_Hant": "下午休診", "zh_Hans": "下午休诊", "en": "Afternoon: No clinic"}


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("language", LOCALES)
def test_h_10_the_closed_half_is_said_before_and_where_one_books(
    visit: Visit, language: str, width: int
) -> None:
    patient = visit("linjiang", language=language, width=width)
    patient.go("services/general/")
    expect(patient.main.get_by_text(CLOSED[language]).first).to_be_visible()
    patient.go(f"book/general/time/?day={SATURDAY}")
    expect(patient.main.get_by_text(CLOSED[language], exact=True)).to_be_visible()
    assert patient.main.locator(".slot").count()
    assert inspect(patient.page) == []
