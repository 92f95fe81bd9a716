"""Referrals: an offer moves nothing, silence returns it, circles are refused, somebody decides."""

from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.alarms.permissions import OVERSEE
from portal.alarms.queries import list_alarms_of
from portal.alarms.services.raising import raise_due
from portal.core.errors import DomainError
from portal.matters.models import Matter, MatterEvent, MatterWords
from portal.matters.queries import matter_token
from portal.matters.referral_rules import HadItAlready, IsHolder, IsParty, NotAsked
from portal.matters.rules import State, WrongState
from portal.matters.services.referring import return_silent
from tests.support.matters import Office, Town
from tests.support.pages import Page, post
from tests.support.parallel import together
from tests.support.walks import sign_in
from tests.support.world import add_staff


@pytest.fixture
def held(parish: Town) -> int:
    """A matter in the hands of the head."""
    return parish.office.bring_to(State.IN_PROGRESS)


def sweep(office: Office) -> None:
    office.world.do(lambda session: return_silent(session, office.world.now))


def codes(office: Office, staff_id: int) -> list[str]:
    office.world.do(lambda session: raise_due(session, office.world.now))
    listing = office.world.do(lambda session: list_alarms_of(session, staff_id))
    return [row.watch.code for row in listing.rows]


def test_w_sw_3_until_it_is_accepted_the_giver_holds_it(parish: Town, held: int) -> None:
    office = parish.office
    parish.refer(held, office.head, parish.plumber, papers="照片兩張\n住戶同意書")
    offered = office.read(held)
    assert (offered.state, offered.holder_staff_id) == (State.OFFERED, office.head)
    assert (offered.first_received_id, offered.unit_id) == (office.head, office.unit)
    parish.accept(held, parish.plumber)
    taken = office.read(held)
    assert (taken.state, taken.holder_staff_id) == (State.IN_PROGRESS, parish.plumber)
    assert (taken.first_received_id, taken.unit_id) == (parish.plumber, parish.yard)
    assert taken.first_asked_id == office.gardener
    assert taken.due_at == offered.due_at
    papers = select(MatterWords.papers).where(MatterWords.papers.is_not(None))
    assert office.world.do(lambda s: s.scalars(papers).all()) == ["照片兩張\n住戶同意書"]


def test_w_sw_3_silence_returns_it_and_the_head_is_told(parish: Town, held: int) -> None:
    office = parish.office
    parish.refer(held, office.head, parish.plumber)
    office.world.wait(minutes=29)
    sweep(office)
    assert office.read(held).state == State.OFFERED
    office.world.wait(minutes=1)
    sweep(office)
    back = office.read(held)
    assert (back.state, back.holder_staff_id, back.returns) == (State.IN_PROGRESS, office.head, 1)
    assert codes(office, office.head) == ["AL-05"]
    assert codes(office, parish.engineer) == ["AL-05"]
    parish.refer(held, office.head, parish.engineer)
    assert codes(office, office.head) == []


def test_time_to_answer_counts_open_hours_only(parish: Town, held: int) -> None:
    office = parish.office
    office.world.wait(hours=7, minutes=50)  # Ten minutes before closing.
    parish.refer(held, office.head, parish.plumber)
    office.world.wait(hours=15)
    sweep(office)
    assert office.read(held).state == State.OFFERED
    office.world.wait(hours=2)
    sweep(office)
    assert office.read(held).state == State.IN_PROGRESS


def test_al_05_the_second_return_goes_to_somebody_above_both(parish: Town, held: int) -> None:
    office = parish.office
    parish.refer(held, office.head, parish.plumber)
    parish.give_back(held, parish.plumber)
    assert office.read(held).state == State.IN_PROGRESS
    parish.refer(held, office.head, parish.engineer)
    parish.give_back(held, parish.engineer)
    disputed = office.read(held)
    assert (disputed.state, disputed.holder_staff_id) == (State.DISPUTED, office.head)
    assert disputed.arbiter_id == parish.mayor
    assert codes(office, parish.mayor) == ["AL-05"]
    with pytest.raises(NotAsked):
        parish.decide(held, office.colleague)
    parish.decide(held, parish.engineer)
    decided = office.read(held)
    assert (decided.state, decided.holder_staff_id) == (State.IN_PROGRESS, parish.engineer)
    assert decided.answer_until is None
    assert codes(office, parish.mayor) == []


def test_al_05_whoever_does_not_decide_within_a_working_day_is_told_of_above(
    parish: Town, held: int
) -> None:
    office = parish.office
    for recipient in (parish.plumber, parish.engineer):
        parish.refer(held, office.head, recipient)
        parish.give_back(held, recipient)
    until = office.read(held).answer_until
    assert until is not None
    assert (until - office.world.now).days == 1
    chief = add_staff(office.world, "41", [OVERSEE])
    assert codes(office, chief) == []
    office.world.wait(days=2)
    assert codes(office, chief) == ["AL-05"]
    assert office.read(held).state == State.DISPUTED


def test_p_5_3_circles_are_refused_by_name(parish: Town, held: int) -> None:
    office = parish.office
    with pytest.raises(IsHolder):
        parish.refer(held, office.head, office.head)
    parish.refer(held, office.head, parish.engineer)
    parish.accept(held, parish.engineer)
    for earlier in (office.head, office.gardener):
        with pytest.raises(HadItAlready) as refused:
            parish.refer(held, parish.engineer, earlier)
        assert refused.value.params == {"name": "陳志強"}
    assert office.read(held).holder_staff_id == parish.engineer


def test_a_reopened_matter_may_go_the_same_way_again(parish: Town, held: int) -> None:
    office = parish.office
    parish.refer(held, office.head, parish.engineer)
    parish.give_back(held, parish.engineer)
    office.bring_to(State.TOLD, held)
    office.reopen(held)
    assert office.read(held).returns == 0
    parish.refer(held, office.head, parish.engineer)
    parish.accept(held, parish.engineer)


def test_what_is_withdrawn_meanwhile_is_offered_to_nobody(parish: Town, held: int) -> None:
    office = parish.office
    parish.refer(held, office.head, parish.plumber)
    office.withdraw(held)
    gone = office.read(held)
    assert (gone.offered_to_id, gone.answer_until) == (None, None)
    with pytest.raises(WrongState):
        parish.accept(held, parish.plumber)


def test_accepted_returned_taken_back_and_silent_at_once_leave_one_holder(
    parish: Town, held: int
) -> None:
    office = parish.office
    parish.refer(held, office.head, parish.plumber)
    office.world.wait(minutes=30)
    ways = [
        partial(parish.accept, held, parish.plumber),
        partial(parish.give_back, held, parish.plumber),
        partial(sweep, office),
        partial(parish.accept, held, parish.plumber),
        partial(sweep, office),
    ]

    def go(number: int) -> str:
        try:
            ways[number]()
        except DomainError as error:
            return type(error).__name__
        return "done"

    together(len(ways), go)
    made = select(MatterEvent.code).where(MatterEvent.code.in_(["accept", "return", "lapse"]))
    happened = office.world.do(lambda s: s.scalars(made).all())
    assert len(happened) == 1
    holder = parish.plumber if happened == ["accept"] else office.head
    assert office.read(held).holder_staff_id == holder


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"offered_to_id": None}, id="to-nobody"),
        pytest.param({"answer_until": None}, id="for-ever"),
        pytest.param({"state": "in_progress"}, id="left-over"),
    ],
)
def test_the_database_refuses_half_an_offer(
    parish: Town, held: int, values: dict[str, Any]
) -> None:
    parish.refer(held, parish.office.head, parish.plumber)

    def change(session: Session) -> None:
        session.execute(update(Matter).where(Matter.id == held).values(**values))

    with pytest.raises(DBAPIError):
        parish.office.world.do(change)


def test_over_its_pages_offered_accepted_and_right_on_the_persons_page(
    parish: Town, held: int, client: FlaskClient
) -> None:
    office = parish.office
    world, head, plumber = (
        office.world,
        sign_in(office.world, "12"),
        sign_in(office.world, "23"),
    )
    page = Page(head.get(f"/{world.slug}/work/matters/{held}/refer/"))
    page = post(head, page, colleague="", words="請查看管線")
    assert "請選擇同仁。" in page.text
    page = post(head, page, colleague=str(office.head), words="請查看管線")
    assert page.status == 422
    page = post(head, page, colleague=str(parish.plumber), words="請查看管線", papers="照片")
    assert "已移交水電" in page.text
    reference = office.read(held).reference
    own = f"/{world.slug}/m/{reference}/{world.do(lambda _s: matter_token(reference))}/"
    meanwhile = Page(client.get(own)).text
    assert "處理中" in meanwhile
    assert "移交" not in meanwhile

    desk = Page(plumber.get(f"/{world.slug}/work/desk/?tab=offered"))
    assert "廚房天花板滲水" in desk.text
    page = Page(plumber.get(f"/{world.slug}/work/matters/{held}/"))
    assert "照片" in page.text
    page = post(plumber, page, action="/press/accept/")
    assert "已接下，由您承辦。" in page.text
    person_sees = Page(client.get(own)).text
    assert "水電" in person_sees
    assert "請查看管線" not in person_sees
    # Whoever merely was there may neither accept nor decide.
    stranger = sign_in(world, "13")
    assert stranger.get(f"/{world.slug}/work/matters/{held}/").status_code == 404


def test_over_its_pages_returned_twice_and_decided(parish: Town, held: int) -> None:
    office, world = parish.office, parish.office.world
    engineer, mayor = sign_in(world, "22"), sign_in(world, "21")
    at = f"/{world.slug}/work/matters/{held}/"
    for _time in range(2):
        parish.refer(held, office.head, parish.engineer)
        page = post(engineer, Page(engineer.get(f"{at}step/return/")), words="不歸本單位管")
        assert "已退回。" in page.text
    assert engineer.get(f"{at}decide/").status_code == 404
    desk = Page(mayor.get(f"/{world.slug}/work/desk/?tab=offered"))
    assert "裁定誰來辦" in desk.text
    page = Page(mayor.get(f"{at}decide/"))
    assert page.values("taker") == [str(office.head), str(parish.engineer)]
    page = post(mayor, page, taker=str(parish.engineer), words="管線由工務所負責")
    assert "已裁定：由林工承辦。" in page.text


def test_nobody_decides_in_ones_own_dispute(parish: Town, held: int) -> None:
    office = parish.office
    for recipient in (parish.mayor, parish.plumber):
        parish.refer(held, office.head, recipient)
        parish.give_back(held, recipient)
    assert office.read(held).arbiter_id is None
    with pytest.raises(IsParty):
        parish.decide(held, parish.plumber)
    # Whoever leads everything stands in, and finds it on the desk.
    add_staff(office.world, "31", ["matters.matter.see", "matters.matter.lead"])
    leader, slug = sign_in(office.world, "31"), office.world.slug
    assert "廚房天花板滲水" in Page(leader.get(f"/{slug}/work/desk/?tab=offered")).text
    page = Page(leader.get(f"/{slug}/work/matters/{held}/decide/"))
    page = post(leader, page, taker=str(parish.plumber), words="管線由工務所負責")
    assert "已裁定：由水電承辦。" in page.text


def test_where_only_a_party_leads_that_one_decides_all_the_same(parish: Town) -> None:
    office = parish.office
    only = add_staff(office.world, "31", ["matters.matter.see", "matters.matter.lead"])
    held = office.bring_to(State.IN_PROGRESS)
    for recipient in (parish.mayor, only):
        parish.refer(held, office.head, recipient)
        parish.give_back(held, recipient)
    leader, slug = sign_in(office.world, "31"), office.world.slug
    page = Page(leader.get(f"/{slug}/work/matters/{held}/decide/"))
    post(leader, page, taker=str(parish.mayor), words="由鎮長承辦")
    assert office.read(held).holder_staff_id == parish.mayor


def test_al_04_follows_whoever_takes_it(parish: Town, held: int) -> None:
    office = parish.office
    office.world.wait(hours=50)
    assert codes(office, office.head) == ["AL-04"]
    for _time in range(2):
        parish.refer(held, office.head, parish.engineer)
        parish.give_back(held, parish.engineer)
    parish.decide(held, parish.engineer)
    assert codes(office, office.head) == []
    assert codes(office, parish.engineer) == ["AL-04"]


def test_al_05_tells_the_head_of_whoever_was_silent_last(parish: Town, held: int) -> None:
    office = parish.office
    for recipient in (parish.plumber, office.colleague):
        parish.refer(held, office.head, recipient)
        parish.take_back(held, office.head)
    parish.refer(held, office.head, parish.plumber)
    office.world.wait(minutes=30)
    sweep(office)
    assert codes(office, parish.engineer) == ["AL-05"]


def test_what_came_back_before_it_was_reported_is_led_by_the_givers_unit(parish: Town) -> None:
    office = parish.office
    matter_id = office.bring_to(State.VERIFIED)
    parish.refer(matter_id, office.gardener, parish.plumber)
    parish.take_back(matter_id, office.gardener)
    back = office.read(matter_id)
    assert (back.state, back.unit_id) == (State.IN_PROGRESS, office.unit)


def test_whoever_returns_it_lands_where_there_is_something(parish: Town, held: int) -> None:
    office, world = parish.office, parish.office.world
    parish.refer(held, office.head, parish.plumber)
    plumber = sign_in(world, "23")
    page = Page(plumber.get(f"/{world.slug}/work/matters/{held}/step/return/"))
    page = post(plumber, page, words="不歸我管")
    assert page.status == 200
    assert page.path == f"/{world.slug}/work/desk/"
    assert "已退回。" in page.text


def test_a_page_that_is_overtaken_says_how_it_stands_and_goes_on_from_there(
    parish: Town, held: int
) -> None:
    office, world = parish.office, parish.office.world
    at = f"/{world.slug}/work/matters/{held}/"
    head = sign_in(world, "12")
    pausing = Page(head.get(f"{at}step/pause/"))
    page = Page(head.get(f"{at}add/"))
    assert post(head, page, words="住戶說週三在家").status == 200
    refused = post(head, pausing, words="等您在家")
    assert (refused.status, office.read(held).state) == (422, State.IN_PROGRESS)
    assert "剛剛先處理了" in refused.text
    assert post(head, refused, words="等您在家").status == 200
    assert office.read(held).state == State.WAITING


def test_what_nobody_can_do_any_more_is_said_to_whoever_still_sees_it(
    parish: Town, held: int
) -> None:
    office, world = parish.office, parish.office.world
    parish.refer(held, office.head, parish.plumber)
    at = f"/{world.slug}/work/matters/{held}/"
    head = sign_in(world, "12")
    page = Page(head.get(at))
    parish.accept(held, parish.plumber)
    refused = post(head, page, action="/press/take_back/")
    assert (refused.status, refused.path) == (200, at)
    assert "現在不能這樣做了：這件事已是「處理中」。" in refused.text
    assert Page(head.get(f"{at}step/settle/")).status == 404
