"""Photos from a telephone: told what is wrong with one, sent, and shown on the pages after it."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.inspection import NARROW, inspect
from tests.browser.visitor import Visitor
from tests.support.attaching import photo


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A photo as a telephone makes it, only smaller."""
    file = tmp_path / "門口.jpg"
    file.write_bytes(photo((640, 480)))
    return file


def see_picture(visitor: Visitor, picture: Path, count: int = 1) -> None:
    """The pictures stand on the page, each with its name, and were loaded."""
    shown: Locator = visitor.main.locator(".attached li", has_text=picture.name)
    expect(shown).to_have_count(count)
    for each in shown.locator("img").all():
        each.scroll_into_view_if_needed()
        expect(each).to_have_js_property("naturalWidth", 640)
    assert inspect(visitor.page) == []


def test_a_person_sends_a_photo_from_the_telephone(
    visit: Visit, picture: Path, tmp_path: Path
) -> None:
    other = tmp_path / "動畫.gif"
    other.write_bytes(b"GIF89a")
    citizen = visit("qingxi", width=NARROW)
    citizen.go("tell/repair/")
    citizen.fill(title="樓道的燈不亮")
    box = citizen.main.locator("[name=photos]")
    box.set_input_files([picture, other])
    citizen.press("Send it")
    expect(citizen.main.locator("#photos-error")).to_contain_text("動畫.gif")
    expect(citizen.main.locator("[name=title]")).to_have_value("樓道的燈不亮")
    assert inspect(citizen.page) == []
    box.set_input_files(picture)
    citizen.press("Send it")
    citizen.sees("Sent")
    see_picture(citizen, picture)


def test_a_clerk_takes_one_down_and_adds_another(visit: Visit, picture: Path) -> None:
    clerk = visit("qingxi")
    clerk.sign_in("1002")
    clerk.go("work/matters/add/repair/")
    clerk.main.locator("[name=channel][value=visit]").check()
    clerk.fill(title="門口的燈不亮", name="南宮月", reception_note="站著說完就走了")
    clerk.main.locator("[name=photos]").set_input_files(picture)
    clerk.press("Take it down")
    expect(clerk.title).to_have_text(clerk.say("Read it back"))
    matter = clerk.page.url.split(f"/{clerk.slug}/")[1].removesuffix("read-back/")
    clerk.go(matter)
    see_picture(clerk, picture)
    clerk.follow("Add photos")
    clerk.press("Add")
    expect(clerk.page.get_by_role("alert")).to_be_visible()
    clerk.main.locator("[name=photos]").set_input_files(picture)
    clerk.press("Add")
    see_picture(clerk, picture, count=2)
