"""The pages: the giver's list, the receiver's ticks, both signatures, the register, the PIN."""

import re
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.catalog.models import PostStaff
from portal.duty.permissions import EDIT
from portal.handover.rules import Kind, NotNamed, Reason, State
from portal.identity.models import Staff, Unit
from portal.web import pdf
from tests.support.handover import PIN, Relay
from tests.support.pages import Page, post
from tests.support.walks import sign_in
from tests.support.world import PASSWORD, add_staff


def visitor(relay: Relay, number: str) -> FlaskClient:
    """A browser that reads English, with somebody signed in."""
    client = sign_in(relay.world, number)
    client.get("/qingxi/windows/?language=en")
    return client


def look(client: FlaskClient, path: str = "") -> Page:
    """A page of handovers."""
    return Page(client.get(f"/qingxi/work/handover/{path}"))


def ticked(ids: list[str]) -> dict[str, Any]:
    """The boxes of lines that are ticked on the page."""
    return {"item": ids}


def test_the_evening_handover_by_pages_alone(relay: Relay) -> None:
    hall = relay.hall
    hall.sign_in(hall.a)
    matter = relay.open_matter(hall.a)
    relay.book(14)
    a, b = visitor(relay, "A1"), visitor(relay, "B1")
    page = post(a, look(a, f"new/{hall.window}/"), receiver=str(hall.b), reason="shift")
    assert "Complete the list" in page.text
    [row] = relay.handovers()
    page = post(a, look(a, f"{row.id}/add/"), kind="key", words="抽屜鑰匙2把")
    assert "抽屜鑰匙2把" in page.text
    [keys] = [item for item in relay.items(row.id) if item.kind == Kind.KEY]
    page = post(a, look(a, f"{row.id}/items/{keys.id}/"), words="抽屜鑰匙3把")
    assert "抽屜鑰匙3把" in page.text
    page = post(a, page, action="/offer/", code=PIN)
    assert "It is yours until your colleague signs" in page.text
    page = look(b, f"{row.id}/")
    assert "張○華" in page.text
    assert "張麗華" not in page.text
    assert relay.matter(matter).reference in page.text
    page = post(b, page, action="/confirm/", code=PIN)
    assert "Not every line is ticked" in page.text
    ids = [str(item.id) for item in relay.items(row.id)]
    page = post(b, page, action="/confirm/", act="keep", **ticked(ids[:2]))
    assert "of 3 understood" in page.text
    page = post(b, page, action="/confirm/", code="9999", **ticked(ids))
    assert "This code does not fit" in page.text
    page = post(b, page, action="/confirm/", code=PIN, **ticked(ids))
    assert "From now on it is yours" in page.text
    assert relay.matter(matter).holder_staff_id == hall.b


def test_a_line_is_refused_with_its_reason(relay: Relay) -> None:
    hall = relay.hall
    row = relay.begin(hall.a, hall.b)
    keys = relay.add(row, Kind.KEY, "鑰匙3把")
    relay.offer(row)
    b = visitor(relay, "B1")
    page = post(b, look(b, f"{row}/items/{keys}/refuse/"), reason="")
    assert page.status == 422
    page = post(b, page, reason="只有兩把")
    assert "Your colleague reads why" in page.text
    a = visitor(relay, "A1")
    assert "只有兩把" in look(a, f"{row}/").text
    assert "Sent back: put it right" in look(a).text


def test_only_who_has_a_part_or_leads_reads_a_handover(relay: Relay) -> None:
    hall = relay.hall
    row = relay.begin(hall.a, hall.b)
    relay.offer(row)
    for number, status in (*(("A1", 200), ("B1", 200), ("H1", 200), ("L1", 200), ("C1", 404)),):
        assert look(visitor(relay, number), f"{row}/").status == status
        assert look(visitor(relay, number), f"{row}/paper/").status == status


def test_signing_out_with_something_in_hand_leads_to_the_handover(relay: Relay) -> None:
    hall = relay.hall
    hall.sign_in(hall.a)
    relay.open_matter(hall.a)
    a = visitor(relay, "A1")
    page = post(a, Page(a.get("/qingxi/work/duty/")), action="/out/")
    assert "Hand over first" in page.text
    assert "Make the list" in page.text


def test_the_head_moves_it_in_an_emergency_and_the_giver_signs_later(relay: Relay) -> None:
    hall = relay.hall
    relay.open_matter(hall.a)
    head, a = visitor(relay, "H1"), visitor(relay, "A1")
    page = look(head, f"emergency/{hall.window}/")
    page = post(head, page, giver=str(hall.a), receiver=str(hall.b), words="送醫院", code=PIN)
    assert "Both are asked for their signatures" in page.text
    [row] = relay.handovers()
    page = post(a, look(a, f"{row.id}/"), action="/sign/", code=PIN)
    assert "Signed." in page.text
    assert relay.read(row.id).giver_signed_at == hall.world.now
    assert look(a, f"emergency/{hall.window}/").status == 403


def test_it_is_handed_back_by_a_button(relay: Relay) -> None:
    hall = relay.hall
    relay.open_matter(hall.a)
    relay.hand_over(hall.a, hall.b, Reason.LEAVE)
    b = visitor(relay, "B1")
    page = post(b, look(b), action="/return/")
    assert "Handed back" in page.text
    assert relay.handovers()[-1].state == State.LISTING


def test_the_register_of_a_month_with_the_seal(relay: Relay) -> None:
    hall = relay.hall
    relay.open_matter(hall.a)
    row = relay.hand_over(hall.a, hall.b)
    for number, is_shown in (("A1", True), ("H1", True), ("C1", False)):
        page = look(visitor(relay, number), "register/?month=2026-11")
        assert (relay.read(row).reference in page.text) is is_shown
        assert "Seal of the ledger" in page.text
    head = visitor(relay, "H1")
    assert "Nothing was handed over" in look(head, "register/?month=2026-10").text
    assert look(head, "register/?month=2026-13").status == 404
    assert "Taken over" in look(head, f"{row}/paper/").text


def test_c_4_register_and_sheet_are_files_to_keep_for_whoever_reads_them(relay: Relay) -> None:
    hall = relay.hall
    relay.open_matter(hall.a)
    row = relay.begin(hall.a, hall.b)
    relay.add(row, Kind.KEY, '#panic("鑰匙3把")')
    head, stranger = visitor(relay, "H1"), visitor(relay, "C1")
    empty = head.get("/qingxi/work/handover/register.pdf?month=2026-10").data
    for path in ("register.pdf?month=2026-11", f"{row}/paper.pdf"):
        answer = head.get(f"/qingxi/work/handover/{path}")
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        assert answer.data.startswith(b"%PDF-")
        assert answer.data != empty
        assert "attachment" in answer.headers["Content-Disposition"]
        assert path.split(".pdf")[0] in look(head, path.replace(".pdf", "/")).path
    assert 'href="/qingxi/work/handover/register.pdf' in look(head, "register/").text
    assert stranger.get(f"/qingxi/work/handover/{row}/paper.pdf").status_code == 404


def test_where_nothing_can_typeset_no_file_is_offered(
    relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "is_available", lambda: False)
    head = visitor(relay, "H1")
    assert ".pdf" not in look(head, "register/").text
    assert head.get("/qingxi/work/handover/register.pdf").status_code == 404


def test_a_pin_is_set_with_the_password_and_no_easy_one(relay: Relay) -> None:
    hall = relay.hall

    def forget(session: Session, _now: datetime) -> None:
        session.get_one(Staff, hall.a).pin_hash = None

    relay.do(forget)
    a = visitor(relay, "A1")
    page = Page(a.get("/qingxi/work/account/pin/"))
    for pin in ("123", "1234", "7777", "98765432", "12345678x"):
        assert post(a, page, password=PASSWORD, pin=pin, again=pin).status == 422
    assert post(a, page, password="wrong", pin=PIN, again=PIN).status == 422
    assert post(a, page, password=PASSWORD, pin=PIN, again="1357").status == 422
    page = post(a, page, password=PASSWORD, pin=PIN, again=PIN)
    assert "Your signing PIN is set" in page.text
    row = relay.begin(hall.a, hall.b)
    page = post(a, look(a, f"{row}/"), action="/offer/", code=PIN)
    assert relay.read(row).state == State.OFFERED


def test_what_was_said_of_people_is_for_those_who_answer_for_them(relay: Relay) -> None:
    hall = relay.hall
    booking = relay.book(14)

    def say(session: Session, _now: datetime) -> None:
        session.get_one(Booking, booking).purpose = "家裡的難事"

    relay.do(say)
    title = relay.matter(relay.open_matter(hall.a)).title
    assert title is not None
    row = relay.begin(hall.a, hall.b)
    relay.add(row, Kind.PERSON, "王先生聽力不好")
    add_staff(relay.world, "R1", [EDIT])
    keeper, b, head = (visitor(relay, number) for number in ("R1", "B1", "H1"))
    page = look(keeper, f"{row}/")
    assert page.status == 200
    assert "王先生聽力不好" not in page.text
    assert "家裡的難事" not in page.text
    assert "王先生聽力不好" in look(head, f"{row}/").text
    # Whoever is to take it over reads it from the giver's signature on.
    assert look(b, f"{row}/").status == 404
    assert "work/handover/" + str(row) not in look(b).text
    relay.offer(row)
    page = look(b, f"{row}/")
    assert title in page.text
    assert "家裡的難事" in page.text
    relay.withdraw(row)
    assert look(b, f"{row}/").status == 404


def test_whoever_is_above_the_head_orders_for_the_heads_own_work(relay: Relay) -> None:
    hall = relay.hall

    def arrange(session: Session, _now: datetime) -> None:
        above = Unit(code="gov", name={"zh_Hant": "鎮政府", "en": "Town hall"}, head_id=hall.leader)
        session.add(above)
        session.flush()
        session.get_one(Staff, hall.leader).unit_id = above.id
        session.scalars(select(Unit).where(Unit.code == "hall")).one().parent_id = above.id
        session.add(PostStaff(post_id=hall.window, staff_id=hall.head, position="C"))

    relay.do(arrange)
    leader, head = visitor(relay, "L1"), visitor(relay, "H1")
    assert choices(look(leader, f"emergency/{hall.window}/")) == {str(hall.head)}
    assert choices(look(head, f"emergency/{hall.window}/")) == {
        str(one) for one in (hall.a, hall.b, hall.c)
    }


def choices(page: Page) -> set[str]:
    """Whose work may be moved, by the page."""
    assert page.status == 200
    [box] = re.findall(r'<select[^>]*name="giver".*?</select>', page.text, re.DOTALL)
    return set(re.findall(r'value="([0-9]+)"', box))


@pytest.mark.parametrize("until", ["0001-01-01", "2020-01-01", "2027-04-01", "9999-12-31"])
def test_it_comes_back_within_three_months(relay: Relay, until: str) -> None:
    hall = relay.hall
    hall.sign_in(hall.a)
    a = visitor(relay, "A1")
    page = look(a, f"new/{hall.window}/")
    page = post(a, page, receiver=str(hall.b), reason="leave", until=until)
    assert page.status == 422
    assert relay.handovers() == []


def test_who_lost_the_place_takes_nothing_over(relay: Relay) -> None:
    hall = relay.hall
    matter = relay.open_matter(hall.a)
    row = relay.begin(hall.a, hall.b)
    relay.offer(row)
    place = delete(PostStaff).where(PostStaff.post_id == hall.window, PostStaff.staff_id == hall.b)
    relay.do(lambda session, _now: session.execute(place))
    with pytest.raises(NotNamed):
        relay.confirm(row)
    assert relay.matter(matter).holder_staff_id == hall.a
