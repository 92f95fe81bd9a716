"""The record is read back and confirmed by word, by a code, by signature, or on the own page."""

import re
from io import BytesIO

from flask.testing import FlaskClient
from sqlalchemy import select

from portal.identity.contact_models import Contact
from portal.matters.models import Matter
from portal.matters.queries import matter_token
from portal.messages.models import Message
from tests.features.matters.test_contact import submit
from tests.features.matters.test_pages import take_down
from tests.support.attaching import photo
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


def agree_online(office: Office, client: FlaskClient) -> int:
    """Somebody writes a matter down and says on the own page that it is right; its id."""
    matter_id = submit(office)
    reference = office.read(matter_id).reference
    token = office.world.do(lambda session: matter_token(reference))
    own = Page(client.get(f"/{office.world.slug}/m/{reference}/{token}/"))
    own = post(client, own, action="/right/")
    assert "這樣記沒錯" not in own.text
    assert office.read(matter_id).agreed_at is not None
    return matter_id


def test_what_the_person_confirmed_online_needs_no_call(
    office: Office, client: FlaskClient
) -> None:
    matter_id = agree_online(office, client)
    colleague = sign_in(office.world, "13")
    desk = Page(colleague.get(f"/{office.world.slug}/work/desk/"))
    post(colleague, desk, action="/press/take/")
    page = Page(colleague.get(f"/{office.world.slug}/work/matters/{matter_id}/read-back/"))
    post(colleague, page, way="own")
    assert office.read(matter_id).confirmed_by == "own"


def add(client: FlaskClient, office: Office, words: str) -> None:
    """Add to the record what the person reads as well."""
    page = Page(client.get(f"/{office.world.slug}/work/matters/1/add/"))
    post(client, page, words=words)


def test_what_was_corrected_is_read_back_printed_and_sent_as_well(office: Office) -> None:
    gardener = sign_in(office.world, "11")
    page = take_down(gardener, office)
    add(gardener, office, "不是二號樓，是九號樓")
    page = Page(gardener.get(page.path))
    slip = Page(gardener.get(f"/{office.world.slug}/work/matters/1/slip/"))
    for shown in (page, slip):
        assert "不是二號樓，是九號樓" in shown.text
    send(gardener, page)
    newest_code(office)
    of_record = select(Message.params).where(Message.template == "matters/messages/read_back")
    params = office.world.do(lambda session: session.scalars(of_record).one())
    assert "不是二號樓，是九號樓" in (params or "")


def test_a_code_confirms_nothing_that_was_added_after_it_was_sent(office: Office) -> None:
    gardener = sign_in(office.world, "11")
    page = send(gardener, take_down(gardener, office))
    code = newest_code(office)
    add(gardener, office, "同意付三千元")
    for _ in range(2):
        page = post(gardener, page, way="code", code=code)
        assert "read-back" in page.path
    assert office.read(1).state == "received"


def test_whoever_said_that_it_is_right_has_not_seen_a_photo_that_comes_later(
    office: Office, client: FlaskClient
) -> None:
    matter_id = agree_online(office, client)
    colleague = sign_in(office.world, "13")
    page = Page(colleague.get(f"/{office.world.slug}/work/matters/{matter_id}/photos/"))
    fields = {**page.form()["fields"], "photos": (BytesIO(photo()), "a.jpg")}
    colleague.post(page.path, data=fields, content_type="multipart/form-data")
    assert office.read(matter_id).agreed_at is None


def test_what_somebody_wrote_who_cannot_be_asked_is_recorded_as_that(office: Office) -> None:
    matter_id = submit(office)
    colleague = sign_in(office.world, "13")
    desk = Page(colleague.get(f"/{office.world.slug}/work/desk/"))
    post(colleague, desk, action="/press/take/")
    page = Page(colleague.get(f"/{office.world.slug}/work/matters/{matter_id}/read-back/"))
    post(colleague, page, way="sent")
    assert office.read(matter_id).confirmed_by == "sent"
    # Whoever can be asked is.
    page = take_down(sign_in(office.world, "11"), office)
    assert 'value="sent"' not in page.text
