"""After a broken promise: apology, new times, one-tap complaint, oversight and its answer."""

import json

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.appointments.breach_models import BreachComplaint, BreachSettlement
from portal.appointments.models import Hold, Slot
from portal.appointments.offers_models import Offer
from portal.appointments.services.redress import take_new_time
from portal.appointments.views.desk import BOOK, OVERBOOK
from portal.appointments.views.oversight import OVERSEE
from portal.appointments.views.today import SERVE
from portal.catalog.models import Post, PostStaff
from portal.identity.models import RoleAssignment, Unit
from portal.messages.models import Message
from portal.tenancy.settings import BookingRules
from tests.support.breaches import (
    CLERK,
    arrive,
    breaches,
    break_promise,
    expect_at_nine,
    start,
    sweep,
)
from tests.support.pages import Page, post
from tests.support.walks import PHONE, bookings, code_sent, sign_in
from tests.support.world import SHANGHAI, World, add_staff

RULES = BookingRules()
WORDS = "我等了四十分鐘，沒有人理我。"


@pytest.fixture
def address(town: World, client: FlaskClient) -> str:
    """The page of somebody who was let down a minute ago."""
    return break_promise(town, client)


def offers(world: World) -> list[Offer]:
    return world.do(lambda s: list(s.scalars(select(Offer).order_by(Offer.id))))


def told(world: World, template: str) -> list[dict[str, object]]:
    """What the messages of a template say."""
    wanted = select(Message).where(Message.template == f"appointments/messages/{template}")
    rows = world.do(lambda s: list(s.scalars(wanted)))
    return [json.loads(row.params or "{}") for row in rows]


def take_places(world: World, *, but: int) -> None:
    """Others have booked all places that can be offered but a few."""

    def fill(session: Session) -> None:
        later = select(Slot.id).where(Slot.starts_at > world.now, Slot.pool == "public")
        ids = session.scalars(later.order_by(Slot.starts_at)).all()
        kept = session.scalars(
            select(Slot.id).where(Slot.id.in_(ids)).order_by(Slot.starts_at.desc()).limit(but)
        ).all()
        session.execute(update(Slot).where(Slot.id.not_in(kept)).values(booked=Slot.capacity))

    world.do(fill)


def test_w_yy_3_the_citizen_is_told_with_an_apology_and_three_real_times(
    town: World, client: FlaskClient, address: str
) -> None:
    made = offers(town)
    assert [(o.kind, o.state) for o in made] == [("breach", "open")] * 3
    starts = town.do(lambda s: [s.get_one(Slot, o.slot_id).starts_at for o in made])
    assert len(set(starts)) == 3
    for offer, begins in zip(made, starts, strict=True):
        assert (offer.expires_at - town.now).total_seconds() == 3600
        assert begins >= offer.expires_at
    kept = town.do(lambda s: set(s.scalars(select(Hold.holder))))
    assert {o.token for o in made} <= kept
    [message] = told(town, "broken")
    assert message["times"] == [begins.isoformat() for begins in sorted(starts)]
    page = Page(client.get(address))
    assert "我們沒守約，對不起。" in page.text
    assert len([form for form in page.forms if form["action"].endswith("/take/")]) == 3


@pytest.mark.parametrize("free", [0, 1])
def test_where_three_are_not_free_fewer_are_offered_and_that_is_said(
    town: World, client: FlaskClient, free: int
) -> None:
    expect_at_nine(town, client)
    arrive(town)
    take_places(town, but=free)
    town.wait(minutes=41)
    sweep(town)
    assert len(offers(town)) == free
    [message] = told(town, "broken")
    assert len(message["times"]) == free  # type: ignore[arg-type]


def test_who_is_being_served_by_then_gets_the_apology_and_no_times(
    town: World, client: FlaskClient
) -> None:
    expect_at_nine(town, client)
    arrive(town)
    town.wait(minutes=50)
    start(town)
    assert offers(town) == []
    [message] = told(town, "broken")
    assert message["is_served"] is True


def test_w_yy_3_a_new_time_is_taken_and_the_others_are_given_back(
    town: World, client: FlaskClient, address: str
) -> None:
    [before] = bookings(town)
    chosen = offers(town)[1]
    page = post(client, Page(client.get(address)), action="/take/", offer=str(chosen.id))
    assert page.status == 200
    [booking] = bookings(town)
    assert (booking.reference, booking.slot_id) == (before.reference, chosen.slot_id)
    assert (booking.state, booking.arrived_at) == ("booked", None)
    assert [o.state for o in offers(town)] == ["declined", "taken", "declined"]
    [breach] = breaches(town)
    assert breach.slot_id == before.slot_id
    [settled] = town.do(lambda s: list(s.scalars(select(BreachSettlement))))
    assert (settled.breach_id, settled.booking_id) == (breach.id, booking.id)
    assert "您選了新時間。" in page.text


def test_w_yy_3_what_staff_rebook_settles_nothing(town: World, address: str) -> None:
    assert address
    [breach] = breaches(town)

    def take(session: Session) -> None:
        take_new_time(
            session,
            breach=breach,
            offer_id=offers(town)[0].id,
            rules=RULES,
            zone=SHANGHAI,
            actor=CLERK,
            now=town.now,
        )

    town.do(take)
    assert town.do(lambda s: s.scalars(select(BreachSettlement)).all()) == []
    assert len(breaches(town)) == 1


def test_all_new_times_can_be_declined_once(town: World, client: FlaskClient, address: str) -> None:
    page = Page(client.get(address))
    assert post(client, page, action="/decline/").status == 200
    assert {o.state for o in offers(town)} == {"declined"}
    again = post(client, page, action="/decline/")
    assert "不再為您保留" in again.text
    late = post(client, page, action="/take/", offer=str(offers(town)[0].id))
    assert "不再為您保留" in late.text
    assert bookings(town)[0].state == "arrived"


def test_a_time_of_somebody_else_is_not_kept_for_me(
    town: World, client: FlaskClient, address: str
) -> None:
    page = Page(client.get(address))
    refused = post(client, page, action="/take/", offer="999")
    assert "不再為您保留" in refused.text
    assert {o.state for o in offers(town)} == {"open"}


def test_after_an_hour_the_times_are_no_longer_kept(
    town: World, client: FlaskClient, address: str
) -> None:
    page = Page(client.get(address))
    town.wait(minutes=61)
    assert "/take/" not in client.get(address).get_data(as_text=True)
    assert post(client, page, action="/take/", offer=str(offers(town)[0].id)).status == 200
    assert bookings(town)[0].state == "arrived"


def complaints(world: World) -> list[BreachComplaint]:
    return world.do(lambda s: list(s.scalars(select(BreachComplaint))))


def test_w_yy_3_one_tap_sends_the_complaint_and_a_second_one_changes_nothing(
    town: World, client: FlaskClient, address: str
) -> None:
    page = Page(client.get(address))
    assert post(client, page, action="/complain/").status == 200
    [complaint] = complaints(town)
    assert (complaint.words, complaint.answered_at) == (None, None)
    again = post(client, page, action="/complain/")
    assert again.status == 422
    assert "已經送出" in again.text
    assert len(complaints(town)) == 1


def test_opening_the_page_of_the_complaint_sends_nothing(
    town: World, client: FlaskClient, address: str
) -> None:
    """Scanners of mails open links; only a tap complains."""
    page = Page(client.get(f"{address}complain/"))
    assert page.status == 200
    assert complaints(town) == []
    assert post(client, page, words=WORDS).status == 200
    assert complaints(town)[0].words == WORDS


def test_a_kept_promise_has_nothing_to_complain_of(town: World, client: FlaskClient) -> None:
    address = expect_at_nine(town, client)
    assert client.get(f"{address}complain/").status_code == 404


def test_q14_oversight_reads_the_evidence_and_answers_in_words(
    town: World, client: FlaskClient
) -> None:
    address = break_promise(town, client)
    post(client, Page(client.get(f"{address}complain/")), words=WORDS)
    add_staff(town, "3001", [OVERSEE])
    leader = sign_in(town, "3001")
    listed = Page(leader.get(f"/{town.slug}/work/oversight/"))
    assert "張○華" in listed.text
    assert "張麗華" not in listed.text
    path = f"/{town.slug}/work/oversight/{breaches(town)[0].id}/"
    page, other = Page(leader.get(path)), Page(leader.get(path))
    assert WORDS in page.text
    assert "報到" in page.text
    assert post(leader, page, answer=" ").status == 422
    assert post(leader, page, answer="對不起，明天給您補辦。").status == 200
    assert "對不起，明天給您補辦。" in client.get(address).get_data(as_text=True)
    [message] = told(town, "answered")
    assert message["answer"] == "對不起，明天給您補辦。"
    assert post(leader, other, answer="另一個答覆").status == 422
    assert complaints(town)[0].answer == "對不起，明天給您補辦。"
    waiting = leader.get(f"/{town.slug}/work/oversight/").get_data(as_text=True)
    assert "張○華" not in waiting
    answered = leader.get(f"/{town.slug}/work/oversight/?state=answered")
    assert "張○華" in answered.get_data(as_text=True)


def test_q14_the_windows_own_head_never_sees_it(town: World, client: FlaskClient) -> None:
    address = break_promise(town, client)
    post(client, Page(client.get(f"{address}complain/")), words=WORDS)
    breach = breaches(town)[0]
    path = f"/{town.slug}/work/oversight/{breach.id}/"
    add_staff(town, "2001", [SERVE, BOOK, OVERBOOK])
    head = sign_in(town, "2001")
    for refused in ("work/oversight/", f"work/oversight/{breach.id}/"):
        assert head.get(f"/{town.slug}/{refused}").status_code == 403
    unit_id = town.do(lambda s: s.get_one(Post, breach.post_id).unit_id)

    def bind(session: Session, staff_id: int) -> None:
        role = select(RoleAssignment).where(RoleAssignment.staff_id == staff_id)
        session.scalars(role).one().unit_id = unit_id

    bound = add_staff(town, "2002", [SERVE, OVERSEE])
    town.do(lambda session: bind(session, bound))
    assert sign_in(town, "2002").get(path).status_code == 403
    # Who oversees all, but serves at this window or leads its unit, is not the one to judge it.
    serving = add_staff(town, "3002", [OVERSEE])
    town.do(lambda s: s.add(PostStaff(post_id=breach.post_id, staff_id=serving)))
    leading = add_staff(town, "3003", [OVERSEE])

    def lead(session: Session) -> None:
        role = select(RoleAssignment.role_id).where(RoleAssignment.staff_id == bound)
        session.add(
            RoleAssignment(staff_id=leading, role_id=session.scalars(role).one(), unit_id=unit_id)
        )

    town.do(lead)
    for number in ("3002", "3003"):
        overseer = sign_in(town, number)
        assert overseer.get(path).status_code == 404
        listed = overseer.get(f"/{town.slug}/work/oversight/?state=all")
        assert listed.status_code == 200
        assert path not in listed.get_data(as_text=True)

    def put_below(session: Session) -> None:
        above = Unit(code="above", name={"zh_Hant": "上級"})
        session.add(above)
        session.flush()
        session.get_one(Unit, unit_id).parent_id = above.id
        leads = select(RoleAssignment).where(RoleAssignment.unit_id == unit_id)
        for role in session.scalars(leads.where(RoleAssignment.staff_id == leading)):
            role.unit_id = above.id

    town.do(put_below)
    overseer = sign_in(town, "3003")
    assert overseer.get(path).status_code == 404, "who leads a unit leads those below it"
    listed = overseer.get(f"/{town.slug}/work/oversight/?state=all")
    assert path not in listed.get_data(as_text=True)


def test_al_13_the_day_list_says_what_is_about_to_break_and_what_is_broken(
    town: World, client: FlaskClient
) -> None:
    expect_at_nine(town, client)
    arrive(town)
    town.wait(minutes=25)
    add_staff(town, "1001", [SERVE])
    clerk = sign_in(town, "1001")
    day, person = f"/{town.slug}/work/today/1/", f"/{town.slug}/work/today/booking/1/"
    assert "上午9:40前要開始辦" in clerk.get(day).get_data(as_text=True)
    town.wait(minutes=16)
    clerk = sign_in(town, "1001")
    sweep(town)
    assert "單位失約" in clerk.get(day).get_data(as_text=True)
    assert "沒守約：上午9:00到" in clerk.get(person).get_data(as_text=True)
    start(town)
    assert "單位失約" in clerk.get(day).get_data(as_text=True)


def test_p_4_2_1_1b_what_is_under_way_past_its_end_is_shown_as_running_over(
    town: World, client: FlaskClient
) -> None:
    expect_at_nine(town, client)
    arrive(town)
    town.wait(minutes=5)
    start(town)
    town.wait(minutes=40)
    add_staff(town, "1001", [SERVE])
    clerk = sign_in(town, "1001")
    assert "超時15分" in clerk.get(f"/{town.slug}/work/today/1/").get_data(as_text=True)
    assert sweep(town) == []


def test_q14_a_window_that_has_the_link_neither_reads_nor_settles_anything(
    town: World, client: FlaskClient, address: str
) -> None:
    """The slip that the window prints says the link; it is no device of the citizen's own."""
    post(client, Page(client.get(f"{address}complain/")), words=WORDS)
    add_staff(town, "1001", [SERVE, BOOK])
    clerk = sign_in(town, "1001")
    page = Page(clerk.get(address))
    assert WORDS not in page.text
    assert clerk.get(f"{address}complain/").status_code == 403
    assert post(clerk, page, action="/decline/").status == 403
    assert post(clerk, page, action="/take/", offer=str(offers(town)[0].id)).status == 200
    assert bookings(town)[0].state == "booked"
    assert town.do(lambda s: s.scalars(select(BreachSettlement)).all()) == []


def test_q14_number_and_contact_alone_neither_read_nor_answer_a_broken_promise(
    town: World, client: FlaskClient, address: str
) -> None:
    """A window knows both; whoever comes with no more proves the contact by a code first."""
    post(client, Page(client.get(f"{address}complain/")), words=WORDS)
    [booking], stranger = bookings(town), town.client()
    found = Page(stranger.get(f"/{town.slug}/find/"))
    page = post(stranger, found, reference=booking.reference, contact=PHONE)
    assert page.path.startswith(f"/{town.slug}/b/{booking.reference}/")
    assert page.path != address
    assert "我們沒守約" in page.text
    assert WORDS not in page.text
    assert [form for form in page.forms if form["action"].endswith("/take/")] == []
    for act in ("take", "decline", "complain"):
        fields = Page(stranger.get(f"/{town.slug}/find/")).form()["fields"]
        data = {**fields, "offer": str(offers(town)[0].id), "words": "很好"}
        tried = stranger.post(f"{page.path}{act}/", data=data)
        assert (tried.status_code, "/me/verify/" in tried.location) == (303, True)
    assert {offer.state for offer in offers(town)} == {"open"}
    assert town.do(lambda s: s.scalars(select(BreachSettlement)).all()) == []
    proving = Page(stranger.get(f"/{town.slug}/me/verify/?next={page.path}"))
    code = post(stranger, proving, contact=PHONE, next=page.path)
    own = post(stranger, code, code=code_sent(town), next=page.path)
    assert own.path == page.path
    assert WORDS in own.text
    taken = post(stranger, own, action="/take/", offer=str(offers(town)[0].id))
    assert "您選了新時間。" in taken.text
    assert len(town.do(lambda s: s.scalars(select(BreachSettlement)).all())) == 1
