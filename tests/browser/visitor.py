"""Somebody at a browser: what citizens and staff do, in the words that they read."""

import re
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from flask_babel import gettext
from playwright.sync_api import Locator, Page, expect

from portal.demonstration.logins import PASSWORD
from portal.matters.queries import matter_token
from portal.web.languages import in_language
from tests.support.live import Live

SIX_FIGURES = re.compile(r"(?<![A-Z\d])\d{6}(?!\d)")
#: Two days after the demonstration's Monday, and the next one.
WEDNESDAY, THURSDAY = "2026-11-25", "2026-11-26"


@dataclass
class Visitor:
    """One browser at one institution."""

    live: Live
    page: Page
    slug: str
    language: str = "zh_Hant"

    def say(self, msgid: str, **params: Any) -> str:
        """What the page calls it in the visitor's language."""
        with in_language(self.live.app, self.language):
            words: str = gettext(msgid, **params)
        return words

    def go(self, path: str = "") -> None:
        """Open a page of the institution."""
        answer = self.page.goto(f"/{self.slug}/{path}")
        assert answer is not None
        assert answer.ok, f"{answer.status} {answer.url}"

    @property
    def main(self) -> Locator:
        """The page between head and foot."""
        return self.page.locator("main")

    @property
    def title(self) -> Locator:
        """The page's question or answer."""
        return self.page.locator("main h1")

    def press(self, msgid: str, within: Locator | None = None) -> None:
        """Press a button by its words."""
        place = within or self.main
        place.get_by_role("button", name=self.say(msgid), exact=True).click()

    def follow(self, msgid: str, within: Locator | None = None) -> None:
        """Follow a link by its words."""
        place = within or self.main
        place.get_by_role("link", name=self.say(msgid), exact=True).click()

    def fill(self, **values: str) -> None:
        """Write into boxes by their names."""
        for name, value in values.items():
            self.main.locator(f"[name='{name}']").fill(value)

    def choose_colleague(self, number: str) -> None:
        """Choose somebody by the number that stands behind the name."""
        box = self.main.locator("select[name=colleague]")
        value = box.locator("option", has_text=number).get_attribute("value")
        box.select_option(value)

    def addresses(self, selector: str) -> list[str]:
        """Where links of the page lead, within the institution."""
        found: list[str] = self.main.locator(selector).evaluate_all(
            "links => links.map(a => a.pathname)"
        )
        return [path.split("/", 2)[2] for path in found]

    def find_own_page(self) -> str:
        """The person's page of the matter that is open, as the person was given it."""
        number = re.search(r"[A-Z]+-\d{4}-\d{5}", self.main.inner_text())
        assert number is not None
        world = self.live.worlds()[self.slug]
        token = world.do(lambda _session: matter_token(number[0]))
        return f"m/{number[0]}/{token}/"

    def sees(self, msgid: str, **params: Any) -> None:
        """These words stand on the page."""
        expect(self.main.get_by_text(self.say(msgid, **params)).first).to_be_visible()

    def read_message(self, having: str | re.Pattern[str]) -> str:
        """The newest message with such words on the institution's outbox page, opened beside this.

        What other visitors set going may be told of in between.
        """
        self.live.deliver()
        beside = self.page.context.new_page()
        beside.goto(f"/{self.slug}/outbox/")
        text = beside.locator("main article .letter", has_text=having).first.inner_text()
        beside.close()
        return text

    def read_code(self) -> str:
        """The six figures of the newest message."""
        found = SIX_FIGURES.search(self.read_message(SIX_FIGURES))
        assert found
        return found[0]

    # -- as a citizen

    def take_time(self, service: str, day: str = "") -> None:
        """Steps 1 and 2: a service of the list, a day of the month, the first free time."""
        self.go("book/")
        self.main.locator(f"a.door[href$='/book/{service}/']").click()
        self.follow("Choose day and time")
        if day:
            self.main.locator(f".month a[href*='day={day}']").click()
            expect(self.page).to_have_url(re.compile(day))
        self.choose_slot()
        self.press("Take this time")
        expect(self.title).to_have_text(self.say("Who is coming?"))

    def choose_slot(self) -> None:
        """The first time that is not full."""
        self.main.locator(".slot input:enabled").first.check()

    def give_details(self, name: str, contact: str) -> None:
        """Step 3."""
        self.fill(name=name, contact=contact)
        if self.main.locator("[name=id_number]").count():
            self.fill(id_number=f"E{crc32(name.encode()) % 10**8:08d}")
        self.main.locator("[name=agreed]").check()
        self.press("Continue")
        expect(self.title).to_have_text(self.say("Is everything right?"))

    def book(self, service: str, *, name: str, contact: str, day: str = "") -> str:
        """All four steps; returns the booking's number."""
        self.take_time(service, day)
        self.give_details(name, contact)
        if self.main.locator("[name=code]").count():
            self.fill(code=self.read_code())
        self.press("Book this time")
        self.sees("Booked")
        return self.reference

    def join_list(self, name: str) -> None:
        """Fill in the page of the waiting list; the contact is proved already."""
        self.fill(name=name)
        if self.main.locator("[name=id_number]").count():
            self.fill(id_number=f"E{crc32(name.encode()) % 10**8:08d}")
        self.main.locator("[name=agreed]").check()
        self.press("Join the waiting list")
        self.sees("You are on the waiting list")

    @property
    def reference(self) -> str:
        """The number on the page of one's booking."""
        return self.main.locator("b.code").inner_text()

    # -- as a member of staff

    def sign_in(self, number: str) -> None:
        """With the demonstration's password, and the second factor where it is asked for."""
        self.go("work/sign-in/")
        self.fill(number=number, password=PASSWORD)
        self.press("Sign in")
        expect(self.page).not_to_have_url(re.compile("sign-in"))
        if "second-factor" in self.page.url:
            self.fill(code=self.read_second_factor(number))
            self.press("Go on")
        expect(self.page.locator("nav.menu")).to_be_visible()

    def unlock(self, path: str) -> None:
        """Come back after a while to a page that the screen was locked at."""
        self.go(path)
        self.fill(password=PASSWORD)
        self.press("Unlock")
        expect(self.page).to_have_url(re.compile(path))

    def read_second_factor(self, number: str) -> str:
        """The code that this person's telephone shows; each is good once, so time passes first."""
        self.live.wait(seconds=30)
        beside = self.page.context.new_page()
        beside.goto(f"/{self.slug}/outbox/")
        shown = beside.locator(".pairs > div", has_text=number).locator("dd").inner_text()
        beside.close()
        return shown.strip()

    def open_post_of(self, person: str) -> Locator:
        """Find the window whose list of today has a person; returns the row."""
        self.go("work/today/")
        for address in self.addresses("a.door"):
            self.go(address)
            row = self.row_of(person)
            if row.count():
                return row
        raise AssertionError(f"no window expects {person}")

    def row_of(self, person: str) -> Locator:
        """The row of a person in a window's list."""
        return self.main.locator(".day-list tr", has_text=person)
