"""The desk by its keys: what each does, when they keep quiet, and how they are turned off."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.inspection import NARROW, inspect
from tests.browser.matter_steps import take_down
from tests.browser.visitor import Visitor

CLERK = "1001"
#: The list in which the demonstration has several matters.
DESK = "work/desk/?tab=first"
COMPOSING = (
    "document.body.dispatchEvent("
    "new KeyboardEvent('keydown', {key: 'n', isComposing: true, bubbles: true}))"
)
ASKING = """() => {
  const dialog = document.createElement('dialog');
  document.body.append(dialog);
  dialog.showModal();
}"""
FORGETFUL = (
    "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no'); }})"
)


def at_desk(visitor: Visitor) -> Visitor:
    visitor.sign_in(CLERK)
    visitor.go(DESK)
    return visitor


def rows(clerk: Visitor) -> Locator:
    return clerk.main.locator("[data-row]")


def hints(clerk: Visitor) -> Locator:
    return clerk.main.locator(".keys")


def press(clerk: Visitor, *keys: str) -> None:
    for key in keys:
        clerk.page.keyboard.press(key)


def does_nothing(clerk: Visitor, *keys: str) -> None:
    """Neither another page nor another place of this one."""
    before, focus = clerk.page.url, "document.activeElement.outerHTML"
    held = clerk.page.evaluate(focus)
    press(clerk, *keys)
    assert (clerk.page.url, clerk.page.evaluate(focus)) == (before, held)


@pytest.mark.parametrize("language", ["zh_Hant", "en"])
def test_keys_walk_over_the_rows_open_one_find_and_take_a_matter_down(
    visit: Visit, language: str
) -> None:
    clerk = at_desk(visit("qingxi", language=language))
    expect(hints(clerk)).to_contain_text(clerk.say("Down and up"))
    assert inspect(clerk.page) == []
    count = rows(clerk).count()
    assert count >= 2
    press(clerk, "j")
    expect(rows(clerk).first).to_be_focused()
    press(clerk, "j")
    expect(rows(clerk).nth(1)).to_be_focused()
    press(clerk, *"j" * count)
    expect(rows(clerk).last).to_be_focused()
    # From the button of a row it goes on as from its name.
    press(clerk, "Tab", "k")
    expect(rows(clerk).nth(count - 2)).to_be_focused()
    press(clerk, *"k" * count)
    expect(rows(clerk).first).to_be_focused()
    opened = rows(clerk).first.get_attribute("href")
    press(clerk, "Enter")
    expect(clerk.page).to_have_url(f"{clerk.live.address}{opened}")

    clerk.go(DESK)
    press(clerk, "/")
    box = clerk.main.locator("[name=q]")
    expect(box).to_be_focused()
    press(clerk, *"nj/k")
    expect(box).to_have_value("nj/k")
    press(clerk, "Tab", "n")
    expect(clerk.page).to_have_url(re.compile("/work/matters/add/$"))


def test_keys_keep_quiet_beside_modifiers_questions_and_input_methods(visit: Visit) -> None:
    clerk = at_desk(visit("qingxi"))
    does_nothing(clerk, "Alt+j", "Shift+N", "Control+k", "x")
    clerk.page.evaluate(COMPOSING)
    expect(clerk.page).to_have_url(re.compile("/work/desk/"))
    clerk.page.evaluate(ASKING)
    does_nothing(clerk, "j", "n", "/")
    press(clerk, "Escape", "j")
    expect(rows(clerk).first).to_be_focused()


def test_keys_turned_off_stay_off_in_this_browser_until_they_are_turned_on(visit: Visit) -> None:
    clerk = at_desk(visit("qingxi"))
    clerk.press("Turn the keys off")
    expect(clerk.main.get_by_role("button", name=clerk.say("Turn the keys on"))).to_be_focused()
    does_nothing(clerk, "j", "/", "n")
    clerk.page.reload()
    clerk.sees("The keys are off.")
    assert inspect(clerk.page) == []
    does_nothing(clerk, "j", "/", "n")
    clerk.press("Turn the keys on")
    clerk.page.reload()
    expect(hints(clerk)).to_contain_text(clerk.say("Down and up"))
    press(clerk, "j")
    expect(rows(clerk).first).to_be_focused()


def test_keys_work_where_the_browser_remembers_nothing(visit: Visit) -> None:
    clerk = visit("qingxi")
    clerk.page.add_init_script(FORGETFUL)
    at_desk(clerk)
    press(clerk, "j")
    expect(rows(clerk).first).to_be_focused()
    clerk.press("Turn the keys off")
    does_nothing(clerk, "j")


@pytest.mark.parametrize(
    "device",
    [
        {"java_script_enabled": False},
        {"width": NARROW},
        {"is_mobile": True, "has_touch": True},
    ],
    ids=["no-script", "narrow", "touch"],
)
def test_no_hints_and_no_keys_without_script_or_keyboard(
    visit: Visit, device: dict[str, object]
) -> None:
    clerk = at_desk(visit("qingxi", **device))
    expect(rows(clerk).first).to_be_visible()
    expect(hints(clerk)).to_be_hidden()
    if "java_script_enabled" not in device:
        does_nothing(clerk, "j", "/", "n")
    rows(clerk).first.click()
    expect(clerk.page).to_have_url(re.compile(r"/work/matters/\d+/$"))


def test_rows_under_the_reader_stay_and_become_fresh_once_the_focus_has_gone(visit: Visit) -> None:
    clerk, colleague = visit("qingxi"), visit("qingxi")
    clerk.page.clock.install()
    at_desk(clerk)
    count = rows(clerk).count()
    press(clerk, "j")
    colleague.sign_in(CLERK)
    take_down(colleague, "enquiry", channel="phone", title="幾點關門", name="諸葛明")
    expect(colleague.title).to_have_text(colleague.say("Read it back"))
    held = clerk.title.inner_text()
    look(clerk)
    # The head of the page says so at once.
    expect(clerk.title).not_to_have_text(held)
    expect(rows(clerk)).to_have_count(count)
    expect(rows(clerk).first).to_be_focused()
    press(clerk, "/")
    look(clerk)
    expect(rows(clerk)).to_have_count(count + 1)


def look(clerk: Visitor) -> None:
    """Let the page look whether anything has changed."""
    with clerk.page.expect_response(lambda answer: "/work/desk/" in answer.url):
        clerk.page.clock.fast_forward(15_000)
