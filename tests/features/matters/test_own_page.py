"""The person's own page: what is asked stands there, and what is due comes first."""

import pytest
from flask.testing import FlaskClient

from portal.matters.queries import matter_token
from portal.matters.rules import State
from tests.support.matters import Office
from tests.support.pages import Page


def open_own(client: FlaskClient, office: Office, matter_id: int) -> Page:
    """The page in English."""
    reference = office.read(matter_id).reference
    token = office.world.do(lambda _session: matter_token(reference))
    at = f"/{office.world.slug}/m/{reference}/{token}/?language=en"
    return Page(client.get(at, follow_redirects=True))


@pytest.mark.parametrize("state", [State.RECEIVED, State.IN_PROGRESS])
def test_who_is_asked_whether_it_is_right_sees_place_and_name_as_well(
    office: Office, client: FlaskClient, state: State
) -> None:
    page = open_own(client, office, office.bring_to(state))
    assert "3號樓201" in page.text
    assert "張○華" in page.text
    assert "張麗華" not in page.text
    said, course = page.text.index("3號樓201"), page.text.index("What happened")
    assert (said < course) == (state == State.RECEIVED)
