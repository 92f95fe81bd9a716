"""A head reads how posts were kept and who is ready, and opens each figure into its rows."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LOCALES, Visit
from tests.browser.inspection import find_latin_words, inspect

FORMATS = {"CSV", "XLSX"}
#: Minutes and shares open into the same rows as their number.
NUMBER = re.compile(r"^\d+$")


@pytest.mark.parametrize("language", LOCALES)
def test_a_head_reads_how_posts_were_kept_and_who_is_ready(visit: Visit, language: str) -> None:
    head = visit("qingxi", language=language)
    head.sign_in("3001")
    wrong: list[str] = []
    for entry in ("How posts were kept", "Who is ready to stand in"):
        head.follow(entry, within=head.page.locator("nav.menu"))
        wrong += inspect(head.page)
        assert language == "en" or not set(find_latin_words(head.page)) - FORMATS - {"A", "B", "C"}
        figures = head.main.locator("td a[href*='/rows/']", has_text=NUMBER)
        count = figures.count()
        assert count
        for number in range(min(count, 3)):
            shown = figures.nth(number).inner_text()
            figures.nth(number).click()
            expect(head.title).to_have_text(re.compile(rf"[:：] ?{shown}$"))
            wrong += inspect(head.page)
            head.page.go_back()
        with head.page.expect_download() as download:
            head.follow("XLSX")
        assert download.value.suggested_filename.endswith(".xlsx")
    assert not wrong, "\n".join(wrong)
