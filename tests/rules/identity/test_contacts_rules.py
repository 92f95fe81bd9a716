"""Contacts, persons and papers: one written form, keys that tell people apart, hints that hold."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.crypto import using_keys
from portal.core.errors import DomainError
from portal.core.keys import new_keys
from portal.core.tenant import _institution
from portal.identity.contacts import (
    Address,
    contact_key,
    figures,
    parse_address,
    person_key,
    plain_id,
)
from portal.identity.purposes import PURPOSE_LABELS, Purpose, purpose_label
from portal.web.spreadsheets import harmless


@pytest.fixture(autouse=True, scope="module")
def scope() -> Iterator[None]:
    token = _institution.set(1)
    with using_keys(new_keys()):
        yield
    _institution.reset(token)


@pytest.mark.parametrize(
    ("text", "region", "value"),
    [
        ("13812345678", "CN", "+8613812345678"),
        (" 138 1234-5678 ", "CN", "+8613812345678"),
        ("１３８１２３４５６７８", "CN", "+8613812345678"),
        ("+886 912 345 678", "CN", "+886912345678"),
        ("＋886912345678", "CN", "+886912345678"),
        ("0912-345-678", "TW", "+886912345678"),
        ("9123 4567", "HK", "+85291234567"),
        ("+1 202 555 0143", "CN", "+12025550143"),
    ],
)
def test_a_number_has_one_written_form(text: str, region: str, value: str) -> None:
    assert parse_address(text, region) == Address("phone", value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Li.Hua@Example.COM", "li.hua@example.com"),
        ("li＠example．com", "li@example.com"),
        ("li+note@example.com", "li+note@example.com"),
        ("李華@例子.公司", "李華@例子.公司"),
    ],
)
def test_an_address_has_one_written_form(text: str, value: str) -> None:
    assert parse_address(text, "CN") == Address("email", value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "張三",
        "12345",
        "0571-8888 8888",
        "13812345678 ext. 9",
        "95012345678901234567",
        "a@b",
        "@example.com",
        "two@at@example.com",
        "x" * 120 + "@example.com",
        "=1+1",
        "a\x00b@example.com",
        "'; DROP TABLE contact --",
    ],
)
def test_anything_else_is_refused_on_its_field(text: str) -> None:
    with pytest.raises(DomainError) as refused:
        parse_address(text, "CN")
    assert refused.value.field == "contact"


@given(st.text(max_size=120))
def test_no_text_breaks_the_reading(text: str) -> None:
    try:
        address = parse_address(text, "CN")
    except DomainError:
        return
    assert parse_address(address.value, "CN") == address


def test_the_key_of_a_contact_is_the_institutions_own() -> None:
    address = Address("phone", "+8613812345678")
    here = contact_key(address)
    token = _institution.set(2)
    there = contact_key(address)
    _institution.reset(token)
    assert here != there


def test_a_person_is_known_by_the_id_number_where_one_is_asked() -> None:
    one = person_key(id_number="11010519491231002x", contact="+86138", name="張三")
    same = person_key(id_number="１１０１０５ 19491231 002X", contact=None, name="李四")
    assert one == same
    assert person_key(id_number="A123456789", contact="+86138", name="張三") != one


@pytest.mark.parametrize("number", ["", None, "－", "  "])
def test_without_an_id_number_contact_and_folded_name_tell_people_apart(number: str | None) -> None:
    def key(contact: str | None, name: str) -> str | None:
        return person_key(id_number=number, contact=contact, name=name)

    assert key("+86138", "張 三") == key("+86138", "张三")
    assert key("+86138", "張三") != key("+86138", "李四")
    assert key("+86138", "張三") != key("+86139", "張三")
    assert key(None, "張三") is None


def test_two_odd_papers_are_two_people() -> None:
    keys = {
        person_key(id_number=text, contact="+86138", name="張三") for text in ("護照甲", "護照乙")
    }
    assert len(keys) == 2


def test_an_id_number_has_one_written_form() -> None:
    assert plain_id(" a123456（3） ") == "A1234563"


@pytest.mark.parametrize(
    "typed", ["123456", "123 456", "１２３４５６", "code: 123-456", "1 2 3 4 5 6"]
)
def test_a_pasted_code_is_read(typed: str) -> None:
    assert figures(typed) == "123456"


@pytest.mark.parametrize(
    "value", ["=1+1", "+8613812345678", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", "\n=1"]
)
def test_no_cell_of_a_copy_is_computed(value: str) -> None:
    assert harmless(value) == f"'{value}"


def test_other_cells_stay_as_they_are() -> None:
    assert [harmless(text) for text in ("張三", "a=1", "")] == ["張三", "a=1", ""]


def test_every_purpose_has_a_word_and_an_old_one_its_code() -> None:
    assert set(PURPOSE_LABELS) == set(Purpose)
    assert purpose_label("serve") == "To serve the person"
    assert purpose_label("gone") == "gone"
