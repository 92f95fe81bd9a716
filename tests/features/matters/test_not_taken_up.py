"""A matter that nobody took up yet: the pages say who will, and speak of nobody as asked first."""

from flask.testing import FlaskClient
from sqlalchemy import select

from portal.matters.models import Matter
from tests.support.matters import Office
from tests.support.pages import Page, post
from tests.support.walks import sign_in


def test_staff_read_which_post_takes_it_up_and_afterwards_that_nobody_did(
    office: Office, client: FlaskClient
) -> None:
    own = post(client, Page(client.get(f"/{office.world.slug}/tell/praise/")), title="謝謝")
    matter_id = office.world.do(lambda session: session.scalars(select(Matter.id)).one())
    colleague = sign_in(office.world, "13")
    at = f"/{office.world.slug}/work/matters/{matter_id}/?language=en"
    page = Page(colleague.get(at, follow_redirects=True))
    assert "Takes it up; whoever does so answers to the end" in page.text
    assert "Asked first, answers to the end" not in page.text
    post(client, Page(client.get(f"{own.path}withdraw/")), words="")
    ended = Page(colleague.get(page.path))
    assert "Nobody took it up." in ended.text
    assert "Takes it up" not in ended.text
    assert (
        "Nobody took it up."
        in Page(client.get(f"{own.path}?language=en", follow_redirects=True)).text
    )
