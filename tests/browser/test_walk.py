"""The whole walk in a browser: book, come, be served, and keep the institution up to date."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import THURSDAY, WEDNESDAY

#: In each institution something to book.
INSTITUTIONS = [
    pytest.param("qingxi", "elderly-card", id="township"),
    pytest.param("sunshine", "repair-water", id="property"),
    pytest.param("linjiang", "general", id="outpatient"),
]


@pytest.mark.parametrize(("slug", "service"), INSTITUTIONS)
def test_a_citizen_books_moves_and_cancels(visit: Visit, slug: str, service: str) -> None:
    citizen = visit(slug)
    citizen.go()
    assert citizen.page.locator("html").get_attribute("lang") == "zh-Hant"
    citizen.main.locator("a.door[href$='/book/']").click()

    reference = citizen.book(service, name="歐陽曉晴", contact="13811110001", day=WEDNESDAY)
    assert re.fullmatch(r"[A-Z]\d{6}", reference)
    expect(citizen.title).to_contain_text("25")
    expect(citizen.main.get_by_text("歐陽○○")).to_be_visible()
    expect(citizen.main.locator(".qr svg")).to_be_visible()
    calendar = citizen.main.get_by_role("link", name=citizen.say("Add to calendar"))
    answer = citizen.page.request.get(calendar.get_attribute("href") or "")
    assert answer.headers["content-type"].startswith("text/calendar")
    assert re.search(r"DTSTART\S*:20261125T", answer.text())
    assert reference in citizen.read_message(reference)

    citizen.follow("Change the time")
    citizen.main.locator(f".month a[href*='day={THURSDAY}']").click()
    expect(citizen.page).to_have_url(re.compile(THURSDAY))
    citizen.choose_slot()
    citizen.press("Move to this time")
    citizen.sees("Your booking has a new time. The number stays the same.")
    expect(citizen.title).to_contain_text("26")
    assert citizen.reference == reference

    other = citizen.book(service, name="司徒明", contact="13811110001", day=WEDNESDAY)
    assert other != reference
    citizen.follow("Cancel booking")
    dialog = citizen.page.get_by_role("dialog")
    expect(dialog.get_by_text(citizen.say("Give this time back?"))).to_be_visible()
    citizen.press("Cancel booking", within=dialog)
    citizen.sees("This booking is cancelled.")
    expect(citizen.main.locator(".qr")).to_have_count(0)


@pytest.mark.parametrize(("slug", "service"), INSTITUTIONS)
def test_the_window_serves_whom_it_expects(visit: Visit, slug: str, service: str) -> None:
    citizen, clerk = visit(slug), visit(slug)
    citizen.book(service, name="上官小燕", contact="13811110002")
    clerk.sign_in("1001")
    row = clerk.open_post_of("上官○○")

    clerk.press("Is here", within=row)
    expect(row.locator(".state")).to_have_text(clerk.say("Here"))
    citizen.page.reload()
    citizen.sees("We know that you are here.")
    clerk.press("Start", within=row)
    expect(row.locator(".state")).to_have_text(clerk.say("Being served"))
    clerk.press("Finish", within=row)
    expect(row.locator(".state")).to_have_text(clerk.say("Finished"))
    clerk.press("Undo", within=row)
    expect(row.locator(".state")).to_have_text(clerk.say("Being served"))


@pytest.mark.parametrize(("slug", "service"), INSTITUTIONS)
def test_w_yy_1_not_finished_today_forces_the_next_appointment(
    visit: Visit, slug: str, service: str
) -> None:
    clerk = visit(slug)
    clerk.sign_in("1001")
    clerk.go("work/today/")
    clerk.main.locator("a.door").first.click()
    clerk.follow("Walk-in")
    clerk.fill(name="皇甫月")
    clerk.press("Start serving")
    day = clerk.page.url
    clerk.follow("Not today", within=clerk.row_of("皇甫○"))
    expect(clerk.title).to_have_text(clerk.say("When can it be finished?"))

    clerk.press("Give this appointment")
    expect(clerk.page.get_by_role("alert")).to_contain_text(clerk.say("Write what will be done."))
    clerk.page.goto(day)
    row = clerk.row_of("皇甫○")
    expect(row.locator(".state")).to_have_text(clerk.say("Being served"))

    clerk.follow("Not today", within=row)
    clerk.main.locator(f".month a[href*='day={WEDNESDAY}']").click()
    expect(clerk.page).to_have_url(re.compile(WEDNESDAY))
    clerk.choose_slot()
    clerk.fill(purpose="補送照片", bring="一寸照片2張")
    clerk.press("Give this appointment")
    expect(clerk.main.locator(".ticket")).to_contain_text("補送照片")
    expect(clerk.title).to_contain_text("25")
    clerk.page.goto(day)
    expect(row.locator(".state")).to_have_text(clerk.say("Goes on later"))


@pytest.mark.parametrize(("slug", "service"), INSTITUTIONS)
def test_w_yy_1_or_the_waiver_in_the_citizens_own_words(
    visit: Visit, slug: str, service: str
) -> None:
    clerk = visit(slug)
    clerk.sign_in("1001")
    clerk.go("work/today/")
    clerk.main.locator("a.door").first.click()
    clerk.follow("Walk-in")
    clerk.fill(name="東方明")
    clerk.press("Start serving")
    clerk.follow("Not today", within=clerk.row_of("東方○"))
    clerk.follow("The person does not want one")

    clerk.press("Write it down and finish")
    alert = clerk.page.get_by_role("alert")
    expect(alert).to_contain_text(clerk.say("Write it in the person's own words."))
    clerk.fill(waiver="我下個月回來再說")
    clerk.press("Write it down and finish")
    clerk.sees("Written down. The matter stays open without an appointment.")
    state = clerk.row_of("東方○").locator(".state")
    expect(state).to_have_text(clerk.say("Not finished"))


@pytest.mark.parametrize(("slug", "service"), INSTITUTIONS)
def test_an_administrator_changes_hours_and_a_price(visit: Visit, slug: str, service: str) -> None:
    administrator, citizen = visit(slug), visit(slug)
    administrator.sign_in("9001")
    administrator.go("admin/hours/")
    administrator.main.locator("table a").first.click()
    administrator.follow("Add hours from a day")
    administrator.fill(valid_from="2026-12-14", monday="10:00-11:30")
    administrator.press("Check the hours")
    administrator.press("Save")
    part = administrator.main.locator(".part", has_text="12月14日")
    expect(part.locator("tr", has_text=administrator.say("Monday"))).to_contain_text(
        "上午10:00–11:30"
    )

    citizen.go(f"services/{service}/")
    price = Decimal("12.50")
    expect(citizen.main.locator(".facts")).not_to_contain_text(f"{price}元")
    name = citizen.title.inner_text()
    administrator.go("admin/services/")
    administrator.main.get_by_role("link", name=name, exact=True).click()
    administrator.follow("Set a fee")
    administrator.fill(amount=str(price), valid_from="2026-11-23")
    administrator.press("Set this fee")
    expect(administrator.main.get_by_text(f"{price}元")).to_be_visible()
    citizen.page.reload()
    expect(citizen.main.locator(".facts")).to_contain_text(f"{price}元")


@pytest.mark.parametrize(("slug", "service"), INSTITUTIONS)
def test_the_language_switch_keeps_the_page(visit: Visit, slug: str, service: str) -> None:
    citizen = visit(slug)
    path = f"book/{service}/time/?day={THURSDAY}"
    citizen.go(path)
    tools = citizen.page.locator("header nav.tools")
    for name, tag, code in (("简体", "zh-Hans", "zh_Hans"), ("English", "en", "en")):
        tools.get_by_role("link", name=name, exact=True).click()
        citizen.language = code
        expect(citizen.page.locator("html")).to_have_attribute("lang", tag)
        expect(citizen.page).to_have_url(f"{citizen.live.address}/{slug}/{path}")
        expect(citizen.title).to_have_text(citizen.say("Which day would you like to come?"))
    citizen.go("work/sign-in/")
    expect(citizen.title).to_have_text("Sign in to work")
