"""A night call and a visitor, walked to the very end, with the person's page right at each step."""

from dataclasses import dataclass
from functools import partial

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.inspection import NARROW, inspect
from tests.browser.matter_steps import (
    accept,
    feed_back,
    finish,
    give_back,
    open_offer,
    own_page,
    pause,
    record,
    refer,
    reopen,
    say_solved,
    stands,
    take_down,
    tell,
)
from tests.browser.visitor import Visitor
from tests.support.live import Live, end_limits

#: At both institutions somebody takes it up, somebody leads or knows, somebody does it.
ASKED, LEADS, DOES = "1001", "1002", "1007"
FLOOD, HEARD, NO_PUMP, PUMPED = (
    "地下室进水",
    "请先不要下去，有人过来看",
    "泵坏了，早上换一台",
    "水抽干了，管子也换了",
)
BENCH = "The bench at the gate is broken"


@pytest.fixture
def live_demonstration(own_demonstration: Live) -> Live:
    """Days pass here, in which nobody is told of what the demonstration leaves undone."""
    for world in own_demonstration.worlds().values():
        world.do(partial(end_limits, now=world.now))
    return own_demonstration


@dataclass
class OwnPage:
    """What the person reads, the same at every step: one who answers, one phone, one time."""

    person: Visitor
    answers: str
    phone: str

    def reads(self, state: str, *, words: str = "", time: str = "") -> None:
        """How it stands, until when there is a result, and the newest words of the course."""
        self.person.page.reload()
        expect(stands(self.person)).to_contain_text(self.person.say(state))
        expect(stands(self.person)).to_contain_text(time)
        who = self.person.main.locator(".slip", has=self.person.page.locator("#who"))
        expect(who.locator(".person b")).to_have_text([self.answers])
        expect(who.locator("a[href^='tel:']")).to_have_text(self.phone)
        if words:
            expect(self.person.main.locator(".timeline > li").last).to_contain_text(words)
        assert inspect(self.person.page) == []


def name_of(clerk: Visitor) -> str:
    """Who is signed in, as the head of the page says."""
    return clerk.page.locator(".tools .apart").evaluate("link => link.lastChild.data.trim()")


def sees_promise(clerk: Visitor, at: str, msgid: str, verdict: str) -> None:
    """The page of the matter says what became of a promise, once for the round."""
    clerk.go(at)
    row = clerk.main.locator(".pairs > div", has_text=clerk.say(msgid))
    expect(row).to_have_count(1)
    expect(row).to_contain_text(clerk.say(verdict))


def message_to(person: Visitor, words: str) -> Locator:
    """The message with these words, as it was sent."""
    person.live.deliver()
    person.go("outbox/")
    return person.main.locator("article", has_text=words)


def test_a_night_call_is_heard_by_the_clock_and_solved_the_day_after(
    visit: Visit, live: Live
) -> None:
    live.wait(hours=12)
    asked, leads, does, person = (
        visit("sunshine", language="zh_Hans", width=NARROW) for _one in range(4)
    )
    for visitor, number in ((asked, ASKED), (leads, LEADS), (does, DOES)):
        visitor.sign_in(number)
    account = {"title": FLOOD, "body": "水已经没过脚面", "place": "2号楼地下室"}
    take_down(asked, "repair", channel="phone", name="诸葛明", contact="13800138031", **account)
    at = record(asked)
    message_to(person, FLOOD).get_by_role("link").click()
    page = OwnPage(person, name_of(asked), "0571-8123 4567")
    promised = "11月26日(周四)晚上10:00"
    page.reads("Recorded", time=promised)
    asked.main.locator("[name=unit]").select_option(label="工程班")
    asked.press("Report it")
    page.reads("Reported to the unit", words=name_of(leads), time=promised)

    # Outside the hours two hours of the clock are left to speak with the person.
    live.wait(minutes=5)
    leads.go("work/desk/?tab=reported")
    leads.main.get_by_role("link", name=FLOOD).click()
    leads.press("Acknowledge")
    leads.sees("Speak with the person before %(time)s", time="11月24日(周二)凌晨0:05")
    page.reads("Being handled", words=name_of(leads), time=promised)
    speak(leads, HEARD)
    page.reads("Being handled", words=HEARD, time=promised)

    refer(leads, at, number=DOES, words="请带抽水泵去")
    page.reads("Being handled", words=HEARD, time=promised)
    open_offer(does, FLOOD)
    give_back(does, "先要知道泵在哪里")
    page.reads("Being handled", words=HEARD, time=promised)
    refer(leads, at, number=DOES, words="泵在库房")
    open_offer(does, FLOOD)
    accept(does)
    page.reads("Being handled", words=name_of(does), time=promised)

    pause(does, NO_PUMP)
    page.reads("Paused", words=NO_PUMP, time="11月23日(周一)晚上10:05")
    live.wait(hours=11)
    does.unlock(at)
    does.press("Go on")
    # Eleven hours later, as long as it was paused, and told.
    promised = "11月27日(周五)上午9:00"
    page.reads("Being handled", words=promised, time=promised)
    finish(does, at, PUMPED)
    page.reads("Done by the unit", time=promised)
    asked.unlock(at)
    feed_back(asked, at)
    page.reads("Result is back", time=promised)
    tell(asked, PUMPED, "message")
    message_to(person, PUMPED).get_by_role("link").click()
    page.reads("Person told", words=PUMPED)
    say_solved(person)
    page.reads("Concluded", words=person.say("The person says that it is solved"))
    for promise in ("First contact", "Promised time"):
        sees_promise(asked, at, promise, "Kept")


def test_a_visitor_is_answered_opens_it_again_and_is_answered_better(
    visit: Visit, live: Live
) -> None:
    asked, does, person = (visit("qingxi", language="en", width=NARROW) for _one in range(3))
    asked.sign_in(ASKED)
    does.sign_in(DOES)
    account = {"title": BENCH, "body": "The seat is gone.", "place": "East gate"}
    take_down(asked, "complaint", channel="visit", name="John Smith", **account)
    expect(asked.page.get_by_role("alert")).to_be_visible()
    for offered in ("seat", "tea", "form"):
        asked.main.locator(f"[name=reception][value={offered}]").check()
    asked.press("Take it down")
    page = OwnPage(person, name_of(asked), "0571-6321 0018")
    expect(asked.title).to_have_text(asked.say("Read it back"))
    person.go(own_page(asked, asked.page.url.split("/qingxi/")[1].removesuffix("read-back/")))
    page.reads("Taken up", time=person.say("No time promised yet"))
    asked.follow("Read it back")
    at = record(asked, "signature")
    promised = "Thu 26 Nov, 10:00 am"
    page.reads("Recorded", words=promised, time=promised)

    # Straight into the hands of whoever can do it; until that one accepts, it stays where it is.
    refer(asked, at, number=DOES, words="Please look today", papers="Signed sheet")
    page.reads("Being handled", words=promised, time=promised)
    open_offer(does, BENCH)
    give_back(does, "Which gate?")
    page.reads("Being handled", words=promised, time=promised)
    refer(asked, at, number=DOES, words="The east one")
    open_offer(does, BENCH)
    accept(does)
    page.reads("Being handled", words=name_of(does), time=promised)
    pause(does, "The board is ordered.")
    page.reads("Paused", words="The board is ordered.", time="since Mon 23 Nov, 10:00 am")
    live.wait(minutes=10)
    does.press("Go on")
    promised = "Thu 26 Nov, 10:10 am"
    page.reads("Being handled", words=promised, time=promised)

    for told in ("The seat is mended.", "The seat is mended and painted."):
        finish(does, at, told)
        page.reads("Done by the unit", time=promised)
        feed_back(asked, at)
        page.reads("Result is back", time=promised)
        tell(asked, told, "person")
        page.reads("Person told", words=told)
        if told.endswith("mended."):
            reopen(person, "It is still wet.")
            page.reads("Being handled", words="It is still wet.", time=promised)
    say_solved(person)
    page.reads("Concluded", words=person.say("The person says that it is solved"))


def speak(holder: Visitor, words: str) -> None:
    """The person hears from whoever has it in hand."""
    holder.follow("I spoke with the person")
    holder.fill(words=words)
    holder.main.locator("[name=way][value=phone]").check()
    holder.press("Write it down")
