"""How many statements the busiest acts need, whatever the institution holds."""

from flask.testing import FlaskClient

from tests.support.pages import post
from tests.support.statements import count_statements
from tests.support.walks import choose_time, code_sent, give_details
from tests.support.world import World

#: What the confirming POST may need, on each database.
CONFIRMING = 14


def test_confirming_with_a_code_takes_few_statements(town: World, client: FlaskClient) -> None:
    page = give_details(client, choose_time(client, town))
    code = code_sent(town)
    with count_statements(town) as found:
        assert post(client, page, code=code, follow=False).status == 303
    assert len(found) <= CONFIRMING, "\n".join(found)


def test_confirming_with_a_proved_contact_takes_few_statements(
    town: World, client: FlaskClient
) -> None:
    first = give_details(client, choose_time(client, town))
    post(client, first, code=code_sent(town))
    page = give_details(client, choose_time(client, town, day="2026-11-26"))
    with count_statements(town) as found:
        assert post(client, page, follow=False).status == 303
    assert len(found) <= CONFIRMING, "\n".join(found)
