"""Help (協助): owed, given or decided above; the matter stays where it is (P-4.2.1, Q6)."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.alarms.permissions import OVERSEE
from portal.alarms.queries import list_alarms_of
from portal.alarms.services.raising import raise_due
from portal.core.actor import SYSTEM
from portal.core.errors import DomainError
from portal.identity.queries.staff import HasLeft
from portal.identity.services import staffing
from portal.identity.services.granting import EDIT_ROLES, EDIT_STAFF
from portal.identity.services.staffing import StillHolds
from portal.matters.assistance_models import Assistance
from portal.matters.assistance_rules import AskedForHelp, HelpOver, OtherHelps
from portal.matters.models import MatterEvent
from portal.matters.queries import matter_token
from portal.matters.referral_rules import ClosedThatDay, IsHolder, IsParty, NotLater
from portal.matters.rules import State, WrongState
from portal.matters.services.assisting import HelpMeanwhile
from tests.support.assistance import Helping
from tests.support.matters import Town
from tests.support.pages import Page, post
from tests.support.parallel import together
from tests.support.walks import sign_in
from tests.support.world import SHANGHAI, add_staff


@pytest.fixture
def helping(parish: Town) -> Helping:
    return Helping(parish)


@pytest.fixture
def held(parish: Town) -> int:
    """A matter in the hands of the head."""
    return parish.office.bring_to(State.IN_PROGRESS)


@pytest.fixture
def asked(helping: Helping, held: int) -> int:
    """Help asked of the engineer, who heads the yard."""
    return helping.ask(held, helping.town.office.head, helping.town.engineer)


def alarms(town: Town, staff_id: int) -> list[str]:
    world = town.office.world
    world.do(lambda session: raise_due(session, world.now))
    listing = world.do(lambda session: list_alarms_of(session, staff_id))
    return [row.watch.code for row in listing.rows]


def codes(town: Town, matter_id: int) -> list[str]:
    found = select(MatterEvent.code).where(MatterEvent.matter_id == matter_id)
    return list(town.office.world.do(lambda s: s.scalars(found.order_by(MatterEvent.number)).all()))


def test_p_4_2_1_asked_and_given_the_holder_stays(helping: Helping, held: int, asked: int) -> None:
    town, office = helping.town, helping.town.office
    before = office.read(held)
    row = helping.read(asked)
    assert (row.state, row.helper_id, row.asked_by_id) == ("asked", town.engineer, office.head)
    # A working day: until closing time of the next.
    assert row.due_at.astimezone(SHANGHAI).strftime("%a %H:%M") == "Tue 17:00"
    helping.give(asked, town.engineer)
    row, after = helping.read(asked), office.read(held)
    assert row.state == "done"
    assert row.ended_at == office.world.now
    assert codes(town, held)[-2:] == ["assist_asked", "assist_done"]
    for column in ("state", "holder_staff_id", "first_received_id", "unit_id", "due_at"):
        assert getattr(after, column) == getattr(before, column)


def test_q6_escalated_it_is_decided_above_both_and_then_done(
    helping: Helping, held: int, asked: int
) -> None:
    town, office = helping.town, helping.town.office
    helping.escalate(asked, town.engineer)
    row = helping.read(asked)
    assert (row.state, row.decider_id) == ("escalated", town.mayor)
    assert row.due_at.astimezone(SHANGHAI).strftime("%a %H:%M") == "Tue 17:00"
    assert alarms(town, town.mayor) == ["AL-05"]
    for one in (town.engineer, office.head):
        with pytest.raises(IsParty):
            helping.decide(asked, one, town.plumber)
    office.world.wait(hours=1)
    helping.decide(asked, town.mayor, town.plumber)
    row = helping.read(asked)
    assert (row.state, row.helper_id) == ("decided", town.plumber)
    assert alarms(town, town.mayor) == []
    with pytest.raises(HelpOver):
        helping.escalate(asked, town.plumber)
    with pytest.raises(OtherHelps):
        helping.give(asked, town.engineer)
    helping.give(asked, town.plumber)
    assert helping.read(asked).state == "done"
    assert office.read(held).holder_staff_id == office.head


def test_al_05_help_that_nobody_gives_in_time_is_told_above(helping: Helping, asked: int) -> None:
    town, world = helping.town, helping.town.office.world
    chief = add_staff(world, "41", [OVERSEE])
    world.wait(hours=31, minutes=59)
    assert alarms(town, town.engineer) == []
    world.wait(minutes=1)
    # The engineer heads the yard: the head above is the mayor.
    assert alarms(town, town.engineer) == ["P-4.2.1"]
    assert alarms(town, town.mayor) == ["P-4.2.1"]
    assert alarms(town, chief) == []
    world.wait(days=2)
    assert alarms(town, chief) == ["P-4.2.1"]
    helping.give(asked, town.engineer)
    assert [alarms(town, one) for one in (town.engineer, town.mayor, chief)] == [[], [], []]


def test_al_05_a_colleague_who_is_late_is_told_of_to_the_head_of_the_unit(
    helping: Helping, held: int
) -> None:
    town, world = helping.town, helping.town.office.world
    helping.ask(held, town.office.head, town.plumber)
    world.wait(days=2)
    assert alarms(town, town.plumber) == ["P-4.2.1"]
    assert alarms(town, town.engineer) == ["P-4.2.1"]


def test_al_05_a_decision_that_nobody_makes_is_told_of_to_who_oversees(
    helping: Helping, asked: int
) -> None:
    town, world = helping.town, helping.town.office.world
    chief = add_staff(world, "41", [OVERSEE])
    helping.escalate(asked, town.engineer)
    assert alarms(town, chief) == []
    world.wait(days=2)
    assert alarms(town, chief) == ["AL-05"]


def test_help_is_asked_for_a_day_on_which_somebody_works(helping: Helping, held: int) -> None:
    town, office = helping.town, helping.town.office
    today = office.world.now.astimezone(SHANGHAI).date()
    with pytest.raises(NotLater):
        helping.ask(held, office.head, town.engineer, today - timedelta(days=1))
    with pytest.raises(ClosedThatDay):
        helping.ask(held, office.head, town.engineer, today + timedelta(days=5))
    asked = helping.ask(held, office.head, town.engineer, today)
    assert helping.read(asked).due_at.astimezone(SHANGHAI).strftime("%a %H:%M") == "Mon 17:00"
    office.world.wait(hours=9)
    with pytest.raises(NotLater):
        helping.ask(held, office.head, town.plumber, today)


def test_nobody_asks_the_holder_or_the_same_colleague_twice(
    helping: Helping, held: int, asked: int
) -> None:
    town, office = helping.town, helping.town.office
    with pytest.raises(IsHolder):
        helping.ask(held, office.head, office.head)
    with pytest.raises(AskedForHelp):
        helping.ask(held, office.head, town.engineer)
    second = helping.ask(held, office.head, town.plumber)
    helping.escalate(second, town.plumber)
    with pytest.raises(AskedForHelp):
        helping.decide(second, town.mayor, town.engineer)
    helping.give(asked, town.engineer)
    helping.ask(held, office.head, town.engineer)


def test_help_is_asked_for_while_the_matter_is_being_handled(parish: Town) -> None:
    helping, office = Helping(parish), parish.office
    for state in (State.RECEIVED, State.REPORTED, State.DONE):
        matter_id = office.bring_to(state)
        with pytest.raises(WrongState):
            helping.ask(matter_id, office.head, parish.engineer)


@pytest.mark.parametrize("how", ["finish", "withdraw"])
def test_what_is_done_or_withdrawn_needs_no_help_any_more(
    helping: Helping, held: int, asked: int, how: str
) -> None:
    town, office = helping.town, helping.town.office
    second = helping.ask(held, office.head, town.plumber)
    helping.escalate(second, town.plumber)
    office.world.wait(days=3)
    assert alarms(town, town.engineer)
    if how == "finish":
        office.bring_to(State.DONE, held)
    else:
        office.withdraw(held)
    assert [helping.read(one).state for one in (asked, second)] == ["ended", "ended"]
    assert codes(town, held)[-2:] == ["assist_ended", "assist_ended"]
    assert "P-4.2.1" not in alarms(town, town.engineer)
    assert "AL-05" not in alarms(town, town.mayor)
    with pytest.raises(HelpOver):
        helping.give(asked, town.engineer)


def test_done_and_escalated_at_once_one_of_them_reads_who_was_faster(
    helping: Helping, held: int, asked: int
) -> None:
    town = helping.town
    ways: list[Callable[[], object]] = [
        partial(helping.give, asked, town.engineer, 0),
        partial(helping.escalate, asked, town.engineer, 0),
        partial(helping.give, asked, town.engineer, 0),
        partial(town.office.bring_to, State.DONE, held),
    ]

    def go(number: int) -> str:
        try:
            ways[number]()
        except HelpMeanwhile as error:
            return f"{error.params.get('who')}: {error.params['state']}"
        except DomainError as error:
            return type(error).__name__
        return "done"

    said = together(len(ways), go)
    made = [code for code in codes(town, held) if code in ("assist_done", "assist_escalated")]
    assert len(made) == said[:3].count("done") <= 1, said
    # Whoever was slower reads who was faster, and how it stands.
    told = {"林工: Help was given", "林工: Waiting for a decision who helps"}
    assert set(said[:3]) <= {"done", "None: Not needed any more", *told}, said
    row = helping.read(asked)
    assert row.version == codes(town, held).count("assist_ended") + len(made)


def test_asked_twice_at_once_one_request_stands(helping: Helping, held: int) -> None:
    town = helping.town

    def go(_number: int) -> str:
        try:
            helping.ask(held, town.office.head, town.engineer)
        except DomainError as error:
            return type(error).__name__
        return "done"

    said = together(4, go)
    assert said.count("done") == 1, said


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"state": "done"}, id="over-without-a-time"),
        pytest.param({"state": "refused"}, id="refused"),
        pytest.param({"helper_id": None}, id="nobody"),
    ],
)
def test_the_database_knows_no_refusal(
    helping: Helping, asked: int, values: dict[str, object]
) -> None:
    def change(session: Session) -> None:
        session.execute(update(Assistance).where(Assistance.id == asked).values(**values))

    with pytest.raises(DBAPIError):
        helping.town.office.world.do(change)


def test_who_leaves_owes_no_help(helping: Helping, held: int, asked: int) -> None:
    town, world = helping.town, helping.town.office.world
    add_staff(world, "01", [EDIT_STAFF, EDIT_ROLES])
    known = {"actor": SYSTEM, "now": world.now}

    def leave(leaver: int) -> None:
        world.do(lambda s: staffing.let_go(s, staff_id=leaver, **known))  # type: ignore[arg-type]

    def hand_over(leaver: int, to: int) -> None:
        world.do(
            lambda s: staffing.hand_over(s, staff_id=leaver, to_staff_id=to, **known)  # type: ignore[arg-type]
        )

    with pytest.raises(StillHolds):
        leave(town.engineer)
    hand_over(town.engineer, town.plumber)
    leave(town.engineer)
    assert helping.read(asked).helper_id == town.plumber
    assert codes(town, held)[-1] == "assist_moved"
    helping.escalate(asked, town.plumber)
    with pytest.raises(StillHolds):
        leave(town.mayor)
    hand_over(town.mayor, town.office.colleague)
    assert helping.read(asked).decider_id is None
    leave(town.mayor)
    chief = add_staff(world, "31", ["matters.matter.see", "matters.matter.lead"])
    with pytest.raises(HasLeft):
        helping.decide(asked, chief, town.engineer)
    helping.decide(asked, chief, town.office.colleague)


def test_over_its_pages_asked_and_given_and_the_person_reads_nothing(
    parish: Town, held: int, client: FlaskClient
) -> None:
    office, world = parish.office, parish.office.world
    head, engineer = sign_in(world, "12"), sign_in(world, "22")
    at = f"/{world.slug}/work/matters/{held}/"
    assert engineer.get(at).status_code == 404
    assert f"{at}help/" in Page(head.get(at)).text
    page = Page(head.get(f"{at}help/"))
    page = post(head, page, words="請借一臺抽水泵")
    assert page.status == 422
    page = post(head, page, colleague=str(parish.engineer), words="請借一臺抽水泵")
    assert "林工" in page.text

    desk = Page(engineer.get(f"/{world.slug}/work/desk/?tab=help"))
    assert "廚房天花板滲水" in desk.text
    assert engineer.get(at).status_code == 200
    [row] = world.do(lambda s: s.scalars(select(Assistance)).all())
    own = f"/{world.slug}/work/help/{row.id}/"
    page = Page(engineer.get(own))
    assert "請借一臺抽水泵" in page.text
    assert f"{own}done/" in page.text
    assert f"{own}escalate/" in page.text
    page = post(engineer, Page(engineer.get(f"{own}done/")), words="水泵已送到")
    assert "水泵已送到" in page.text
    assert f"{own}done/" not in page.text
    assert engineer.get(at).status_code == 200
    assert "廚房天花板滲水" not in Page(engineer.get(f"/{world.slug}/work/desk/?tab=help")).text

    reference = office.read(held).reference
    token = world.do(lambda _s: matter_token(reference))
    person_sees = Page(client.get(f"/{world.slug}/m/{reference}/{token}/")).text
    for word in ("水泵", "林工"):
        assert word not in person_sees


def test_over_its_pages_escalated_and_decided(parish: Town, held: int) -> None:
    helping, world = Helping(parish), parish.office.world
    asked = helping.ask(held, parish.office.head, parish.engineer)
    engineer, mayor = sign_in(world, "22"), sign_in(world, "21")
    own = f"/{world.slug}/work/help/{asked}/"
    page = Page(engineer.get(f"{own}escalate/"))
    page = post(engineer, page, words="")
    assert page.status == 422
    page = post(engineer, page, words="水泵在別處使用")
    assert "鎮長" in page.text
    assert f"{own}decide/" in Page(mayor.get(f"/{world.slug}/work/desk/?tab=help")).text
    page = Page(mayor.get(f"{own}decide/"))
    page = post(mayor, page, words="先顧居民")
    assert page.status == 422
    page = post(mayor, page, colleague=str(parish.plumber), words="先顧居民")
    assert "水電" in page.text
    plumber = sign_in(world, "23")
    page = Page(plumber.get(own))
    assert "先顧居民" in page.text
    assert f"{own}escalate/" not in page.text
    # Whoever was asked first sees how it went on, and that somebody else helps.
    page = post(engineer, Page(engineer.get(f"{own}done/")), words="水泵已送到")
    assert page.status == 422
    assert "水電" in page.text


def test_who_has_no_part_in_it_sees_nothing(parish: Town, held: int) -> None:
    helping, world = Helping(parish), parish.office.world
    asked = helping.ask(held, parish.office.head, parish.engineer)
    own = f"/{world.slug}/work/help/{asked}/"
    for number in ("13", "23"):
        stranger = sign_in(world, number)
        for page in ("", "done/", "escalate/", "decide/"):
            assert stranger.get(f"{own}{page}").status_code == 404
        assert stranger.get(f"/{world.slug}/work/matters/{held}/help/").status_code == 404
    # Who asked sees the request, but neither helps nor decides.
    head = sign_in(world, "12")
    assert head.get(own).status_code == 200
    for page in ("done/", "escalate/", "decide/"):
        assert head.get(f"{own}{page}").status_code == 404
