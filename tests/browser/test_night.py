"""A night for which nobody signs in climbs the ladder to the leader, until somebody does."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import LOCALES, Visit
from tests.browser.inspection import NARROW, inspect
from tests.browser.visitor import Visitor
from tests.support.live import Live
from tests.support.night import come_to_the_evening

HEAD, LEADER = "2001", "3001"


@pytest.fixture
def live_demonstration(own_demonstration: Live) -> Live:
    """A night passes here."""
    return own_demonstration


def pass_minutes(live: Live, minutes: int) -> None:
    """The worker comes round each minute."""
    for _minute in range(minutes):
        live.wait(minutes=1)
        live.deliver()


def told_of(visitor: Visitor, name: str) -> Locator:
    """What somebody reads about the desk among the alarms."""
    visitor.go("work/alarms/")
    return visitor.main.locator(".rows > li", has_text=name)


@pytest.mark.parametrize("language", LOCALES)
def test_p_3_1a_a_night_that_nobody_signed_in_for_reaches_the_leader(
    visit: Visit, live: Live, language: str
) -> None:
    night = come_to_the_evening(live, "sunshine")
    name = night.post_name[language]
    late, keeper = (visit("sunshine", language=language, width=NARROW) for _one in range(2))
    head, leader, anybody = (visit("sunshine", language=language) for _one in range(3))
    for visitor, number in ((late, night.leaving), (head, HEAD), (leader, LEADER)):
        visitor.sign_in(number)

    # At ten the late shift goes home, and nobody comes.
    pass_minutes(live, 5)
    late.go("work/duty/")
    late.press("Sign out of the post")
    anybody.go(f"windows/{night.post_code}/")
    anybody.sees("Nobody here")
    assert inspect(anybody.page) == []

    pass_minutes(live, 1)
    keeper.sign_in(night.coming)
    for visitor in (keeper, head):
        expect(told_of(visitor, name)).to_have_count(1)
        assert inspect(visitor.page) == []
    expect(told_of(leader, name)).to_have_count(0)
    pass_minutes(live, 5)
    expect(told_of(leader, name)).to_have_count(1)
    assert inspect(leader.page) == []

    # Whose shift it is signs in on a telephone, and nobody is told any more.
    keeper.go("work/duty/")
    keeper.press("Sign in at the post", within=keeper.main.locator("li", has_text=name))
    expect(keeper.main).to_contain_text(name)
    for visitor in (keeper, head, leader):
        expect(told_of(visitor, name)).to_have_count(0)
    anybody.page.reload()
    expect(anybody.main).to_contain_text(night.coming_name)
