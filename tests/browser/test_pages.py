"""Every page at both widths: nothing for axe, nothing too wide, also in the largest type."""

import pytest
from playwright.sync_api import Request, expect

from tests.browser.conftest import Visit
from tests.browser.inspection import NARROW, inspect
from tests.browser.visitor import THURSDAY, WEDNESDAY
from tests.browser.walking import look_at_every_page
from tests.support.live import Live

INSTITUTIONS = ["qingxi", "sunshine", "linjiang"]


@pytest.fixture
def live_demonstration(own_demonstration: Live) -> Live:
    """Whoever walks over all pages changes much."""
    return own_demonstration


def test_every_page_in_both_widths_and_the_largest_type(visit: Visit) -> None:
    look_at_every_page(visit, "zh_Hant")


def test_without_script_the_booking_works(visit: Visit) -> None:
    citizen = visit("qingxi", width=NARROW, java_script_enabled=False)
    reference = citizen.book("elderly-card", name="歐陽曉晴", contact="13811120011", day=WEDNESDAY)
    expect(citizen.title).to_contain_text("25")
    citizen.follow("Change the time")
    citizen.main.locator(f".month a[href*='day={THURSDAY}']").click()
    citizen.choose_slot()
    citizen.press("Move to this time")
    assert citizen.reference == reference
    citizen.follow("Cancel booking")
    expect(citizen.title).to_have_text(citizen.say("Give this time back?"))
    citizen.press("Cancel booking")
    citizen.sees("This booking is cancelled.")


@pytest.mark.parametrize("slug", INSTITUTIONS)
@pytest.mark.parametrize("look", ["contrast", "dark"])
def test_the_other_looks_pass_axe_too(visit: Visit, slug: str, look: str) -> None:
    citizen = visit(slug)
    citizen.go(f"?look={look}")
    expect(citizen.page.locator("html")).to_have_attribute("data-look", look)
    wrong = inspect(citizen.page)
    citizen.main.locator("a.door[href$='/book/']").click()
    citizen.main.locator("a.door").first.click()
    wrong += inspect(citizen.page)
    citizen.follow("Choose day and time")
    citizen.choose_slot()
    wrong += inspect(citizen.page)
    citizen.press("Take this time")
    citizen.press("Continue")
    expect(citizen.page.get_by_role("alert")).to_be_visible()
    wrong += inspect(citizen.page)
    assert not wrong, "\n".join(wrong)


def test_the_first_page_of_booking_is_light(visit: Visit) -> None:
    citizen = visit("qingxi")
    sizes: list[int] = []

    def weigh(request: Request) -> None:
        found = request.sizes()
        sizes.append(found["responseBodySize"] + found["responseHeadersSize"])

    citizen.page.on("requestfinished", weigh)
    citizen.go("book/")
    citizen.page.wait_for_load_state("networkidle")
    assert len(sizes) >= 3, "page, style and script"
    assert sum(sizes) <= 60_000
