"""A gardener's telephone from the first word to the answer, with the person's page beside it."""

from typing import Any

import pytest
from playwright.sync_api import expect

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

#: Who takes it up and who does it, in the demonstration.
GARDENER, PLUMBER = "1001", "1002"
TITLE, REASON, RESULT = "三號樓後面的水管爆了", "零件明天才到", "換了一段水管，不漏了"


def offer(gardener: Visitor, at: str) -> None:
    """Offered with its papers, by a page that is as it should be."""
    gardener.go(at)
    gardener.follow("Refer it")
    assert inspect(gardener.page) == []
    refer(gardener, at, number=PLUMBER, words="請關總閥，換水管", papers="現場照片兩張")


@pytest.mark.parametrize("language", ["zh_Hant", "zh_Hans", "en"])
def test_from_the_telephone_to_solved_returned_once_paused_and_opened_again(
    visit: Visit, language: str
) -> None:
    known: dict[str, Any] = {"language": language, "width": NARROW}
    gardener, plumber, person = (visit("qingxi", **known) for _one in range(3))
    gardener.sign_in(GARDENER)
    plumber.sign_in(PLUMBER)
    account = {"title": TITLE, "body": "草坪都淹了，水一直流", "place": "3號樓後面"}
    take_down(gardener, "repair", channel="phone", name="諸葛明", **account)
    at = record(gardener)
    person.go(own_page(gardener, at))
    expect(stands(person)).to_contain_text(person.say("Recorded"))

    # Offered, returned once, offered again and accepted: the person reads of one who has it.
    offer(gardener, at)
    plumber.go("work/desk/?tab=offered")
    assert inspect(plumber.page) == []
    open_offer(plumber, TITLE)
    assert inspect(plumber.page) == []
    give_back(plumber, "先確認是哪一段")
    offer(gardener, at)
    person.page.reload()
    expect(stands(person)).to_contain_text(person.say("Being handled"))
    open_offer(plumber, TITLE)
    accept(plumber)

    pause(plumber, REASON)
    person.page.reload()
    expect(person.main.get_by_text(REASON)).to_be_visible()
    assert inspect(person.page) == []
    plumber.press("Go on")

    for told in (RESULT, RESULT + "，也檢查了接頭"):
        finish(plumber, at, told)
        feed_back(gardener, at)
        tell(gardener, told, "phone")
        person.page.reload()
        expect(person.main.get_by_text(told, exact=True).first).to_be_visible()
        assert inspect(person.page) == []
        if told == RESULT:
            reopen(person, "接頭還在滴")
    say_solved(person)
    assert inspect(person.page) == []
