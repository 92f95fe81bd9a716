"""A pause that the person does not accept: answered by whoever leads, or the matter goes on."""

from datetime import datetime, time, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.alarms.queries import list_alarms_of
from portal.core.actor import Actor
from portal.core.errors import DomainError
from portal.matters.models import Matter
from portal.matters.queries import matter_token
from portal.matters.rules import State
from portal.matters.services import contesting, handling
from portal.matters.services.contesting import ContestedAlready, NotContested, OwnPause
from tests.features.matters.test_limits import alarms
from tests.support.matters import Office, Town, staff
from tests.support.pages import Page, post
from tests.support.walks import sign_in
from tests.support.world import SHANGHAI, add_staff


@pytest.fixture
def paused(parish: Town) -> int:
    """A matter that the head has paused."""
    matter_id = parish.office.bring_to(State.IN_PROGRESS)
    step(parish, matter_id, handling.pause, parish.office.head, reason="等配件")
    return matter_id


def step(parish: Town, matter_id: int, make: object, who: int | None, **values: object) -> None:
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


def test_an_objection_is_told_at_once_and_due_at_the_end_of_the_next_working_day(
    parish: Town, paused: int, client: FlaskClient
) -> None:
    office = parish.office
    world = office.world
    warden = add_staff(world, "41", ["alarms.alarm.oversee"])
    reference = office.read(paused).reference
    token = world.do(lambda _session: matter_token(reference))
    address = f"/{world.slug}/m/{reference}/{token}/"
    client.get(f"/{world.slug}/?language=en")
    step(parish, paused, contesting.contest, None, words="配件店裏就有")
    assert alarms(office, parish.mayor) == ["AL-04c"]
    listing = world.do(lambda session: list_alarms_of(session, parish.mayor))
    due = listing.rows[0].watch.due_at
    following = world.now.astimezone(SHANGHAI).date() + timedelta(days=1)
    assert due.astimezone(SHANGHAI) == datetime.combine(following, time(17), SHANGHAI)
    said = Page(client.get(address)).text
    assert f"answers you before {due.astimezone(SHANGHAI):%a %-d %b}, 5:00 pm" in said
    desk = Page(sign_in(world, "21").get(f"/{world.slug}/work/desk/")).text
    assert reference in desk
    world.wait(seconds=(due - world.now).total_seconds() - 1)
    assert alarms(office, warden) == []
    world.wait(seconds=1)
    assert alarms(office, warden) == ["AL-04c"]
    assert alarms(office, parish.mayor) == ["AL-04c"]
    world.wait(seconds=1)
    assert "An answer was due" in Page(client.get(address)).text
    step(parish, paused, contesting.uphold, parish.mayor, words="型號不同，要原廠的")
    assert alarms(office, warden) == []
    assert "An answer was due" not in Page(client.get(address)).text


def test_nobody_answers_an_objection_to_the_own_pause(parish: Town) -> None:
    office = parish.office
    matter_id = office.bring_to(State.IN_PROGRESS)
    step(parish, matter_id, handling.pause, parish.mayor, reason="等配件")
    step(parish, matter_id, contesting.contest, None, words="配件店裏就有")
    with pytest.raises(OwnPause):
        step(parish, matter_id, contesting.uphold, parish.mayor, words="維持")
    step(parish, matter_id, contesting.uphold, office.head, words="型號不同")


def test_a_pause_that_goes_on_is_not_forgotten(parish: Town, paused: int) -> None:
    office = parish.office
    office.world.wait(days=6)
    assert alarms(office, office.head) == []
    office.world.wait(days=1)
    assert alarms(office, office.head) == ["AL-04p"]
    step(parish, paused, handling.resume, office.head)
    assert "AL-04p" not in alarms(office, office.head)


def test_staff_do_not_speak_as_the_person(parish: Town) -> None:
    office = parish.office
    matter_id = office.bring_to(State.TOLD)
    reference = office.read(matter_id).reference
    token = office.world.do(lambda session: matter_token(reference))
    address = f"/{office.world.slug}/m/{reference}/{token}/"
    gardener = sign_in(office.world, "11")
    page = post(gardener, Page(gardener.get(address)), action="/solved/")
    assert "工作人員身分" in page.text
    refused = post(gardener, Page(gardener.get(f"{address}not-solved/")), words="還在漏")
    assert "工作人員身分" in refused.text
    assert office.read(matter_id).state == State.TOLD


def test_the_person_says_so_much_and_then_waits(parish: Town, client: FlaskClient) -> None:
    office = parish.office
    matter_id = office.bring_to(State.IN_PROGRESS)
    reference = office.read(matter_id).reference
    token = office.world.do(lambda session: matter_token(reference))
    address = f"/{office.world.slug}/m/{reference}/{token}/"
    said = [
        post(client, Page(client.get(f"{address}add/")), words=f"第{number}句").status
        for number in range(21)
    ]
    assert said == [200] * 20 + [429]


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


def test_whoever_answers_reads_why_it_is_paused_and_what_the_person_says(
    parish: Town, paused: int
) -> None:
    world = parish.office.world
    add_staff(world, "42", ["matters.matter.see", "matters.matter.lead"])
    step(parish, paused, contesting.contest, None, words="配件店裏就有")
    leader = sign_in(world, "42")
    page = Page(leader.get(f"/{world.slug}/work/matters/{paused}/step/uphold/"))
    for words in ("等配件", "配件店裏就有"):
        assert words in page.text
