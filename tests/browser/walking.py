"""Walks over all pages of an institution: what is wrong with each, and which were seen."""

import re
from collections import deque
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect
from werkzeug.exceptions import HTTPException

from portal.demonstration.logins import PASSWORD
from tests.browser.conftest import Visit
from tests.browser.inspection import find_latin_words, find_wide, inspect
from tests.browser.matter_steps import own_page
from tests.browser.visitor import WEDNESDAY, Visitor
from tests.support.attendance_live import come_late
from tests.support.breaches import page_of_broken
from tests.support.duty_live import ask_for_second_post, look_at_duty
from tests.support.handover_live import list_for
from tests.support.offers_live import offer_one_of_two

#: Addresses that answer no page, or send on to one.
NO_PAGES = {
    "attendance.export",
    "citizens.export",
    "compliance.export",
    "feeds.fetch",
    "figures.export",
    "handover.book_pdf",
    "handover.paper_pdf",
    "handover.register_pdf",
    "matter_reports.export",
    "matters.photo",
    "own.invite",
    "own_matter.photo",
    "people.sample_file",
    "platform.healthz",
    "platform.readyz",
    "platform.robots",
    "readiness.export",
    "staff.home",
    "static",
}
#: Pages that show codes: of units, of a telephone being set up, a first password.
SHOW_CODES = {"duty.badge", "units.index", "account.set_up_second_factor", "people.add"}
#: Latin on purpose: names of formats and languages.
LATIN = {
    "JSON",
    "CSV",
    "XLSX",
    "English",
    "PDF",
    "JPEG",
    "PNG",
    "WebP",
    "MB",
    "TOTP",
    "UTF",
    "Enter",
}
FIND_LINKS = """() => [...document.querySelectorAll('a[href]')]
  .filter(a => a.origin === location.origin && !/language=|look=|size=/.test(a.search))
  .map(a => a.pathname + a.search)"""


class Inspector:
    """Walks over links and remembers which pages it saw and what is wrong with them."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.seen: set[str] = set()
        self.wrong: list[str] = []
        self._routes = visitor.live.app.url_map.bind("127.0.0.1")

    @property
    def page(self) -> Page:
        return self.visitor.page

    def look(self) -> None:
        """Inspect the page that is open."""
        self.seen.add(self._endpoint(self.page.url))
        if self.visitor.language == "en":
            self.wrong += find_wide(self.page)
            return
        self.wrong += inspect(self.page)
        words = [word for word in find_latin_words(self.page) if word not in LATIN]
        if words and self._endpoint(self.page.url) not in SHOW_CODES:
            self.wrong.append(f"{urlsplit(self.page.url).path}: not Chinese: {words}")

    def open(self, path: str) -> None:
        """Open a page and inspect it."""
        self.visitor.go(path)
        self.look()

    def crawl(self, *paths: str, within: str = "") -> None:
        """Follow links from these pages, to one page of each kind below ``within``."""
        waiting = deque(f"/{self.visitor.slug}/{path}" for path in paths)
        asked: set[str] = set()
        while waiting:
            address = waiting.popleft()
            endpoint = self._endpoint(address)
            if endpoint in self.seen | NO_PAGES | asked:
                continue
            asked.add(endpoint)
            answer = self.page.goto(address)
            assert answer is not None
            if not answer.ok:
                self.wrong.append(f"{address}: {answer.status}")
                continue
            if self._endpoint(self.page.url) not in self.seen:
                self.look()
            links = self.page.evaluate(FIND_LINKS)
            waiting.extend(to for to in links if to.startswith(f"/{self.visitor.slug}/{within}"))

    def _endpoint(self, address: str) -> str:
        try:
            return str(self._routes.match(urlsplit(address).path, method="GET")[0])
        except HTTPException:
            return address


def walk_as_a_citizen(citizen: Visitor) -> Inspector:
    walk, slug = Inspector(citizen), citizen.slug
    walk.crawl("", "book/", "search/?q=證", "search/?q=無此事", "find/", "arrive/", "me/verify/")
    code = citizen.page.request.get(f"/{slug}/services/").text()
    service = re.findall(rf"/{slug}/services/([a-z-]+)/", code)[0]

    citizen.take_time(service, WEDNESDAY)
    walk.look()
    citizen.press("Continue")
    expect(citizen.page.get_by_role("alert")).to_be_visible()
    walk.look()
    citizen.give_details("歐陽曉晴", "13811120001")
    walk.look()
    citizen.fill(code=citizen.read_code())
    citizen.press("Book this time")
    citizen.sees("Booked")
    walk.look()
    own = citizen.page.url.split(f"/{slug}/")[1].split("?")[0]
    for path in ("", "move/", "cancel/", "here/", "agree/"):
        walk.open(own + path)
    citizen.live.miss(slug)
    walk.crawl("me/missed/", within="me/missed/")
    _wait_for_a_time(citizen, walk, service)
    broken = page_of_broken(citizen.live.worlds()[slug])
    for path in ("", "complain/"):
        walk.open(broken + path)
    _bring_a_matter(citizen, walk)
    walk.crawl("me/", "outbox/")
    citizen.go("me/contact/")
    citizen.fill(contact="13811120003")
    citizen.press("Send me a code")
    expect(citizen.page).to_have_url(re.compile("/me/contact/code/"))
    walk.look()
    citizen.page.goto("/")
    walk.look()
    citizen.go("me/")
    citizen.press("I have finished")
    walk.look()
    citizen.go("me/verify/")
    citizen.fill(contact="13811120002")
    citizen.press("Send me a code")
    expect(citizen.title).to_have_text(citizen.say("Write the code"))
    walk.look()
    return walk


def _wait_for_a_time(citizen: Visitor, walk: Inspector, service: str) -> None:
    """Join the list, be offered a time, and see all that can be answered."""
    citizen.go(f"book/{service}/time/")
    citizen.follow("Join the waiting list")
    walk.look()
    citizen.press("Join the waiting list")
    expect(citizen.page.get_by_role("alert")).to_be_visible()
    walk.look()
    citizen.join_list("歐陽曉晴")
    walk.look()
    place = citizen.page.url.split(f"/{citizen.slug}/")[1].split("?")[0]
    offer = citizen.live.keep_time(citizen.slug)
    for path in (place, place + "leave/", "me/waiting/", offer, offer + "decline/"):
        walk.open(path)


def _bring_a_matter(citizen: Visitor, walk: Inspector) -> None:
    """Write a matter down online, and see all that can be said about it."""
    walk.open("tell/")
    walk.open("tell/repair/")
    citizen.press("Send it")
    expect(citizen.page.get_by_role("alert")).to_be_visible()
    walk.look()
    citizen.fill(title="樓道的燈不亮，晚上老人下樓看不清臺階", name="歐陽曉晴")
    citizen.press("Send it")
    citizen.sees("Sent")
    walk.look()
    place = citizen.page.url.split(f"/{citizen.slug}/")[1].split("?")[0]
    for path in ("add/", "withdraw/"):
        walk.open(place + path)


def _take_a_matter_down(clerk: Visitor, walk: Inspector) -> None:
    """From the desk to the report, with the pages around the matter."""
    walk.open("work/desk/")
    for tab in ("first", "all", "reported", "offered"):
        walk.open(f"work/desk/?tab={tab}")
    clerk.follow("Take a matter down")
    walk.look()
    walk.open("work/matters/add/repair/")
    clerk.press("Take it down")
    expect(clerk.page.get_by_role("alert")).to_be_visible()
    walk.look()
    clerk.main.locator("[name=channel][value=phone]").check()
    clerk.fill(title="廚房天花板滲水", body="早上起來在滴水", place="3號樓201", name="南宮月")
    clerk.press("Take it down")
    walk.look()
    clerk.main.locator("[name=way][value=word]").check()
    clerk.press("Record it")
    walk.look()
    place = clerk.page.url.split(f"/{clerk.slug}/")[1].removesuffix("report/")
    for path in ("refer/", "more-time/", "slip/", "report/"):
        walk.open(place + path)
    clerk.follow("I can settle it at once")
    walk.look()
    clerk.page.go_back()
    clerk.press("Report it")
    expect(clerk.main.locator(".notice")).to_be_visible()
    walk.crawl(clerk.page.url.split(f"/{clerk.slug}/")[1], within="work/matters/")
    walk.open("work/desk/find/?q=天花板")
    _give_a_notice(clerk, walk, place)
    for book in ("duty", "complaints", "first-asked"):
        walk.open(f"work/books/{book}/")
    clerk.go("work/desk/")


def _be_on_duty(clerk: Visitor, walk: Inspector) -> None:
    """One's own posts, and what everybody sees of them."""
    place = look_at_duty(clerk.live.worlds()[clerk.slug], "1002")
    walk.open("work/duty/")
    for path in (
        f"work/duty/presence/{place.presence_id}/away/",
        f"work/duty/{place.other_post_id}/second/",
        "work/duty/statements/",
        f"work/duty/{place.other_post_id}/statement/",
        "work/duty/badge/",
        "windows/",
        f"windows/{place.post_code}/",
        f"badges/{place.badge}/",
    ):
        walk.open(path)
    clerk.go("work/duty/")


def _hand_over(clerk: Visitor, walk: Inspector) -> None:
    """One's own list, one to take over, an emergency, and the register."""
    lists = list_for(clerk.live.worlds()[clerk.slug], "1002")
    for path in (
        "",
        f"{lists.given}/",
        f"{lists.given}/add/",
        f"{lists.given}/receiver/",
        f"{lists.given}/items/{lists.given_item}/",
        f"{lists.given}/paper/",
        f"{lists.offered}/",
        f"{lists.offered}/items/{lists.offered_item}/refuse/",
        f"new/{lists.post_id}/",
        f"emergency/{lists.post_id}/",
        "register/",
        f"books/?post={lists.post_id}",
        f"books/{lists.book_id}/",
    ):
        walk.open(f"work/handover/{path}")


def _give_a_notice(clerk: Visitor, walk: Inspector, place: str) -> None:
    """Of the first service; with all that can be said about its papers, and the person's page."""
    clerk.go(place + "notices/")
    clerk.main.locator("a.door").first.click()
    walk.look()
    clerk.press("Give this notice")
    expect(clerk.main.locator(".notice")).to_be_visible()
    walk.look()
    given = clerk.page.url.split(f"/{clerk.slug}/")[1]
    # A service that needs no paper is complete at once.
    if clerk.main.get_by_role("button", name=clerk.say("Take them in"), exact=True).count():
        clerk.press("Take them in")
        expect(clerk.page.get_by_role("alert")).to_be_visible()
        walk.look()
        walk.open(given + "send-back/")
    for path in ("paper/", "refuse/", "demand/"):
        walk.open(given + path)
    clerk.fill(paper="無犯罪證明", words="上級要求")
    clerk.press("Ask for it, and record it")
    walk.look()
    walk.crawl(own_page(clerk, place), within="m/")


def walk_as_a_clerk(clerk: Visitor) -> Inspector:
    walk = Inspector(clerk)
    walk.open("work/sign-in/")
    clerk.sign_in("1002")
    clerk.go("work/today/")
    clerk.main.locator("a.door").first.click()
    walk.look()
    clerk.follow("Walk-in")
    clerk.fill(name="南宮月")
    clerk.press("Start serving")
    walk.look()
    clerk.follow("Not today", within=clerk.row_of("南宮○"))
    walk.look()
    clerk.press("Give this appointment")
    walk.look()
    clerk.follow("The person does not want one")
    walk.look()
    clerk.follow("Give an appointment after all")
    clerk.choose_slot()
    clerk.fill(purpose="補送照片")
    clerk.press("Give this appointment")
    expect(clerk.main.locator(".ticket")).to_contain_text("補送照片")
    walk.look()
    walk.crawl("work/today/", within="work/")
    clerk.go("work/today/")
    clerk.main.locator("a.door").first.click()
    clerk.follow("See whom to phone")
    walk.look()
    clerk.go("work/today/")
    clerk.main.locator("a.door").first.click()
    clerk.follow("In my calendar")
    clerk.press("Make a link")
    walk.look()
    clerk.follow("I have kept it")
    walk.crawl(*clerk.addresses("a.risk"), within="work/today/calendar/")
    _take_a_matter_down(clerk, walk)
    _be_on_duty(clerk, walk)
    _hand_over(clerk, walk)
    # Printed sheets have no head to lock from.
    clerk.go("work/desk/")
    clerk.press("Lock", within=clerk.page.locator("header"))
    walk.look()
    return walk


def walk_as_an_administrator(administrator: Visitor) -> Inspector:
    walk = Inspector(administrator)
    administrator.go("work/sign-in/")
    administrator.fill(number="9001", password=PASSWORD)
    administrator.press("Sign in")
    expect(administrator.page).to_have_url(re.compile("second-factor"))
    walk.look()
    administrator.fill(code=administrator.read_second_factor("9001"))
    administrator.press("Go on")
    expect(administrator.page.locator("nav.menu")).to_be_visible()
    _set_up_dates(administrator, walk)
    administrator.go("admin/roles/add/")
    administrator.fill(code="guide", **{"name-zh_Hant": "引導員"})
    administrator.press("Save")
    administrator.go("admin/institution/booking/")
    administrator.fill(hold_minutes="15", valid_from="2026-12-20")
    administrator.press("Save")
    administrator.go("admin/services/")
    administrator.main.locator("table a").first.click()
    administrator.follow("Set a fee")
    administrator.fill(amount="30", valid_from="2026-12-20")
    administrator.press("Set this fee")
    administrator.go("work/desk/?tab=all")
    matter = administrator.addresses("a[data-row]")[0]
    walk.open(matter + "decide/")
    walk.open(matter + "help/")
    asked = f"work/help/{administrator.live.ask_for_help('qingxi', '9001')}/"
    for path in ("", "done/", "escalate/", "decide/"):
        walk.open(asked + path)
    walk.open("work/desk/?tab=help")
    _keep_the_roster(administrator, walk)
    town = administrator.live.worlds()["qingxi"]
    walk.open(f"work/duty/requests/{ask_for_second_post(town, '1002', '9001')}/")
    walk.crawl("work/oversight/?state=all", within="work/oversight/")
    walk.crawl("work/signals/", within="work/signals/")
    walk.crawl("work/account/", within="work/account/")
    walk.crawl("admin/people/", within="admin/")
    walk.crawl("work/figures/", within="work/figures/")
    for report in ("", "duty/", "readiness/"):
        walk.crawl(f"work/reports/{report}", within="work/reports/")
    walk.crawl("work/no-shows/", within="work/no-shows/")
    walk.open(f"work/no-shows/booking/{administrator.live.miss('qingxi')}/")
    administrator.go("admin/people/")
    administrator.main.locator("tr", has_text="2001").locator("a").first.click()
    walk.crawl(*administrator.addresses("a[href*='/telephone/']"))
    return walk


def _keep_the_roster(administrator: Visitor, walk: Inspector) -> None:
    """A week with a gap, somebody put there, a pattern, and leave of oneself and of others."""
    week = "work/roster/?day=2026-11-30"
    walk.open(week)
    walk.open(f"{week}&by=person")
    administrator.go(week)
    post = administrator.addresses(".roster thead a")[0].removesuffix("patterns/")
    walk.open(f"{post}put/?from=2026-11-30T09:00&until=2026-11-30T12:00")
    administrator.main.locator("[name=staff]").first.check()
    administrator.press("Put there")
    walk.open(administrator.addresses("a[href*='/shifts/']")[0])
    for path in ("statement/", "statement/set/", "qualified/"):
        walk.open(f"{post}{path}")
    walk.open(f"{post}patterns/")
    administrator.follow("Add a pattern")
    boxes = {"name-zh_Hant": "早班", "starts": "09:00", "ends": "12:00", "days": "1,8"}
    administrator.fill(**boxes, anchor="2027-05-03")
    administrator.press("Add a pattern")
    expect(administrator.page.get_by_role("alert")).to_be_visible()
    walk.look()
    administrator.fill(days="1,2")
    administrator.press("Add a pattern")
    administrator.sees("Saved. Have the drafts made, then it stands in the roster.")
    walk.look()
    walk.open(administrator.addresses("a[href*='/end/']")[0])
    walk.open("work/leave/emergency/")
    walk.open("work/leave/ask/")
    administrator.fill(starts="2026-12-06T08:00", ends="2026-12-06T18:00")
    administrator.press("Ask for leave")
    administrator.sees("Asked. You read here what becomes of it.")
    walk.look()
    walk.open("work/leave/")
    walk.open(f"work/leave/{administrator.live.ask_for_leave('qingxi', '1006')}/decide/")
    _read_attendance(administrator, walk)
    shift_id, colleague_id, offer_id = offer_one_of_two(
        administrator.live.worlds()["qingxi"], "9001"
    )
    mine = "work/roster/mine/"
    for path in (mine, f"{mine}{shift_id}/", f"{mine}{shift_id}/?who={colleague_id}"):
        walk.open(path)
    walk.open(f"work/roster/offers/{offer_id}/")


def _read_attendance(administrator: Visitor, walk: Inspector) -> None:
    """One's own entry, those of the units, somebody's month, and a contest."""
    late = come_late(administrator.live.worlds()["qingxi"], "9001")
    walk.open("work/attendance/?month=2026-10")
    for path in (
        "",
        "unit/",
        f"people/{late.colleague_id}/",
        f"shifts/{late.shift_id}/contest/",
        f"contests/{late.contest_id}/",
    ):
        walk.open(f"work/attendance/{path}")


def _set_up_dates(administrator: Visitor, walk: Inspector) -> None:
    """Hours that begin later, an exception and a holiday: what the crawl can then take back."""
    administrator.go("admin/hours/")
    schedule = administrator.addresses("table a")[0]
    for path, verb, values in (
        (f"{schedule}week/", "Check the hours", {"valid_from": "2026-12-28"}),
        (
            f"{schedule}exception/",
            "Check the exception",
            {"day": "2026-12-20", "reason-zh_Hant": "清洗地面"},
        ),
        (
            "admin/hours/holidays/add/",
            "Check the day",
            {"day": "2026-12-21", "name-zh_Hant": "鎮慶"},
        ),
    ):
        administrator.go(path)
        administrator.fill(**values)
        administrator.press(verb)
        walk.look()
        administrator.press("Save")


def take_on_and_let_go(administrator: Visitor, colleague: Visitor) -> list[Inspector]:
    """A colleague's first password and last day."""
    walk, other = Inspector(administrator), Inspector(colleague)
    administrator.sign_in("9001")
    administrator.go("admin/people/add/")
    administrator.fill(number="7001", name="尉遲恭")
    administrator.press("Add and issue a password")
    walk.look()
    colleague.go("work/sign-in/")
    password = administrator.main.locator(".pairs b").nth(1).inner_text()
    colleague.fill(number="7001", password=password)
    colleague.press("Sign in")
    expect(colleague.page).to_have_url(re.compile("first-password"))
    other.look()
    administrator.go("admin/people/")
    administrator.main.get_by_role("link", name="尉遲恭").click()
    administrator.follow("Leaving")
    walk.look()
    administrator.press("End the work here")
    administrator.follow("Take back")
    walk.look()
    return [walk, other]


def look_at_every_page(visit: Visit, language: str) -> None:
    """Walk as everybody over all pages of an institution, and miss none."""
    walks = [
        walk_as_a_citizen(visit("qingxi", language=language)),
        walk_as_a_clerk(visit("qingxi", language=language)),
        walk_as_an_administrator(visit("qingxi", language=language)),
        *take_on_and_let_go(visit("qingxi", language=language), visit("qingxi", language=language)),
    ]
    wrong = [line for walk in walks for line in walk.wrong]
    assert not wrong, "\n".join(wrong)
    pages = {
        rule.endpoint
        for rule in walks[0].visitor.live.app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
    }
    missed = pages - NO_PAGES - set().union(*(walk.seen for walk in walks))
    assert " ".join(sorted(missed)) == ""
