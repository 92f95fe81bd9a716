"""Whoever sends a matter reads beforehand what is known of the sender, and what it serves."""

import re
from html import unescape

from flask.testing import FlaskClient

from tests.support.citizens import prove
from tests.support.matters import Office
from tests.support.pages import Page


def form_of(client: FlaskClient, office: Office) -> Page:
    at = f"/{office.world.slug}/tell/complaint/?language=en"
    return Page(client.get(at, follow_redirects=True))


def test_who_proved_a_contact_reads_that_it_goes_along_and_what_stays_unknown(
    office: Office, client: FlaskClient
) -> None:
    assert "Left empty, you stay anonymous." in form_of(client, office).text
    prove(client, office.world)
    page = form_of(client, office)
    assert "Your verified contact 138****5678 goes along." in page.text
    assert "Left empty, your name stays unknown; your contact does not." in page.text
    assert "you stay anonymous" not in page.text


def test_whoever_verifies_a_contact_for_a_matter_reads_that_it_serves_the_matter(
    office: Office, client: FlaskClient
) -> None:
    page = form_of(client, office)
    way = re.search(r'href="([^"]*/me/verify/[^"]*)"', page.text)
    assert way is not None
    said = Page(client.get(unescape(way[1]))).text
    assert "serves the matter that you tell us" in said
    assert "this booking only" not in said
    plain = Page(client.get(f"/{office.world.slug}/me/verify/")).text
    assert "this booking only" not in plain
    assert "Your number or address shows that it is you." in plain
    booking = Page(client.get(f"/{office.world.slug}/me/verify/?why=booking")).text
    assert "this booking only" in booking
