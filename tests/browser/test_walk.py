"""The whole walk in a real browser: book online, serve at the window, in three institutions."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from pyotp import TOTP

from portal.demonstration.logins import PASSWORD, SECRET
from tests.support.live import Live

SERVICES = {"qingxi": "elderly-card", "sunshine": "renovation", "linjiang": "blood-test"}
PUBLIC = ("", "services/", "book/", "find/", "arrive/", "me/verify/", "me/privacy/", "outbox/")
Opener = Callable[..., Page]


def book(page: Page, live: Live, slug: str, *, phone: str) -> None:
    """Book the first free time of a service, as a citizen does."""
    page.goto(live.url(f"{slug}/book/{SERVICES[slug]}/time/"))
    page.locator("label.slot:not(.full)").first.click()
    page.get_by_role("button", name="就約這個時間").click()
    page.get_by_label("來辦的人的姓名").fill("林秀蘭")
    page.get_by_label("手機號碼或電子郵件").fill(phone)
    page.get_by_label("我看過資料怎麼用的說明。").check()
    page.get_by_role("button", name="繼續").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("都對嗎？")
    messages = page.context.new_page()
    messages.goto(live.url(f"{slug}/outbox/"))
    code = re.search(r"驗證碼(\d{6})", messages.locator("main").inner_text())
    messages.close()
    assert code
    page.get_by_label("驗證碼").fill(code[1])
    page.get_by_role("button", name="就約這個時間").click()
    page.wait_for_url(re.compile(f"/{slug}/b/"))


def sign_in(page: Page, live: Live, slug: str, number: str) -> None:
    """Sign in at an institution, with the second factor where it is asked for."""
    page.goto(live.url(f"{slug}/work/sign-in/"))
    page.locator("input[name=number]").fill(number)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    if "second-factor" in page.url:
        with live.app.app_context():
            page.locator("input[name=code]").fill(TOTP(SECRET).at(live.runtime.clock.now()))
        page.locator("main form button").first.click()


@pytest.mark.parametrize("slug", sorted(SERVICES))
@pytest.mark.parametrize("has_script", [True, False])
def test_a_citizen_books_in_chinese(
    slug: str, has_script: bool, live: Live, open_page: Opener
) -> None:
    page = open_page(width=320, has_script=has_script)
    phone = f"138{int(has_script)}{sorted(SERVICES).index(slug)}345678"
    book(page, live, slug, phone=phone)
    expect(page.locator("main")).to_contain_text("約好了")
    expect(page.locator("main")).to_contain_text("林○蘭")
    expect(page.locator("main .qr svg")).to_be_visible()


def test_the_window_serves_its_day(live: Live, open_page: Opener) -> None:
    page = open_page()
    sign_in(page, live, "qingxi", "1001")
    page.goto(live.url("qingxi/work/today/1/"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("今天")
    page.get_by_role("link", name="現場來的").click()
    page.locator("input[name=name]").fill("周大爺")
    page.get_by_role("button", name="開始辦").click()
    expect(page.locator("main")).to_contain_text("周○爺")


def test_an_administrator_changes_a_price(live: Live, open_page: Opener) -> None:
    page = open_page()
    sign_in(page, live, "linjiang", "9001")
    page.goto(live.url("linjiang/admin/services/"))
    page.get_by_role("link", name="心血管內科門診").click()
    page.get_by_role("link", name="定費用").click()
    page.locator("input[name=amount]").fill("28")
    page.locator("input[name=valid_from]").fill("2026-12-01")
    page.get_by_role("button", name="就定這個費用").click()
    expect(page.locator("main")).to_contain_text("28元")
    page.goto(live.url("linjiang/services/cardiology/"))
    expect(page.locator("main")).to_contain_text("12月1日")


def test_the_language_switch_keeps_the_page(live: Live, open_page: Opener) -> None:
    page = open_page()
    page.goto(live.url("sunshine/services/renovation/"))
    page.get_by_role("link", name="English").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Notice of renovation")
    page.get_by_role("link", name="简体").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("装修备案")
    expect(page).to_have_url(live.url("sunshine/services/renovation/"))


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("slug", sorted(SERVICES))
def test_axe_finds_nothing_and_nothing_overflows(
    width: int, slug: str, live: Live, open_page: Opener
) -> None:
    page, faults = open_page(width=width), []
    paths = [*PUBLIC, f"services/{SERVICES[slug]}/", f"book/{SERVICES[slug]}/time/"]
    for path in paths:
        page.goto(live.url(f"{slug}/{path}"))
        found = Axe().run(page).response["violations"]
        faults += [f"{path}: {item['id']} {item['nodes'][0]['html'][:120]}" for item in found]
        overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        faults += [f"{path}: {overflow}px too wide"] if overflow > 0 else []
    assert faults == []


@pytest.mark.parametrize("width", [320, 1280])
def test_the_staff_pages_are_as_accessible(width: int, live: Live, open_page: Opener) -> None:
    page, faults = open_page(width=width), []
    sign_in(page, live, "qingxi", "9001")
    for path in (
        "work/today/",
        "work/today/1/",
        "work/book/birth-registration/",
        "admin/people/",
        "admin/posts/",
        "admin/services/1/",
        "admin/hours/",
        "admin/institution/",
        "admin/institution/presence/",
    ):
        page.goto(live.url(f"qingxi/{path}"))
        found = Axe().run(page).response["violations"]
        faults += [f"{path}: {item['id']} {item['nodes'][0]['html'][:120]}" for item in found]
        overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        faults += [f"{path}: {overflow}px too wide"] if overflow > 0 else []
    assert faults == []


def test_the_first_booking_page_is_light(live: Live, open_page: Opener) -> None:
    page, sizes = open_page(), []
    page.on("response", lambda answer: sizes.append(len(answer.body())))
    page.goto(live.url("qingxi/book/"))
    page.wait_for_load_state("networkidle")
    assert sum(sizes) <= 60_000
