"""Who sends a matter with a verified contact has its number, and finds its page again."""

from flask.testing import FlaskClient

from portal.messages.texts import word
from portal.tenancy.queries import get_tenant
from tests.support.citizens import prove
from tests.support.delivering import messages
from tests.support.matters import Office
from tests.support.pages import Page, post
from tests.support.walks import PHONE, code_sent

TITLE = "樓道多裝一盞燈"


def send(client: FlaskClient, office: Office) -> Page:
    """Write a matter down online."""
    return post(client, Page(client.get(f"/{office.world.slug}/tell/suggestion/")), title=TITLE)


def test_who_sends_it_with_a_verified_contact_gets_its_number_and_the_way_to_it(
    office: Office, client: FlaskClient
) -> None:
    prove(client, office.world)
    own = send(client, office)
    newest = messages(office.world)[-1]
    tenant = office.world.do(get_tenant)
    with office.world.app.app_context():
        said = word(newest, tenant).body
    reference = office.read(1).reference
    assert newest.template == "matters/messages/sent"
    assert reference in said
    assert own.path in said


def test_who_proved_no_contact_and_who_stands_at_the_window_get_none(
    office: Office, client: FlaskClient
) -> None:
    send(client, office)
    office.open()
    assert messages(office.world) == []


def test_ones_own_data_lead_to_each_matter_and_each_message_says_what_it_is_about(
    office: Office, client: FlaskClient
) -> None:
    prove(client, office.world)
    own = send(client, office)
    page = Page(client.get(f"/{office.world.slug}/me/?language=en", follow_redirects=True))
    assert f'href="{own.path}"' in page.text
    matters, told = page.text.index(TITLE), page.text.index("Messages to you")
    assert page.text.index("What you brought") < matters < told
    assert office.read(1).reference in page.text[told:]


def test_a_matter_is_found_by_its_number_and_contact_once_the_contact_is_proved(
    office: Office, client: FlaskClient
) -> None:
    prove(client, office.world)
    own, world = send(client, office), office.world
    reference = office.read(1).reference
    stranger = world.client()

    def find(number: str, contact: str) -> Page:
        page = Page(stranger.get(f"/{world.slug}/find/"))
        return post(stranger, page, reference=number, contact=contact)

    token = own.path.split("/")[-2]
    page = Page(stranger.get(f"/{world.slug}/find/"))
    asked = post(stranger, page, reference=reference, contact=PHONE, follow=False)
    assert f"next=/{world.slug}/find/?reference%3D{reference}" in asked.headers["Location"]
    proving = find(reference.lower(), PHONE)
    # A code is on its way at once; nothing is typed twice.
    assert proving.path == f"/{world.slug}/me/code/"
    # Numbers follow one another: with somebody's telephone number they open nothing.
    assert token not in proving.text
    assert TITLE not in proving.text
    goal = {"next": f"/{world.slug}/find/?reference={reference}"}
    code = {**proving.form("code")["fields"], "code": code_sent(world)}
    answer = stranger.post(proving.path, query_string=goal, data=code, follow_redirects=True)
    assert Page(answer).path == own.path
    # By now the browser is known, and number and contact lead there at once; another's do not.
    assert find(reference, PHONE).path == own.path
    assert find("Q-2026-00099", PHONE).status == 422
    assert find(reference, "13912345678").path == f"/{world.slug}/me/code/"


def test_nobody_learns_by_trying_numbers_who_brought_which_matter(
    office: Office, client: FlaskClient
) -> None:
    prove(client, office.world)
    send(client, office)
    stranger, slug = office.world.client(), office.world.slug
    reference = office.read(1).reference

    def find(number: str, contact: str) -> str:
        page = Page(stranger.get(f"/{slug}/find/"))
        found = post(stranger, page, reference=number, contact=contact)
        return f"{found.status} {found.path}"

    answers = {
        find(number, contact)
        for number in (reference, "Q-2026-00099", "ZZ-2026-00001")
        for contact in (PHONE, "13912345678")
    }
    assert answers == {f"200 /{slug}/me/code/"}
