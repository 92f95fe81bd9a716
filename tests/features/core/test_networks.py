"""Attempts of one connection count together, whatever addresses it shows."""

import pytest
from flask import Flask

from portal.web.requests import client_network
from tests.support.citizens import ask_code
from tests.support.world import World, furnish


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("", "unknown", True),
    ],
)
def test_what_counts_as_one_network(app: Flask, one: str, other: str, *, is_same: bool) -> None:
    found = []
    for address in (one, other):
        with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
            found.append(client_network())
    assert (found[0] == found[1]) is is_same


def test_one_household_cannot_ask_for_codes_without_end(institution: World) -> None:
    furnish(institution)
    answers = []
    for number in range(61):
        client = institution.client()
        client.environ_base["REMOTE_ADDR"] = f"2001:db8:1:2::{number:x}"
        page = ask_code(client, institution, contact=f"138{number:08d}")
        answers.append(page.status)
    assert answers[-1] == 429
