"""The pages of the duty books: the list of a month, one book, the head's check, the file."""

import pytest

from portal.handover.rules import Kind
from portal.web import pdf
from tests.features.handover.test_pages import look, visitor
from tests.support.duty_books import read_books, send_in, take_down
from tests.support.handover import Relay
from tests.support.pages import post


def test_p_6_2_the_book_of_the_next_shows_what_is_carried_over(relay: Relay) -> None:
    hall = relay.hall
    first = hall.sign_in(hall.a)
    matter = relay.matter(relay.open_matter(hall.a)).reference
    hall.world.wait(minutes=30)
    handover = relay.begin(hall.a, hall.b)
    relay.add(handover, Kind.KEY, "抽屜鑰匙2把")
    relay.offer(handover)
    relay.confirm(handover)
    hall.world.wait(minutes=10)
    b = visitor(relay, "B1")
    page = look(b, "books/?month=2026-11")
    assert "Closed by the handover" in page.text
    one, two = read_books(hall)
    page = look(b, f"books/{two.presence.id}/")
    assert matter in page.text
    assert "From book 1" in page.text
    assert "This book is open" in page.text
    page = look(b, f"books/{first}/")
    assert one.presence.id == first
    for said in (
        "As it stood when it was closed",
        "林秀蘭",
        "抽屜鑰匙2把",
        relay.read(handover).reference,
        "Entries: 1 · carried over: 0 · unfinished: 1",
        "Not on the roster",
        "Seal of the ledger",
    ):
        assert said in page.text
    assert "I have looked at this book" not in page.text


def test_c_2_the_head_confirms_by_a_button_and_only_once(relay: Relay) -> None:
    hall = relay.hall
    here = hall.sign_in(hall.a)
    head = visitor(relay, "H1")
    assert "I have looked" not in look(head, f"books/{here}/").text
    hall.sign_out(here)
    page, again = (look(head, f"books/{here}/") for _tab in range(2))
    said = post(head, page, action="/check/")
    assert "Confirmed." in said.text
    assert "方敏" in said.text
    assert "Somebody has confirmed this book already" in post(head, again, action="/check/").text


def test_who_may_not_see_a_matter_reads_how_many_are_elsewhere(relay: Relay) -> None:
    hall = relay.hall
    here = hall.sign_in(hall.a)
    reference = relay.matter(take_down(hall, hall.a, holder=hall.a)).reference
    b = look(visitor(relay, "B1"), f"books/{here}/")
    assert reference not in b.text
    assert "1 entry is elsewhere" in b.text


def test_only_who_serves_at_the_post_or_leads_reads_its_books(relay: Relay) -> None:
    hall = relay.hall
    here = hall.sign_in(hall.b, hall.desk)
    for number, status in (("B1", 200), ("C1", 200), ("H1", 200), ("L1", 200), ("A1", 404)):
        client = visitor(relay, number)
        assert look(client, f"books/{here}/").status == status
        assert client.get(f"/qingxi/work/handover/books/{here}/book.pdf").status_code == status
        assert look(client, "books/").status == 200
    assert look(visitor(relay, "H1"), f"books/{here + 99}/").status == 404
    assert look(visitor(relay, "H1"), "books/?month=2026-13").status == 404


def test_what_waits_for_the_next_book_is_said(relay: Relay) -> None:
    hall = relay.hall
    hall.sign_out(hall.sign_in(hall.a))
    hall.world.wait(hours=1)
    send_in(hall)
    page = look(visitor(relay, "A1"), f"books/?post={hall.window}")
    assert "1 entry came since the last book was closed" in page.text
    empty = look(visitor(relay, "A1"), f"books/?post={hall.night}")
    assert "No duty book was opened in this month." in empty.text


def test_a_book_is_a_file_to_keep(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    hall = relay.hall
    here = hall.sign_in(hall.a)
    take_down(hall, hall.a)
    hall.world.wait(minutes=1)
    hall.sign_out(here)
    head = visitor(relay, "H1")
    answer = head.get(f"/qingxi/work/handover/books/{here}/book.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF-")
    monkeypatch.setattr(pdf, "is_available", lambda: False)
    assert ".pdf" not in look(head, f"books/{here}/").text
    assert head.get(f"/qingxi/work/handover/books/{here}/book.pdf").status_code == 404
