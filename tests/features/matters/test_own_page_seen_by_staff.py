"""Staff see the person's page and cannot act on it; the person is told what ends a matter."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.matters.intake_rules import Identity
from portal.matters.models import Matter
from portal.matters.queries import matter_token
from portal.matters.rules import State
from portal.matters.services import handling, opening
from portal.matters.services.opening import Bringer
from portal.messages.texts import word
from portal.tenancy.queries import get_tenant
from tests.support.delivering import messages
from tests.support.matters import ACCOUNT, Office, staff
from tests.support.pages import Page
from tests.support.waiting import contact
from tests.support.walks import sign_in
from tests.support.world import SHANGHAI


def of_somebody_reachable(office: Office) -> int:
    """A matter of a person who reads English."""
    number = contact(office.world)
    bringer = Bringer(Identity.NAMED, name="張麗華", contact_id=number, language="en")
    return office.open(ACCOUNT, bringer)


def last_message(office: Office) -> tuple[str, str]:
    """The template of the newest message, and what the person reads."""
    newest = messages(office.world)[-1]
    tenant = office.world.do(get_tenant)
    with office.world.app.app_context():
        return newest.template.rpartition("/")[2], word(newest, tenant).body


def make(office: Office, matter_id: int, step: object, actor: Actor, **values: object) -> None:
    def work(session: Session) -> None:
        matter = session.get_one(Matter, matter_id)
        assert callable(step)
        version = matter.version
        step(session, matter=matter, version=version, actor=actor, now=office.world.now, **values)

    office.world.do(work)


def test_staff_read_the_persons_page_and_never_get_the_link_by_which_the_person_acts(
    office: Office,
) -> None:
    matter_id = office.bring_to(State.TOLD)
    reference = office.read(matter_id).reference
    token = office.world.do(lambda _session: matter_token(reference))
    gardener = sign_in(office.world, "11")
    at = f"/{office.world.slug}/work/matters/{matter_id}/"
    page, own = Page(gardener.get(at)), Page(gardener.get(f"{at}own/"))
    assert f"{at}own/" in page.text
    assert "已經修好，不漏了" in own.text
    for shown in (page.text, own.text):
        assert token not in shown
        assert "/m/" not in shown
    assert [form["action"] for form in own.forms if "/m/" in form["action"]] == []
    assert sign_in(office.world, "13").get(f"{at}own/").status_code == 404
    assert "sign-in" in office.world.client().get(f"{at}own/").location


def test_whoever_is_reachable_is_told_that_the_matter_was_withdrawn(office: Office) -> None:
    matter_id = of_somebody_reachable(office)
    make(office, matter_id, handling.withdraw, Actor("citizen", None), words="")
    template, said = last_message(office)
    assert template == "withdrawn"
    assert office.read(matter_id).reference in said
    assert "If it was not you, call" in said


def test_whoever_is_reachable_is_told_that_the_number_is_void(office: Office) -> None:
    matter_id = of_somebody_reachable(office)
    make(office, matter_id, opening.void, staff(office.gardener), reason="打錯了")
    template, said = last_message(office)
    assert template == "voided"
    assert office.read(matter_id).reference in said
    # What staff wrote about their own mistake stays among them.
    assert "打錯了" not in said


@pytest.mark.parametrize("is_answered", [True, False])
def test_whoever_is_reachable_is_told_that_it_was_closed_and_by_what(
    office: Office, is_answered: bool
) -> None:
    matter_id = office.bring_to(State.TOLD, of_somebody_reachable(office))
    until = office.world.now + timedelta(days=3)
    assert f"Answer until {until.astimezone(SHANGHAI):%a %-d %b}" in last_message(office)[1]
    if is_answered:
        make(office, matter_id, handling.confirm_solved, Actor("citizen", None))
        template, said = last_message(office)
        assert template == "solved"
        # Whoever else held the link may have said it.
        assert "If it was not you, call" in said
        return
    office.world.wait(days=3)
    make(office, matter_id, handling.close_unanswered, staff(office.gardener))
    template, said = last_message(office)
    assert template == "closed"
    assert "closed without your answer" in said
