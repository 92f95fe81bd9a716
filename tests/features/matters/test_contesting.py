"""A pause that the person does not accept: answered by whoever leads, or the matter goes on."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.errors import DomainError
from portal.matters.models import Matter
from portal.matters.queries import matter_token
from portal.matters.rules import State
from portal.matters.services import contesting, handling
from portal.matters.services.contesting import ContestedAlready, NotContested
from tests.features.matters.test_limits import alarms
from tests.support.matters import Office, Town, staff
from tests.support.pages import Page, post


@pytest.fixture
def paused(parish: Town) -> int:
    """A matter that the head has paused."""
    matter_id = parish.office.bring_to(State.IN_PROGRESS)
    step(parish, matter_id, handling.pause, parish.office.head, reason="等配件")
    return matter_id


def step(parish: Town, matter_id: int, make: object, who: int | None, **values: str) -> None:
    actor = Actor("citizen", None) if who is None else staff(who)

    def work(session: Session) -> None:
        matter = session.get_one(Matter, matter_id)
        assert callable(make)
        make(
            session,
            matter=matter,
            version=matter.version,
            actor=actor,
            now=parish.office.world.now,
            **values,
        )

    parish.office.world.do(work)


def test_an_objection_reaches_whoever_is_above_the_holder_and_ends_when_it_is_answered(
    parish: Town, paused: int
) -> None:
    office = parish.office
    # The office belongs to the matter: its head paused it, so that somebody above answers.
    step(parish, paused, contesting.contest, None, words="配件店裏就有")
    assert alarms(office, parish.mayor) == ["AL-04c"]
    with pytest.raises(ContestedAlready):
        step(parish, paused, contesting.contest, None, words="還在等")
    step(parish, paused, contesting.uphold, parish.mayor, words="型號不同，要原廠的")
    assert alarms(office, parish.mayor) == []
    with pytest.raises(NotContested):
        step(parish, paused, contesting.uphold, parish.mayor, words="再說一次")
    # The person may object again, and going on answers it as well.
    step(parish, paused, contesting.contest, None, words="還在等")
    step(parish, paused, handling.resume, office.head)
    assert office.read(paused).contested_at is None
    assert alarms(office, parish.mayor) == []


def test_nobody_objects_to_what_is_not_paused(parish: Town) -> None:
    matter_id = parish.office.bring_to(State.IN_PROGRESS)
    with pytest.raises(DomainError):
        step(parish, matter_id, contesting.contest, None, words="為甚麼")


def test_the_person_objects_on_the_own_page_and_reads_the_answer(
    parish: Town, paused: int, client: FlaskClient
) -> None:
    office: Office = parish.office
    reference = office.read(paused).reference
    token = office.world.do(lambda session: matter_token(reference))
    address = f"/{office.world.slug}/m/{reference}/{token}/"
    own = Page(client.get(address))
    assert f"{address}contest/" in own.text
    own = post(client, Page(client.get(f"{address}contest/")), words="配件店裏就有")
    assert "配件店裏就有" in own.text
    assert f"{address}contest/" not in own.text
    step(parish, paused, contesting.uphold, parish.mayor, words="型號不同，要原廠的")
    assert "型號不同，要原廠的" in Page(client.get(address)).text
