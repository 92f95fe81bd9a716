"""Missed appointments: counted, answered online, taken back with a reason, objected to."""

from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, Slot
from portal.appointments.no_show_models import NoShow
from portal.appointments.rules import Channel, WrongState
from portal.appointments.services.bookings import Order, Person, book_slot
from portal.appointments.services.no_shows import answer, note_missed, object_to, take_back
from portal.appointments.services.window import note_no_show
from portal.appointments.views.desk import BOOK
from portal.appointments.views.no_shows import DECIDE
from portal.appointments.views.today import SERVE
from portal.core.actor import SYSTEM
from portal.core.errors import DomainError, Stale
from portal.core.session import db
from portal.identity.contact_models import Contact
from portal.identity.services.privacy import end_retention, erase_person
from portal.messages.models import Message
from portal.messages.texts import word
from portal.tenancy.queries import get_tenant
from portal.tenancy.settings import BookingRules
from tests.support.citizens import prove
from tests.support.pages import Page, post
from tests.support.parallel import together
from tests.support.statements import count_statements
from tests.support.walks import (
    PHONE,
    book_online,
    bookings,
    choose_time,
    code_sent,
    give_details,
    sign_in,
)
from tests.support.world import SHANGHAI, World, add_staff

RULES = BookingRules()
NAME = "張麗華"
WEDNESDAY = date(2026, 11, 25).isoformat()


def miss(world: World, count: int, *, person: str | None = None, days_ago: int = 5) -> list[int]:
    """Missed appointments of the contact on as many days, as the window noted them."""

    def work(session: Session) -> list[int]:
        contact = session.scalars(select(Contact)).first()
        slot = session.scalars(select(Slot).order_by(Slot.id)).first()
        assert slot is not None
        ids: list[int] = []
        for number in range(count):
            starts_at = world.now - timedelta(days=days_ago + number)
            booking = Booking(
                reference=f"M{len(ids)}{days_ago:05}",
                service_id=slot.service_id,
                post_id=slot.post_id,
                slot_id=slot.id,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=30),
                local_date=starts_at.astimezone(SHANGHAI).date(),
                state="no_show",
                channel="online",
                person_key=person,
                contact_id=contact.id if contact else None,
                name=NAME,
                language="zh_Hant",
                is_overbooked=True,
                created_at=starts_at,
            )
            session.add(booking)
            session.flush()
            note_missed(session, booking=booking, actor=SYSTEM, now=world.now)
            ids.append(booking.id)
        return ids

    return world.do(work)


def no_shows(world: World) -> list[NoShow]:
    return world.do(lambda session: list(session.scalars(select(NoShow).order_by(NoShow.id))))


def told(world: World) -> list[str]:
    """What was sent of objections, in its words."""
    wanted = select(Message).where(Message.template == "appointments/messages/objection")

    def work(session: Session) -> list[str]:
        found = session.scalars(wanted.order_by(Message.id)).all()
        return [word(message, get_tenant(session)).body for message in found]

    return world.do(work)


def write_in(session: Session, *, booking_id: int, language: str) -> None:
    session.get_one(Booking, booking_id).language = language


def take_back_at(world: World, booking_id: int) -> None:
    def work(session: Session) -> None:
        booking = session.get_one(Booking, booking_id)
        take_back(
            session,
            booking=booking,
            version=booking.version,
            reason="叫錯了號",
            rules=RULES,
            actor=SYSTEM,
            now=world.now,
        )

    world.do(work)


@pytest.fixture
def citizen(town: World, client: FlaskClient) -> FlaskClient:
    """Somebody whose contact is proved, and who reads English."""
    prove(client, town)
    client.get(f"/{town.slug}/?language=en")
    return client


@pytest.fixture
def head(town: World) -> FlaskClient:
    add_staff(town, "2001", [SERVE, DECIDE])
    head = sign_in(town, "2001")
    head.get(f"/{town.slug}/work/no-shows/?language=en")
    return head


def test_three_missed_close_online_booking_and_say_until_when_and_whom_to_call(
    town: World, citizen: FlaskClient
) -> None:
    miss(town, 2)
    assert book_online(citizen, town, day=WEDNESDAY).status == 200
    miss(town, 1, days_ago=3)
    page = choose_time(citizen, town, day="2026-11-26")
    assert page.path == f"/{town.slug}/me/missed/"
    assert "3 missed appointments count" in page.text
    # Thirty days from the third missed one, three days ago.
    assert "Online booking is closed for you until Sun 20 Dec" in page.text
    assert "0571-6000 1000" in page.text
    assert len(bookings(town)) == 4


def test_who_is_known_by_the_code_only_learns_it_after_the_code_and_the_time_is_free_again(
    town: World, citizen: FlaskClient
) -> None:
    miss(town, 3)
    stranger = town.client()
    page = give_details(stranger, choose_time(stranger, town, day=WEDNESDAY))
    assert "missed" not in page.text, "nobody is told of another person's missed appointments"
    page = post(stranger, page, code=code_sent(town))
    assert page.path == f"/{town.slug}/me/missed/"
    assert len(bookings(town)) == 3
    taken = town.do(lambda s: s.scalars(select(Slot.id).where(Slot.booked > 0)).all())
    assert taken == []


def test_the_same_person_with_another_contact_is_told_by_whom_to_be_booked(
    town: World, citizen: FlaskClient
) -> None:
    """The person is known by more than the contact where an ID number is asked for."""
    miss(town, 3, person="the-person")
    order = Order(Person(NAME, "the-person"), None, Channel.ONLINE)

    def book(session: Session) -> Booking:
        slot = session.scalars(select(Slot.id).where(Slot.starts_at > town.now)).first()
        place = partial(book_slot, slot_id=slot or 0, rules=RULES, zone=SHANGHAI)
        return place(session, order=order, actor=SYSTEM, now=town.now)

    with pytest.raises(DomainError, match="online booking is closed"):
        town.do(book)


def test_desk_and_phone_stay_open(town: World, citizen: FlaskClient) -> None:
    miss(town, 5)
    add_staff(town, "1001", [SERVE, BOOK])
    clerk = sign_in(town, "1001")
    page = Page(clerk.get(f"/{town.slug}/work/book/birth/?day={WEDNESDAY}"))
    slot = page.values("slot")[0]
    made = post(clerk, page, slot=slot, name=NAME, channel="phone", contact=PHONE, priority="")
    assert made.status == 200
    assert bookings(town)[-1].contact_id == bookings(town)[0].contact_id


def test_a_mistaken_one_is_taken_back_with_its_reason_and_counts_no_more(
    town: World, citizen: FlaskClient
) -> None:
    book_online(citizen, town, day="2026-11-24")
    miss(town, 2)
    town.wait(days=1, minutes=60)
    add_staff(town, "1001", [SERVE])
    clerk = sign_in(town, "1001")
    clerk.get(f"/{town.slug}/work/today/?language=en")
    day = f"/{town.slug}/work/today/1/"
    post(clerk, Page(clerk.get(day)), action="/missed/")
    prove(citizen, town)
    assert choose_time(citizen, town, day="2026-11-26").path.endswith("/me/missed/")
    missed = bookings(town)[0]
    question = Page(clerk.get(f"/{town.slug}/work/no-shows/booking/{missed.id}/"))
    assert post(clerk, question, reason=" ").status == 422
    assert bookings(town)[0].state == "no_show"
    assert "Taken back." in post(clerk, question, reason="叫錯了號").text
    assert bookings(town)[0].state == "booked"
    assert "details" in choose_time(citizen, town, day="2026-11-26").path
    assert "叫錯了號" in Page(citizen.get(f"/{town.slug}/me/missed/")).text


def test_on_a_later_day_only_who_decides_may_take_it_back(
    town: World, citizen: FlaskClient, head: FlaskClient
) -> None:
    [missed] = miss(town, 1)
    add_staff(town, "1001", [SERVE])
    clerk = sign_in(town, "1001")
    path = f"/{town.slug}/work/no-shows/booking/{missed}/"
    assert clerk.get(path).status_code == 403
    assert post(head, Page(head.get(path)), reason="當天系統壞了").status == 200
    [no_show] = no_shows(town)
    assert no_show.undone_at is not None
    assert bookings(town)[0].state == "booked"


def test_the_person_objects_in_words_and_reads_the_answer(
    town: World, citizen: FlaskClient, head: FlaskClient
) -> None:
    first, second = miss(town, 2)
    own = f"/{town.slug}/me/missed/"
    for number, words in ((1, "我到了，在二樓等"), (2, "那天停電")):
        page = post(citizen, Page(citizen.get(f"{own}{number}/")), words=words)
        assert "Sent." in page.text
        assert words in page.text
    again = Page(citizen.get(f"{own}1/"))
    assert "Your words are here already." in again.text
    listed = Page(head.get(f"/{town.slug}/work/no-shows/"))
    assert "2 people say that it was otherwise" in listed.text
    question = Page(head.get(f"/{town.slug}/work/no-shows/1/"))
    assert "我到了，在二樓等" in question.text
    assert post(head, question, decision="stand", words="").status == 422
    post(head, question, decision="stand", words="二樓沒有叫號，請到一樓")
    question = Page(head.get(f"/{town.slug}/work/no-shows/2/"))
    post(head, question, decision="undo", words="是的，對不起")
    assert "Nobody waits" in Page(head.get(f"/{town.slug}/work/no-shows/")).text
    page = Page(citizen.get(own))
    assert "1 missed appointment counts" in page.text
    assert "二樓沒有叫號，請到一樓" in page.text
    assert "是的，對不起" in page.text
    data = Page(citizen.get(f"/{town.slug}/me/")).text
    assert "二樓沒有叫號，請到一樓" in data
    states = {booking.id: booking.state for booking in bookings(town)}
    assert states == {first: "no_show", second: "booked"}


@pytest.mark.parametrize(
    ("language", "stands", "undone"),
    [
        ("zh_Hant", "仍算失約", "不再算失約"),
        ("zh_Hans", "仍算失约", "不再算失约"),
        ("en", "still counts as missed", "no longer counts as missed"),
    ],
)
def test_who_objected_is_told_the_answer_in_their_language_with_where_to_read_it(
    town: World, citizen: FlaskClient, head: FlaskClient, language: str, stands: str, undone: str
) -> None:
    first, second = miss(town, 2)
    for booking_id in (first, second):
        town.do(partial(write_in, booking_id=booking_id, language=language))
    for number in (1, 2):
        post(citizen, Page(citizen.get(f"/{town.slug}/me/missed/{number}/")), words="我到了")
    question = f"/{town.slug}/work/no-shows/"
    post(head, Page(head.get(f"{question}1/")), decision="stand", words="請到一樓")
    post(head, Page(head.get(f"{question}2/")), decision="undo", words="是的")
    # What stood is taken back after all: that is told as well.
    post(head, Page(head.get(f"{question}booking/{first}/")), reason="看錯了")
    said = told(town)
    assert [stands in said[0], undone in said[1], undone in said[2]] == [True] * 3
    assert all(f"/{town.slug}/me/missed/" in text for text in said)


def test_who_did_not_object_gets_no_answer(town: World, citizen: FlaskClient) -> None:
    [missed] = miss(town, 1)
    take_back_at(town, missed)
    assert told(town) == []


def test_when_the_message_cannot_be_kept_nothing_is_answered(
    town: World, citizen: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    [missed] = miss(town, 1)
    post(citizen, Page(citizen.get(f"/{town.slug}/me/missed/1/")), words="我到了")

    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("portal.appointments.no_show_notices.tell", fail)
    with pytest.raises(RuntimeError):
        take_back_at(town, missed)
    [no_show] = no_shows(town)
    assert (no_show.undone_at, no_show.answer) == (None, None)


def test_anothers_missed_appointment_is_nothing(town: World, citizen: FlaskClient) -> None:
    miss(town, 1)
    other = town.client()
    prove(other, town, contact="13987654321")
    assert other.get(f"/{town.slug}/me/missed/1/").status_code == 404


def test_a_head_of_another_unit_neither_sees_nor_decides(town: World, citizen: FlaskClient) -> None:
    miss(town, 1)
    post(citizen, Page(citizen.get(f"/{town.slug}/me/missed/1/")), words="我在")
    add_staff(town, "1001", [SERVE])
    clerk = sign_in(town, "1001")
    assert clerk.get(f"/{town.slug}/work/no-shows/").status_code == 403
    assert clerk.get(f"/{town.slug}/work/no-shows/1/").status_code == 403


def test_two_clerks_who_note_it_at_once_count_it_once(town: World, client: FlaskClient) -> None:
    book_online(client, town, day="2026-11-24")
    town.wait(days=1, minutes=60)
    booking_id = bookings(town)[0].id

    def note(_number: int) -> str:
        try:
            town.do(
                lambda session: note_no_show(
                    session,
                    booking=session.get_one(Booking, booking_id),
                    version=0,
                    rules=RULES,
                    actor=SYSTEM,
                    now=town.now,
                )
            )
        except DomainError as error:
            return type(error).__name__
        return ""

    found = together(4, note)
    assert set(found) <= {"", "Stale", "WrongState"}
    assert found.count("") == 1
    assert len(no_shows(town)) == 1


def test_two_heads_who_decide_at_once_decide_once(town: World, citizen: FlaskClient) -> None:
    [missed] = miss(town, 1)
    town.do(
        lambda session: object_to(
            session,
            no_show=session.get_one(NoShow, 1),
            words="我在",
            actor=SYSTEM,
            now=town.now,
        )
    )

    def decide(number: int) -> bool:
        def work(session: Session) -> None:
            if number % 2:
                no_show = session.get_one(NoShow, 1)
                answer(session, no_show=no_show, words="維持", actor=SYSTEM, now=town.now)
            else:
                take_back(
                    session,
                    booking=session.get_one(Booking, missed),
                    version=0,
                    reason="撤銷",
                    rules=RULES,
                    actor=SYSTEM,
                    now=town.now,
                )

        try:
            town.do(work)
        except (Stale, WrongState):
            return False
        return True

    done = together(4, decide)
    [no_show] = no_shows(town)
    # An answer that it stands may be followed by taking it back, never the other way round.
    assert sum(done[1::2]) <= 1
    assert sum(done[0::2]) == 1
    assert no_show.undone_at is not None
    assert no_show.answer == "撤銷"


def test_erasing_takes_the_words_and_retention_takes_whose_it_was(
    town: World, citizen: FlaskClient
) -> None:
    miss(town, 1, person="the-person")
    post(citizen, Page(citizen.get(f"/{town.slug}/me/missed/1/")), words="我在")
    contact_id = no_shows(town)[0].contact_id
    assert contact_id is not None
    town.do(lambda s: erase_person(s, contact_id=contact_id, actor=SYSTEM, now=town.now))
    [no_show] = no_shows(town)
    assert (no_show.objection, no_show.person_key) == (None, "the-person")
    town.wait(days=130)
    town.do(lambda session: end_retention(session, town.now))
    assert no_shows(town)[0].person_key is None


def test_what_retention_has_ended_is_not_written_again(town: World, citizen: FlaskClient) -> None:
    miss(town, 2)
    post(citizen, Page(citizen.get(f"/{town.slug}/me/missed/1/")), words="我在")
    town.wait(days=800)
    written: list[int] = []

    def note(_connection: object, cursor: Any, statement: str, *_rest: object) -> None:
        if statement.startswith("UPDATE no_show"):
            written.append(cursor.rowcount)

    with town.app.app_context():
        engine = db.engine
    event.listen(engine, "after_cursor_execute", note)
    try:
        for _run in range(2):
            town.do(lambda session: end_retention(session, town.now))
    finally:
        event.remove(engine, "after_cursor_execute", note)
    assert sum(written) == 1, "its words once, and nobody else's at all"


def test_the_statements_of_ones_own_page_do_not_grow(town: World, citizen: FlaskClient) -> None:
    counts = []
    for days_ago in (5, 20, 40):
        miss(town, 2, days_ago=days_ago)
        with count_statements(town) as counted:
            assert citizen.get(f"/{town.slug}/me/missed/").status_code == 200
        counts.append(len(counted))
    assert len(set(counts)) == 1
