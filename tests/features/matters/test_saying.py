"""What the person says on the own page: each box asks its own question."""

import re

import pytest
from flask.testing import FlaskClient

from portal.matters.queries import matter_token
from portal.matters.rules import State
from tests.support.matters import Office
from tests.support.pages import Page, post


def open_saying(client: FlaskClient, office: Office, matter_id: int, act: str) -> Page:
    reference = office.read(matter_id).reference
    token = office.world.do(lambda _session: matter_token(reference))
    at = f"/{office.world.slug}/m/{reference}/{token}/{act}/?language=en"
    return Page(client.get(at, follow_redirects=True))


@pytest.mark.parametrize(
    ("act", "asked"),
    [
        ("add", "What do you want to add?"),
        ("not-solved", "What is still to be done?"),
        ("withdraw", "Why you do not need it any more"),
        ("contest", "Why should it not wait?"),
    ],
)
def test_each_box_says_what_is_to_be_written_in_it(
    office: Office, client: FlaskClient, act: str, asked: str
) -> None:
    page = open_saying(client, office, office.open(), act)
    labels = re.findall(r'<label for="words">([^<]*)', page.text)
    assert [label.strip() for label in labels] == [asked]


def test_nobody_has_to_say_why_a_matter_is_withdrawn(office: Office, client: FlaskClient) -> None:
    matter_id = office.open()
    page = open_saying(client, office, matter_id, "withdraw")
    assert "Withdraw it" not in page.text
    assert post(client, page, words="").status == 200
    assert office.read(matter_id).state == State.WITHDRAWN
