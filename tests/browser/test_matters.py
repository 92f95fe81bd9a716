"""A gardener's telephone from the first word to the answer, with the person's page beside it."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.inspection import NARROW, inspect
from tests.browser.visitor import Visitor

#: Who takes it up and who does it, in the demonstration.
GARDENER, PLUMBER = "1001", "1002"
TITLE, REASON, RESULT = "三號樓後面的水管爆了", "零件明天才到", "換了一段水管，不漏了"


def take_down(gardener: Visitor) -> None:
    """Heard, asked, read back and confirmed."""
    gardener.go("work/matters/add/repair/")
    gardener.main.locator("[name=channel][value=phone]").check()
    gardener.fill(title=TITLE, body="草坪都淹了，水一直流", place="3號樓後面", name="諸葛明")
    gardener.press("Take it down")
    gardener.main.locator("[name=way][value=word]").check()
    gardener.press("Record it")


def refer(gardener: Visitor) -> None:
    gardener.follow("Refer it")
    gardener.fill(number=PLUMBER, words="請關總閥，換水管", papers="現場照片兩張")
    assert inspect(gardener.page) == []
    gardener.press("Offer it to the colleague")


def pause(plumber: Visitor, person: Visitor) -> None:
    """The person reads why it cannot go on."""
    plumber.follow("Pause")
    plumber.fill(words=REASON)
    plumber.press("Pause it")
    person.page.reload()
    expect(person.main.get_by_text(REASON)).to_be_visible()
    assert inspect(person.page) == []


@pytest.mark.parametrize("language", ["zh_Hant", "zh_Hans", "en"])
def test_from_the_telephone_to_solved_returned_once_paused_and_opened_again(
    visit: Visit, language: str
) -> None:
    known: dict[str, Any] = {"language": language, "width": NARROW}
    gardener, plumber, person = (visit("qingxi", **known) for _one in range(3))
    gardener.sign_in(GARDENER)
    plumber.sign_in(PLUMBER)
    take_down(gardener)
    at = gardener.page.url.split("/qingxi/")[1].removesuffix("report/")
    gardener.go(at)
    page = gardener.find_own_page()
    person.go(page)
    expect(person.main.locator(".stands")).to_contain_text(person.say("Recorded"))

    # Offered, returned once, offered again and accepted: the person reads of one who has it.
    refer(gardener)
    plumber.go("work/desk/?tab=offered")
    assert inspect(plumber.page) == []
    plumber.main.get_by_role("link", name=TITLE).click()
    assert inspect(plumber.page) == []
    plumber.follow("Return it")
    plumber.fill(words="先確認是哪一段")
    plumber.press("Return it")
    gardener.go(at)
    refer(gardener)
    person.page.reload()
    expect(person.main.locator(".stands")).to_contain_text(person.say("Being handled"))
    plumber.page.reload()
    plumber.press("Accept it")
    plumber.sees("Accepted. It is in your hands.")

    pause(plumber, person)
    plumber.press("Go on")

    for told in (RESULT, RESULT + "，也檢查了接頭"):
        plumber.go(at)
        plumber.follow("Say that it is done")
        plumber.fill(words=told)
        plumber.press("It is done")
        gardener.go(at)
        gardener.press("I have the result")
        gardener.follow("Tell the person")
        gardener.fill(words=told)
        gardener.main.locator("[name=way][value=phone]").check()
        gardener.press("The person is told")
        person.page.reload()
        expect(person.main.get_by_text(told, exact=True).first).to_be_visible()
        assert inspect(person.page) == []
        if told == RESULT:
            person.follow("It is not solved")
            person.fill(words="接頭還在滴")
            person.press("Open it again")
    person.press("It is solved")
    expect(person.main.locator(".stands")).to_contain_text(person.say("Concluded"))
    assert inspect(person.page) == []
