"""Nobody floods the window, nobody waits for others' sake, and nobody loses what was written."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.matters.models import Matter
from portal.matters.views import pace
from tests.support.citizens import prove
from tests.support.matters import Office
from tests.support.pages import Page, post


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allowances that a test can use up."""
    monkeypatch.setattr(pace, "NETWORK_LIMIT", 3)
    monkeypatch.setattr(pace, "PERSON_LIMIT", 2)


def send(client: FlaskClient, office: Office, title: str = "謝謝三號窗口") -> Page:
    page = Page(client.get(f"/{office.world.slug}/tell/praise/?language=en", follow_redirects=True))
    return post(client, page, title=title, body="等了五分鐘")


def count(office: Office) -> int:
    return office.world.do(lambda session: session.scalar(select(func.count(Matter.id)))) or 0


def test_refused_one_reads_when_it_is_possible_again_and_sends_the_same_page_then(
    office: Office, client: FlaskClient
) -> None:
    assert [send(client, office).status for _ in range(3)] == [200] * 3
    refused = send(client, office, title="再一次")
    assert refused.status == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    assert "You can send this again from" in refused.text
    fields = refused.form("title")["fields"]
    assert (fields["title"], fields["body"]) == ("再一次", "等了五分鐘")
    assert count(office) == 3
    office.world.wait(seconds=int(refused.headers["Retry-After"]) - 1)
    assert post(client, refused).status == 429
    office.world.wait(seconds=1)
    assert post(client, refused).status == 200
    assert count(office) == 4


def test_a_verified_contact_neither_uses_up_what_the_network_has_nor_waits_for_it(
    office: Office, client: FlaskClient
) -> None:
    stranger = office.world.client()
    prove(client, office.world)
    assert [send(client, office).status for _ in range(3)] == [200, 200, 429]
    assert [send(stranger, office).status for _ in range(4)] == [200, 200, 200, 429]
    other = office.world.client()
    prove(other, office.world, contact="13912345678")
    assert send(other, office).status == 200


def test_what_the_person_says_too_much_of_stands_there_still(
    office: Office, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "SAY_LIMIT", 1)
    own = send(client, office)
    for words, expected in (("第一句", 200), ("第二句", 429)):
        said = post(client, Page(client.get(f"{own.path}add/")), words=words)
        assert said.status == expected
    assert said.form("words")["fields"]["words"] == "第二句"


def test_many_contacts_of_one_network_have_one_allowance_together_as_well(
    office: Office, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mailbox has as many addresses as its owner likes."""
    monkeypatch.setattr(pace, "PROVED_LIMIT", 3)
    prove(client, office.world)
    other = office.world.client()
    prove(other, office.world, contact="13912345678")
    answers = [send(one, office).status for one in (client, client, other, other)]
    assert answers == [200, 200, 200, 429]
