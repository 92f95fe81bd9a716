"""A head reads the figures in a browser; a window is carried through an outage."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LOCALES, Visit
from tests.browser.inspection import NARROW, find_latin_words, inspect

FORMATS = {"CSV", "XLSX"}


@pytest.mark.parametrize("language", LOCALES)
def test_a_head_reads_the_figures_and_opens_them(visit: Visit, language: str) -> None:
    head = visit("qingxi", language=language)
    head.sign_in("2001")
    head.follow("Figures", within=head.page.locator("nav.menu"))
    head.follow("One month")
    wrong = inspect(head.page)
    expect(head.main.locator(".chart-columns")).to_be_visible()
    for summary in head.main.locator(".chart-table summary").all():
        summary.click()
    wrong += inspect(head.page)
    assert language == "en" or not set(find_latin_words(head.page)) - FORMATS
    figures = head.main.locator(".figures-of-all a")
    count = figures.count()
    assert count >= 4
    for number in range(count):
        shown = figures.nth(number).inner_text()
        figures.nth(number).click()
        expect(head.title).to_have_text(re.compile(rf"[:：] ?{shown}$"))
        if number == 1:
            wrong += inspect(head.page)
        head.follow("Back to the figures")
    with head.page.expect_download() as download:
        head.follow("XLSX")
    assert download.value.suggested_filename.endswith(".xlsx")
    head.go("kept-appointments/")
    wrong += inspect(head.page)
    assert language == "en" or not find_latin_words(head.page)
    assert not wrong, "\n".join(wrong)


def test_a_window_is_carried_through_an_outage_without_script(visit: Visit) -> None:
    clerk = visit("qingxi", width=NARROW, java_script_enabled=False)
    clerk.sign_in("1002")
    clerk.go("work/today/1/paper/")
    expect(clerk.main.locator(".paper-box").first).to_be_visible()
    clerk.go("work/today/1/")
    clerk.follow("Enter afterwards what happened")
    boxes = clerk.main.locator("input[name^='arrived_']")
    name = (boxes.last.get_attribute("name") or "").removeprefix("arrived_")
    clerk.fill(**{f"arrived_{name}": "08:30", f"started_{name}": "08:20"})
    clerk.press("Enter")
    expect(clerk.main.get_by_role("alert")).to_be_visible()
    clerk.fill(**{f"started_{name}": "08:40", f"finished_{name}": "08:50"})
    clerk.press("Enter")
    expect(clerk.main.locator(".notice")).to_be_visible()
    expect(clerk.main.locator(f"[name='arrived_{name}']")).to_have_count(0)
