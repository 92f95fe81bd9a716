"""Leaving, closing a unit or a post: no live matter stays with somebody who is gone (I-1)."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.alarms.queries import list_alarms_of
from portal.alarms.services.raising import raise_due
from portal.catalog.models import Post
from portal.catalog.queries import get_post
from portal.catalog.services.posts import set_post_active
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import DomainError
from portal.identity.models import Staff, Unit
from portal.identity.queries.staff import HasLeft, find_colleague
from portal.identity.services import arranging, staffing
from portal.identity.services.arranging import UnitInUse
from portal.identity.services.granting import EDIT_ROLES, EDIT_STAFF
from portal.identity.services.staffing import StillHolds
from portal.identity.staff_events import Holding, StaffLeaving, staff_leaving
from portal.matters.intake_rules import Channel, Identity, Kind
from portal.matters.leaving_rules import NobodyAnswers, NoOtherPost
from portal.matters.models import Matter, MatterEvent
from portal.matters.queries import Viewer, find_desk_post, matter_token, parts_of
from portal.matters.rules import State, Verb, steps_for
from portal.matters.services import handling, opening, recording, referring
from portal.matters.services.opening import Account, Bringer
from tests.support.matters import Office, Town, staff
from tests.support.pages import Page, post
from tests.support.parallel import together
from tests.support.walks import sign_in
from tests.support.world import SHANGHAI, World, add_staff


def hand_over(town: Town, leaver: int, successor: int) -> None:
    world = town.office.world
    world.do(
        lambda s: staffing.hand_over(
            s, staff_id=leaver, to_staff_id=successor, actor=SYSTEM, now=world.now
        )
    )


def leave(town: Town, leaver: int) -> None:
    world = town.office.world
    world.do(lambda s: staffing.let_go(s, staff_id=leaver, actor=SYSTEM, now=world.now))


def codes(town: Town, matter_id: int) -> list[str]:
    found = select(MatterEvent.code).where(MatterEvent.matter_id == matter_id)
    return list(town.office.world.do(lambda s: s.scalars(found.order_by(MatterEvent.number)).all()))


@pytest.fixture
def town(parish: Town) -> Town:
    """The parish, with a head of people to whom the pages of leaving are open."""
    add_staff(parish.office.world, "01", [EDIT_STAFF, EDIT_ROLES])
    return parish


@pytest.fixture
def held(town: Town) -> int:
    """A matter in the hands of the head."""
    return town.office.bring_to(State.IN_PROGRESS)


def test_i_1_nobody_leaves_with_a_live_matter_in_hand(town: Town, held: int) -> None:
    office = town.office
    with pytest.raises(StillHolds):
        leave(town, office.head)
    hand_over(town, office.head, town.plumber)
    taken = office.read(held)
    assert (taken.state, taken.holder_staff_id) == (State.IN_PROGRESS, town.plumber)
    # Who does the work is the first receiver, and that one's unit leads it.
    assert (taken.first_received_id, taken.unit_id) == (town.plumber, town.yard)
    assert (taken.first_asked_id, taken.stands_in_id) == (office.gardener, None)
    assert codes(town, held)[-1] == "handed_over"
    leave(town, office.head)
    finish(town, held, town.plumber)
    assert office.read(held).state == State.DONE


def finish(town: Town, matter_id: int, staff_id: int) -> None:
    step(town, matter_id, staff_id, lambda s, **known: handling.finish(s, result="好了", **known))


def step(town: Town, matter_id: int, staff_id: int | None, make: Callable[..., None]) -> None:
    world = town.office.world

    def work(session: Session) -> None:
        matter = session.get_one(Matter, matter_id)
        actor = Actor("citizen", None) if staff_id is None else staff(staff_id)
        make(session, matter=matter, version=matter.version, actor=actor, now=world.now)

    world.do(work)


@pytest.mark.parametrize(
    ("state", "due"),
    [
        (State.RECEIVED, Verb.CONFIRM),
        (State.VERIFIED, Verb.REPORT),
        (State.REPORTED, Verb.FINISH),
        (State.FED_BACK, Verb.TELL),
        (State.TOLD, Verb.CLOSE),
    ],
)
def test_w_sw_1_who_was_asked_first_stays_so_and_a_successor_answers(
    town: Town, state: State, due: Verb
) -> None:
    office = town.office
    matter_id = office.bring_to(state)
    before = office.read(matter_id)
    hand_over(town, office.gardener, office.colleague)
    leave(town, office.gardener)
    after = office.read(matter_id)
    assert (after.state, after.unit_id) == (state, before.unit_id)
    assert after.holder_staff_id == after.stands_in_id == office.colleague
    assert after.first_asked_id == office.gardener
    viewer = Viewer(office.colleague, frozenset(), frozenset(), frozenset())
    assert steps_for(state, parts_of(after, viewer))[0] == due


def test_the_result_goes_back_to_who_stands_in_for_the_first_asked(town: Town, held: int) -> None:
    office = town.office
    hand_over(town, office.gardener, office.colleague)
    leave(town, office.gardener)
    there = office.read(held)
    assert (there.holder_staff_id, there.stands_in_id) == (office.head, office.colleague)
    assert codes(town, held)[-1] == "stood_in"
    finish(town, held, office.head)
    desk = Page(sign_in(office.world, "13").get(f"/{office.world.slug}/work/desk/?tab=first"))
    assert "廚房天花板滲水" in desk.text
    step(town, held, office.colleague, handling.feed_back)
    assert office.read(held).holder_staff_id == office.colleague
    # Who stood in leaves as well: the next one does.
    hand_over(town, office.colleague, town.plumber)
    assert office.read(held).stands_in_id == town.plumber


def test_a_first_asked_person_who_takes_over_stands_in_for_nobody(town: Town, held: int) -> None:
    office = town.office
    hand_over(town, office.gardener, office.colleague)
    hand_over(town, office.colleague, office.gardener)
    assert office.read(held).stands_in_id is None


def test_an_offer_to_the_leaver_comes_back_and_counts_as_no_return(town: Town, held: int) -> None:
    office = town.office
    town.refer(held, office.head, town.plumber)
    with pytest.raises(StillHolds):
        leave(town, town.plumber)
    hand_over(town, town.plumber, town.engineer)
    back = office.read(held)
    assert (back.state, back.holder_staff_id) == (State.IN_PROGRESS, office.head)
    assert (back.offered_to_id, back.answer_until, back.returns) == (None, None, 0)
    assert codes(town, held)[-1] == "recall"
    leave(town, town.plumber)
    with pytest.raises(HasLeft):
        town.refer(held, office.head, town.plumber)


def test_an_offer_of_the_leaver_stands_and_one_to_the_successor_ends(town: Town) -> None:
    office = town.office
    stands, ends = office.bring_to(State.IN_PROGRESS), office.bring_to(State.IN_PROGRESS)
    town.refer(stands, office.head, town.plumber)
    town.refer(ends, office.head, town.engineer)
    hand_over(town, office.head, town.engineer)
    offered, ended = office.read(stands), office.read(ends)
    assert (offered.state, offered.offered_to_id) == (State.OFFERED, town.plumber)
    assert offered.holder_staff_id == ended.holder_staff_id == town.engineer
    assert (ended.state, ended.offered_to_id) == (State.IN_PROGRESS, None)
    town.accept(stands, town.plumber)


def disputed(town: Town, held: int) -> None:
    for _time in range(2):
        town.refer(held, town.office.head, town.engineer)
        town.give_back(held, town.engineer)
    assert town.office.read(held).arbiter_id == town.mayor


def test_al_05_what_the_leaver_was_to_decide_goes_above(town: Town, held: int) -> None:
    office = town.office
    disputed(town, held)
    with pytest.raises(StillHolds):
        leave(town, town.mayor)
    hand_over(town, town.mayor, office.colleague)
    moved = office.read(held)
    # Nobody is above the mayor but whoever leads everything; the successor is no arbiter.
    assert (moved.state, moved.arbiter_id) == (State.DISPUTED, None)
    assert moved.holder_staff_id == office.head
    leave(town, town.mayor)
    add_staff(office.world, "31", ["matters.matter.see", "matters.matter.lead"])
    leader = sign_in(office.world, "31")
    page = Page(leader.get(f"/{office.world.slug}/work/matters/{held}/decide/"))
    assert page.values("taker") == [str(office.head), str(town.engineer)]


def test_al_04_alarms_follow_whoever_takes_over(town: Town, held: int) -> None:
    office, world = town.office, town.office.world

    def codes_of(staff_id: int) -> list[str]:
        listing = world.do(lambda session: list_alarms_of(session, staff_id))
        return [row.watch.code for row in listing.rows]

    world.wait(hours=50)
    world.do(lambda session: raise_due(session, world.now))
    assert "AL-04" in codes_of(office.head)
    hand_over(town, office.head, town.plumber)
    assert "AL-04" not in codes_of(office.head)
    assert "AL-04" in codes_of(town.plumber)


def test_who_becomes_a_party_by_taking_over_decides_no_more(town: Town, held: int) -> None:
    disputed(town, held)
    hand_over(town, town.office.head, town.mayor)
    moved = town.office.read(held)
    assert (moved.holder_staff_id, moved.arbiter_id) == (town.mayor, None)


def test_nobody_who_has_left_is_offered_to_the_arbiter(town: Town, held: int) -> None:
    office = town.office
    disputed(town, held)
    hand_over(town, town.engineer, town.plumber)
    leave(town, town.engineer)
    page = Page(
        sign_in(office.world, "21").get(f"/{office.world.slug}/work/matters/{held}/decide/")
    )
    assert page.values("taker") == [str(office.head)]


def test_p_4_1_1b_a_report_to_the_leaver_goes_to_the_deputy(town: Town) -> None:
    office = town.office
    matter_id = office.bring_to(State.REPORTED)

    def name_deputy(session: Session) -> None:
        session.get_one(Unit, office.unit).deputy_id = office.colleague

    office.world.do(name_deputy)
    with pytest.raises(StillHolds):
        leave(town, office.head)
    hand_over(town, office.head, town.plumber)
    assert office.read(matter_id).reported_to_id == office.colleague
    leave(town, office.head)
    step(town, matter_id, office.colleague, recording.acknowledge)
    assert office.read(matter_id).holder_staff_id == office.colleague


def test_a_report_to_a_head_without_deputy_goes_above(town: Town) -> None:
    matter_id = town.office.bring_to(State.REPORTED)
    hand_over(town, town.office.head, town.plumber)
    assert town.office.read(matter_id).reported_to_id == town.mayor


def test_what_has_ended_keeps_nobody_and_is_opened_again_by_who_works_here(
    town: Town, held: int
) -> None:
    office = town.office
    office.bring_to(State.TOLD, held)
    step(town, held, None, handling.confirm_solved)
    hand_over(town, office.head, town.plumber)
    leave(town, office.head)
    leave(town, office.gardener)
    office.reopen(held)
    again = office.read(held)
    # The mayor heads what is above the unit, which has no head by now.
    assert (again.state, again.holder_staff_id) == (State.IN_PROGRESS, town.mayor)
    assert (again.first_received_id, again.stands_in_id) == (town.mayor, town.mayor)
    assert again.first_asked_id == office.gardener
    own = f"/{office.world.slug}/m/{again.reference}/"
    token = office.world.do(lambda _s: matter_token(again.reference))
    page = Page(office.world.client().get(f"{own}{token}/"))
    assert "鎮長" in page.text


def test_a_matter_of_a_closed_unit_opens_again_in_the_unit_of_who_takes_it(town: Town) -> None:
    office = town.office
    matter_id = office.bring_to(State.IN_PROGRESS)
    town.refer(matter_id, office.head, town.plumber)
    town.accept(matter_id, town.plumber)
    finish(town, matter_id, town.plumber)
    step(town, matter_id, office.gardener, handling.feed_back)
    office.bring_to(State.TOLD, matter_id)
    step(town, matter_id, None, handling.confirm_solved)
    leave(town, town.plumber)
    leave(town, town.engineer)
    close_unit(town, town.yard)
    office.reopen(matter_id)
    assert office.read(matter_id).unit_id == office.unit
    assert office.read(matter_id).holder_staff_id == office.gardener


def test_nobody_left_at_all_is_said_and_changes_nothing(town: Town, held: int) -> None:
    office = town.office
    office.bring_to(State.TOLD, held)
    step(town, held, None, handling.confirm_solved)
    for one in (office.head, office.gardener, town.mayor):
        leave(town, one)
    with pytest.raises(NobodyAnswers):
        office.reopen(held)
    assert office.read(held).state == State.CLOSED


def test_who_leads_takes_a_result_whose_first_asked_left_without_a_successor(
    town: Town, held: int
) -> None:
    """As it may have been before anybody was asked about matters on leaving."""
    office = town.office
    finish(town, held, office.head)

    def vanish(session: Session) -> None:
        session.get_one(Staff, office.gardener).left_at = office.world.now

    office.world.do(vanish)
    leader = add_staff(office.world, "31", ["matters.matter.see", "matters.matter.lead"])
    step(town, held, leader, handling.feed_back)
    back = office.read(held)
    assert (back.holder_staff_id, back.stands_in_id) == (leader, leader)


def close_unit(town: Town, unit_id: int) -> None:
    world = town.office.world
    world.do(lambda s: arranging.close_unit(s, unit_id=unit_id, actor=SYSTEM, now=world.now))


def test_a_unit_that_answers_for_a_live_matter_is_not_closed(town: Town, held: int) -> None:
    office = town.office
    town.refer(held, office.head, town.plumber)
    town.accept(held, town.plumber)
    finish(town, held, town.plumber)
    for one in (town.plumber, town.engineer):
        hand_over(town, one, office.colleague)
        leave(town, one)
    # Done, it stays with the unit that did it until the person was told.
    with pytest.raises(UnitInUse):
        close_unit(town, town.yard)
    step(town, held, office.gardener, handling.feed_back)
    office.bring_to(State.TOLD, held)
    step(town, held, None, handling.confirm_solved)
    close_unit(town, town.yard)


def test_nothing_is_reported_to_a_unit_that_closed_meanwhile(town: Town) -> None:
    office = town.office
    matter_id = office.bring_to(State.VERIFIED)
    for one in (town.plumber, town.engineer):
        leave(town, one)
    close_unit(town, town.yard)

    def report(session: Session, **known: object) -> None:
        head = recording.Head(town.yard, office.head)
        recording.report(session, head=head, **known)  # type: ignore[arg-type]

    with pytest.raises(DomainError):
        step(town, matter_id, office.gardener, report)


def submit(office: Office, post_id: int) -> int:
    world = office.world
    return world.do(
        lambda s: (
            opening.submit_matter(
                s,
                account=Account(Kind.ENQUIRY, Channel.ONLINE, "週末辦不辦公", "問一下"),
                bringer=Bringer(Identity.ANONYMOUS),
                post_id=post_id,
                prefix="Q",
                zone=SHANGHAI,
                now=world.now,
            ).id
        )
    )


def posts_of(world: World) -> list[int]:
    found = select(Post.id).where(Post.is_active).order_by(Post.position, Post.id)
    return list(world.do(lambda s: s.scalars(found).all()))


def close_post(world: World, post_id: int) -> None:
    world.do(
        lambda s: set_post_active(
            s, post=get_post(s, post_id), is_active=False, actor=SYSTEM, now=world.now
        )
    )


def add_post(world: World) -> int:
    def work(session: Session) -> int:
        first = session.scalars(select(Post).order_by(Post.id)).first()
        assert first is not None
        row = Post(unit_id=first.unit_id, code="next", name={"zh_Hant": "諮詢臺"}, plate="9")
        session.add(row)
        session.flush()
        return row.id

    return world.do(work)


def test_what_waits_at_a_post_that_closes_waits_at_the_next(town: Town) -> None:
    office, world = town.office, town.office.world
    [first] = posts_of(world)
    matter_id = submit(office, first)
    with pytest.raises(NoOtherPost):
        close_post(world, first)
    assert office.read(matter_id).holder_post_id == first
    target = add_post(world)
    close_post(world, first)
    moved = office.read(matter_id)
    assert (moved.state, moved.holder_post_id) == (State.SUBMITTED, target)
    assert codes(town, matter_id)[-1] == "post_moved"


def test_over_its_page_a_post_says_why_it_cannot_close(town: Town) -> None:
    office, world = town.office, town.office.world
    [first] = posts_of(world)
    submit(office, first)
    add_staff(world, "02", ["catalog.post.edit"])
    keeper = sign_in(world, "02")
    page = Page(keeper.get(f"/{world.slug}/admin/posts/{first}/close/"))
    answer = post(keeper, page)
    assert answer.status == 422
    assert world.do(lambda s: get_post(s, first).is_active)


def test_over_its_pages_handed_over_and_gone(town: Town, held: int) -> None:
    office, world = town.office, town.office.world
    keeper = sign_in(world, "01")
    page = Page(keeper.get(f"/{world.slug}/admin/people/{office.head}/leave/"))
    reference = office.read(held).reference
    assert reference in page.text
    assert "廚房" not in page.text
    page = post(keeper, page, colleague=str(town.engineer))
    assert reference not in page.text
    post(keeper, page)
    assert office.read(held).holder_staff_id == town.engineer
    token = world.do(lambda _s: matter_token(reference))
    own = Page(world.client().get(f"/{world.slug}/m/{reference}/{token}/"))
    assert "林工" in own.text


def test_a_page_of_leaving_names_a_hundred_things_and_counts_the_rest(town: Town) -> None:
    office, world = town.office, town.office.world

    def answer(_question: StaffLeaving) -> list[Holding]:
        return [Holding("thing", one, {"zh_Hant": f"No. {one}."}) for one in range(103)]

    with staff_leaving.connected_to(answer):
        page = sign_in(world, "01").get(f"/{world.slug}/admin/people/{office.head}/leave/")
    assert "103" in page.text
    assert "No. 99." in page.text
    assert "No. 100." not in page.text


def test_referred_to_a_leaver_at_once_no_matter_ends_with_who_has_left(
    town: Town, held: int
) -> None:
    office, world = town.office, town.office.world

    def refer(session: Session) -> None:
        # As the page does: the colleague is looked up first.
        colleague = find_colleague(session, "23")
        if colleague is None:
            raise HasLeft
        matter = session.get_one(Matter, held)
        referring.refer(
            session,
            matter=matter,
            version=matter.version,
            recipient_id=colleague.id,
            words="請查看",
            papers="",
            minutes=30,
            actor=staff(office.head),
            now=world.now,
        )

    ways = [
        lambda: world.do(refer),
        lambda: leave(town, town.plumber),
        lambda: hand_over(town, office.head, town.plumber),
    ]

    def go(number: int) -> str:
        try:
            ways[number]()
        except DomainError as error:
            return type(error).__name__
        return "done"

    said = together(len(ways), go)
    matter = office.read(held)
    left = select(Staff.id).where(Staff.left_at.is_not(None))
    gone = set(world.do(lambda s: s.scalars(left).all()))
    assert not gone & {matter.holder_staff_id, matter.offered_to_id}, said
    assert (said[1] == "done") == (town.plumber in gone)


def test_who_was_looked_up_before_leaving_is_given_nothing(town: Town, held: int) -> None:
    office = town.office

    def refer(session: Session, **known: Any) -> None:
        seen = find_colleague(session, "23")
        assert seen is not None
        # What another transaction commits meanwhile, this one has not read.
        session.execute(
            update(Staff)
            .where(Staff.id == town.plumber)
            .values(left_at=office.world.now)
            .execution_options(synchronize_session=False)
        )
        referring.refer(
            session, recipient_id=town.plumber, words="請查看", papers="", minutes=30, **known
        )

    with pytest.raises(HasLeft):
        step(town, held, office.head, refer)


@pytest.mark.parametrize("make", ["take", "open", "acknowledge"])
def test_who_takes_something_while_leaving_has_not_left_with_it(town: Town, make: str) -> None:
    office, world = town.office, town.office.world
    [first] = posts_of(world)
    prepared = {
        "take": lambda: submit(office, first),
        "open": lambda: 0,
        "acknowledge": lambda: office.bring_to(State.REPORTED),
    }[make]()
    steps = {
        "take": lambda: step(town, prepared, town.plumber, opening.take_up),
        "open": lambda: world.do(lambda s: office.take_up(s, town.plumber).id),
        "acknowledge": lambda: step(town, prepared, town.plumber, recording.acknowledge),
    }

    def go(number: int) -> str:
        try:
            steps[make]() if number else leave(town, town.plumber)
        except DomainError as error:
            return type(error).__name__
        return "done"

    said = together(2, go)
    assert sorted(said) in (["HasLeft", "done"], ["StillHolds", "done"]), said


def test_a_post_that_closes_at_once_keeps_nothing(town: Town) -> None:
    world = town.office.world
    [first] = posts_of(world)
    add_post(world)

    def go(number: int) -> None:
        if number == 0:
            close_post(world, first)
            return
        world.do(
            lambda s: opening.submit_matter(
                s,
                account=Account(Kind.ENQUIRY, Channel.ONLINE, "週末辦不辦公", "問一下"),
                bringer=Bringer(Identity.ANONYMOUS),
                post_id=find_desk_post(s),
                prefix="Q",
                zone=SHANGHAI,
                now=world.now,
            )
        )

    together(4, go)
    assert not posts_of(world).count(first)
    waiting = select(Matter.holder_post_id)
    assert first not in world.do(lambda s: s.scalars(waiting).all())
