"""Help between colleagues and somebody above, in three languages on a narrow screen."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.inspection import NARROW, inspect
from tests.browser.visitor import Visitor

#: Who holds the matter, who is asked for help, and who leads both, in the demonstration.
GARDENER, PLUMBER, HEAD, LEADER = "1001", "1002", "2001", "9001"
TITLE, WANTED, REASON, HELPED = "車庫積水", "請借一臺抽水泵", "水泵在別處使用", "水泵已送到"


def in_hand(head: Visitor) -> str:
    """A matter that the head holds; the path of its page."""
    head.go("work/matters/add/repair/")
    head.main.locator("[name=channel][value=phone]").check()
    head.fill(title=TITLE, body="水有半尺深", name="諸葛明")
    head.press("Take it down")
    head.main.locator("[name=way][value=word]").check()
    head.press("Record it")
    place = head.page.url.split("/qingxi/")[1].removesuffix("report/")
    head.press("Report it")
    return place


def ask(head: Visitor) -> None:
    head.press("Acknowledge")
    head.follow("Ask for help")
    assert inspect(head.page) == []
    head.fill(number=PLUMBER, words=WANTED)
    head.press("Ask for help")
    expect(head.main.locator(".stands")).to_contain_text(head.say("Being handled"))
    assert inspect(head.page) == []


def escalate(plumber: Visitor) -> None:
    """There is no way to refuse; escalating needs its reason."""
    plumber.go("work/desk/?tab=help")
    assert inspect(plumber.page) == []
    plumber.main.get_by_role("link", name=TITLE).click()
    expect(plumber.main.get_by_text(WANTED)).to_be_visible()
    assert inspect(plumber.page) == []
    words = plumber.main.locator(".acts a, .acts button").all_inner_texts()
    assert words == [plumber.say(word) for word in ("Done", "Escalate", "See the matter")]
    plumber.follow("Escalate")
    assert inspect(plumber.page) == []
    plumber.press("Escalate")
    expect(plumber.page.get_by_role("alert")).to_be_visible()
    plumber.fill(words=REASON)
    plumber.press("Escalate")
    plumber.sees("Escalated. Somebody above decides within a working day.")
    assert inspect(plumber.page) == []


def decide(leader: Visitor) -> None:
    leader.go("work/desk/?tab=help")
    leader.main.get_by_role("link", name=TITLE).click()
    expect(leader.main.get_by_text(REASON)).to_be_visible()
    leader.follow("Decide who helps")
    assert inspect(leader.page) == []
    leader.fill(number=GARDENER, words="先顧居民")
    leader.press("Decide who helps")
    expect(leader.main.locator(".stands")).to_contain_text(leader.say("Decided who helps"))


def give(gardener: Visitor) -> None:
    gardener.go("work/desk/?tab=help")
    gardener.follow("Done")
    assert inspect(gardener.page) == []
    gardener.fill(words=HELPED)
    gardener.press("The help is given")
    gardener.sees("Written down. Whoever holds the matter reads it.")
    gardener.go("work/desk/?tab=help")
    gardener.sees("Nobody asks you for help at the moment.")
    assert inspect(gardener.page) == []


@pytest.mark.parametrize("language", ["zh_Hant", "zh_Hans", "en"])
def test_p_4_2_1_asked_escalated_decided_and_given_and_the_person_reads_nothing(
    visit: Visit, language: str
) -> None:
    known: dict[str, Any] = {"language": language, "width": NARROW}
    numbers = (HEAD, PLUMBER, LEADER, GARDENER)
    head, plumber, leader, gardener, person = (visit("qingxi", **known) for _one in range(5))
    for visitor, number in zip((head, plumber, leader, gardener), numbers, strict=True):
        visitor.sign_in(number)
    at = in_hand(head)
    head.go(at)
    page = head.find_own_page()
    ask(head)
    escalate(plumber)
    decide(leader)
    give(gardener)
    head.go(at)
    expect(head.main.get_by_text(HELPED)).to_be_visible()
    assert inspect(head.page) == []
    person.go(page)
    for word in (WANTED, REASON, HELPED):
        expect(person.main.get_by_text(word)).to_have_count(0)
