"""The page of one's own alarms: what is due first, and that one has seen it."""

import pytest
from flask.testing import FlaskClient

from portal.alarms.queries import count_open, list_alarms_of
from portal.alarms.rules import Limit
from tests.features.alarms.conftest import LADDER, LIMIT, THING, Pretence
from tests.support.pages import Page, post
from tests.support.statements import count_statements
from tests.support.walks import sign_in


@pytest.fixture
def holder(thing: Pretence) -> FlaskClient:
    """The holder's browser, in English."""
    browser = sign_in(thing.world, "1001")
    browser.set_cookie("language", "en", path="/")
    return browser


def look(thing: Pretence, browser: FlaskClient) -> Page:
    return Page(browser.get(f"/{thing.world.slug}/work/alarms/"))


def test_nothing_open_is_said_in_words(thing: Pretence, holder: FlaskClient) -> None:
    page = look(thing, holder)
    assert "Nothing is late, and nothing is about to be." in page.text


def test_what_is_due_first_stands_first_with_its_words_and_the_way_there(
    thing: Pretence, holder: FlaskClient
) -> None:
    thing.arm(12, limit=Limit(THING, 1, "AL-04"), ladder=(LADDER[1],))
    thing.arm(2, limit=Limit(THING, 2, "AL-02"), ladder=(LADDER[1],))
    thing.tick(minutes=12)
    page = look(thing, holder)
    assert "2 alarms" in page.text
    assert page.text.index("Matter 2") < page.text.index("Matter 1")
    for words in ("Report to the head", "Promised time", "10 min over", "/work/today/"):
        assert words in page.text, words


def say_seen(thing: Pretence, browser: FlaskClient, alarm_id: int) -> Page:
    """Send the button's form, also where the page does not show the button any more."""
    token = look(thing, browser).forms[0]["fields"]["csrf_token"]
    address = f"/{thing.world.slug}/work/alarms/{alarm_id}/seen/"
    return Page(browser.post(address, data={"csrf_token": token}, follow_redirects=True))


def test_seen_is_one_button_and_the_alarm_stays(thing: Pretence, holder: FlaskClient) -> None:
    thing.arm(0)
    thing.tick(minutes=1)
    page = post(holder, look(thing, holder), action="/seen/")
    assert "It stays here until it is done." in page.text
    assert "Matter 1" in page.text
    assert "not done yet" in page.text
    [alarm] = thing.alarms()
    thing.world.wait(minutes=5)
    assert say_seen(thing, holder, alarm.id).status == 200
    assert thing.alarms()[0].acknowledged_at == alarm.acknowledged_at
    thing.end()
    assert "Matter 1" not in look(thing, holder).text


def test_another_persons_alarm_is_nothing_here(thing: Pretence) -> None:
    thing.arm(0)
    thing.tick(minutes=1)
    [alarm] = thing.alarms()
    head = sign_in(thing.world, "2001")
    assert "1號事項" not in look(thing, head).text
    assert say_seen(thing, head, alarm.id).status == 404
    assert thing.alarms()[0].acknowledged_at is None


def test_it_says_why_it_came_to_who_is_not_named(thing: Pretence) -> None:
    thing.roles.clear()
    thing.arm(0)
    thing.tick(minutes=1)
    overseer = sign_in(thing.world, "3001")
    assert "沒有更近的人可通知" in look(thing, overseer).text


def test_a_watch_that_stands_still_is_noticed_by_everybody(
    thing: Pretence, holder: FlaskClient
) -> None:
    thing.arm(0)
    thing.world.wait(minutes=9)
    assert "have not been watched" not in look(thing, holder).text
    thing.world.wait(minutes=2)
    assert "Time limits have not been watched since" in look(thing, holder).text
    thing.tick()
    assert "have not been watched" not in look(thing, holder).text


def test_a_thing_that_nobody_names_any_more_is_shown_without_a_link(
    thing: Pretence, holder: FlaskClient
) -> None:
    thing.arm(0, limit=LIMIT)
    thing.tick(minutes=1)
    thing.is_nameless = True
    assert "No longer to be found" in look(thing, holder).text


def test_the_list_asks_no_more_for_many_than_for_one(thing: Pretence) -> None:
    def count() -> int:
        with count_statements(thing.world) as found:
            thing.world.do(lambda session: list_alarms_of(session, thing.holder))
        return len(found)

    thing.arm(0)
    thing.tick(minutes=1)
    few = count()
    for number in range(2, 30):
        thing.arm(0, limit=Limit(THING, number, "AL-04"))
    thing.tick(minutes=1)
    assert count() == few
    assert thing.world.do(lambda session: count_open(session, thing.holder)) == 29
