"""Leave that would empty a window is refused, with who could cover and why others cannot."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LOCALES, Visit
from tests.browser.inspection import NARROW, inspect

#: A of the first window, whose B is A of the second and needed there.
CLERK = "1001"
TUESDAY = {"starts": "2026-12-01T08:00", "ends": "2026-12-01T20:00"}


@pytest.mark.parametrize("language", LOCALES)
def test_i_5_leave_that_empties_the_window_is_refused_with_who_could_cover(
    visit: Visit, language: str
) -> None:
    clerk = visit("qingxi", language=language, width=NARROW)
    clerk.sign_in(CLERK)
    clerk.go("work/leave/")
    assert inspect(clerk.page) == []
    clerk.follow("Ask for leave")
    clerk.fill(**TUESDAY)
    clerk.press("Ask for leave")
    expect(clerk.page.get_by_role("alert")).to_be_visible()
    clerk.sees("This leave takes somebody away whom nobody replaces.")
    clerk.sees("Who could cover at “%(post)s”", post="1")
    clerk.sees("Is at another post at the same time")
    assert inspect(clerk.page) == []
