"""What citizens read: the services with their notices, and the search."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.catalog.indexing import index_service
from portal.catalog.models import PostStaff, Service
from tests.support.pages import Page
from tests.support.statements import count_statements
from tests.support.world import World, add_staff, furnish


@pytest.fixture
def town(institution: World) -> World:
    furnish(institution)
    institution.do(lambda s: index_service(s, s.get_one(Service, 1)))
    return institution


def get(client: FlaskClient, world: World, path: str, language: str = "en") -> Page:
    client.set_cookie("language", language, path="/")
    return Page(client.get(f"/{world.slug}/{path}"))


@pytest.mark.parametrize("question", ["登記", "登记", "birth", "户口", "戶口簿", "生育登記怎麼辦"])
def test_two_characters_in_either_script_find_a_service(
    town: World, client: FlaskClient, question: str
) -> None:
    assert "services/birth/" in get(client, town, f"search/?q={question}").text


@pytest.mark.parametrize("question", ["", "生", "掛號", "%", "__", "x" * 5000, "😀😀"])
def test_other_questions_find_nothing_and_break_nothing(
    town: World, client: FlaskClient, question: str
) -> None:
    page = Page(client.get(f"/{town.slug}/search/", query_string={"q": question}))
    assert page.status == 200
    assert "services/birth/" not in page.text


def test_a_question_with_a_sign_that_no_text_has_leads_nowhere(
    town: World, client: FlaskClient
) -> None:
    assert get(client, town, "search/?q=%00%00").status == 404


def test_the_notice_says_who_serves_where(town: World, client: FlaskClient) -> None:
    staff = add_staff(town, "A1", [])
    town.do(lambda s: s.add(PostStaff(post_id=1, staff_id=staff, position="B")))
    page = get(client, town, "services/birth/")
    for text in ("Window 3", "Ground floor", "陳志強", "Household book"):
        assert text in page.text


@pytest.mark.parametrize("code", ["absent", "Birth", "birth%20", "'--", "x" * 300])
def test_an_absent_service_is_not_found(town: World, client: FlaskClient, code: str) -> None:
    assert get(client, town, f"services/{code}/").status == 404


def test_hundreds_of_services_come_in_pages(town: World, client: FlaskClient) -> None:
    get(client, town, "services/")
    with count_statements(town) as few:
        get(client, town, "services/")

    def fill(session: Session) -> None:
        session.add_all(
            Service(unit_id=1, code=f"s{n}", name={"zh_Hant": "長" * 60}, position=n)
            for n in range(1, 120)
        )

    town.do(fill)
    with count_statements(town) as many:
        page = get(client, town, "services/?page=2")
    assert len(many) == len(few)
    assert page.text.count('class="door"') == 50
    assert "Page 2 of 3, 120 in all" in page.text


def test_without_services_the_page_says_so(institution: World, client: FlaskClient) -> None:
    assert "No services are published yet." in get(client, institution, "services/").text
