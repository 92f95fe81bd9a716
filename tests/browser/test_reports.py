"""A head reads the reports on matters in a browser, and opens a figure into its matters."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LOCALES, Visit
from tests.browser.inspection import find_latin_words, inspect

FORMATS = {"CSV", "XLSX"}


@pytest.mark.parametrize("language", LOCALES)
def test_a_head_reads_the_reports_and_opens_them(visit: Visit, language: str) -> None:
    head = visit("qingxi", language=language)
    head.sign_in("3001")
    head.follow("Reports", within=head.page.locator("nav.menu"))
    wrong = inspect(head.page)
    figures = head.main.locator("td a")
    count = figures.count()
    assert count >= 2
    for number in range(count):
        shown = figures.nth(number).inner_text()
        figures.nth(number).click()
        expect(head.title).to_have_text(re.compile(rf"[:：] ?{shown}$"))
        if number == 1:
            wrong += inspect(head.page)
        head.page.go_back()
    assert language == "en" or not set(find_latin_words(head.page)) - FORMATS
    units = head.main.locator("select[name=unit]")
    units.select_option(index=1)
    head.press("Show")
    expect(head.main.locator(".page-head p.quiet").first).to_be_visible()
    wrong += inspect(head.page)
    for path in ("unanswered/", "unowned/"):
        head.go(f"work/reports/{path}")
        wrong += inspect(head.page)
        assert language == "en" or not set(find_latin_words(head.page)) - FORMATS
    head.go("work/reports/")
    with head.page.expect_download() as download:
        head.follow("XLSX")
    assert download.value.suggested_filename.endswith(".xlsx")
    assert not wrong, "\n".join(wrong)
