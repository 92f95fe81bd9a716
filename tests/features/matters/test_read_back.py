"""The record is read back and confirmed by word, by a code, by signature, or on the own page."""

import re

from flask.testing import FlaskClient
from sqlalchemy import select

from portal.identity.contact_models import Contact
from portal.matters.models import Matter
from portal.matters.queries import matter_token
from portal.messages.models import Message
from tests.features.matters.test_contact import submit
from tests.features.matters.test_pages import take_down
from tests.support.matters import Office
from tests.support.pages import Page, post
from tests.support.walks import sign_in


def send(client: FlaskClient, page: Page) -> Page:
    """Press the button that sends the record with a code."""
    return post(client, page, action=f"{page.path}code/")


def newest_code(office: Office) -> str:
    """The code in the message of the record, which also says what was taken down."""
    of_record = select(Message).where(Message.template == "matters/messages/read_back")
    newest = office.world.do(
        lambda session: session.scalars(of_record.order_by(Message.id.desc())).first()
    )
    assert newest is not None
    assert "早上起來吊頂在滴水" in (newest.params or "")
    found = re.search(r'"code": "(\d{6})"', newest.params or "")
    assert found
    return found[1]


def test_p_4_1_1a_the_person_agrees_by_the_code_of_the_message(office: Office) -> None:
    gardener = sign_in(office.world, "11")
    page = take_down(gardener, office)
    page = send(gardener, page)
    code = newest_code(office)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    refused = post(gardener, page, way="code", code=wrong)
    assert "read-back" in refused.path
    matter = office.world.do(lambda session: session.scalars(select(Matter)).one())
    assert matter.state == "received"
    page = post(gardener, refused, way="code", code=code)
    assert "/report/" in page.path
    matter = office.world.do(lambda session: session.scalars(select(Matter)).one())
    assert (matter.state, matter.confirmed_by) == ("verified", "code")
    proved = office.world.do(lambda session: session.scalars(select(Contact.verified_at)).one())
    assert proved is not None


def test_a_code_of_one_record_says_nothing_about_another(office: Office) -> None:
    gardener = sign_in(office.world, "11")
    first = send(gardener, take_down(gardener, office))
    code = newest_code(office)
    second = take_down(gardener, office)
    assert first.path != second.path
    refused = post(gardener, second, way="code", code=code)
    assert "read-back" in refused.path


def test_without_a_contact_no_code_is_offered_or_sent(office: Office) -> None:
    gardener = sign_in(office.world, "11")
    page = take_down(gardener, office, contact="")
    assert 'name="code"' not in page.text
    answer = gardener.post(f"{page.path}code/", data=page.form()["fields"])
    assert answer.status_code == 404


def test_what_the_person_confirmed_online_needs_no_call(
    office: Office, client: FlaskClient
) -> None:
    matter_id = submit(office)
    reference = office.read(matter_id).reference
    token = office.world.do(lambda session: matter_token(reference))
    own = Page(client.get(f"/{office.world.slug}/m/{reference}/{token}/"))
    own = post(client, own, action="/right/")
    assert "這樣記沒錯" not in own.text
    colleague = sign_in(office.world, "13")
    desk = Page(colleague.get(f"/{office.world.slug}/work/desk/"))
    post(colleague, desk, action="/press/take/")
    page = Page(colleague.get(f"/{office.world.slug}/work/matters/{matter_id}/read-back/"))
    post(colleague, page, way="own")
    assert office.read(matter_id).confirmed_by == "own"
