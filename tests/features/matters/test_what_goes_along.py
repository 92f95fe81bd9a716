"""Whoever sends a matter reads beforehand what is known of the sender, and what it serves."""

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
