"""Numbers, names and permissions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.errors import DomainError
from portal.identity.rules import (
    NUMBER,
    Holdings,
    check_email,
    check_name,
    check_number,
    check_phone,
    merge_holdings,
    normal_number,
)


@pytest.mark.parametrize(("typed", "kept"), [("a017", "A017"), (" ｂ-２ ", "B-2"), ("9", "9")])
def test_a_number_is_kept_in_capitals_and_half_width(typed: str, kept: str) -> None:
    assert check_number(typed) == kept


@pytest.mark.parametrize("typed", ["", "-1", "a b", "工號1", "x" * 21, "=1", "a;b", "a\n"])
def test_what_cannot_be_a_number_is_refused(typed: str) -> None:
    if typed.strip() == "a":
        assert check_number(typed) == "A"
        return
    with pytest.raises(DomainError) as refused:
        check_number(typed)
    assert refused.value.field == "number"


@given(st.text(max_size=40))
def test_a_number_once_normal_stays_as_it_is(text: str) -> None:
    number = normal_number(text)
    if NUMBER.fullmatch(number):
        assert check_number(number) == number


@pytest.mark.parametrize(
    ("typed", "kept"), [("張三", "張三"), ("  J.  Smith ", "J. Smith"), ("a\u200b\x07b", "ab")]
)
def test_a_name_is_any_name(typed: str, kept: str) -> None:
    assert check_name(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", "  ", "\u200b", "=SUM(A1)", "+1", "-x", "@x", "＝1", "長" * 61]
)
def test_a_formula_nothing_and_a_novel_are_no_names(typed: str) -> None:
    with pytest.raises(DomainError):
        check_name(typed)


def test_telephones_and_addresses_may_be_missing_and_must_look_like_one() -> None:
    assert check_phone("") is None
    assert check_phone("+86 138-0013-8000") == "+86 138-0013-8000"
    assert check_phone("8021") == "8021"
    assert check_email("") is None
    assert check_email("wang@example.org") == "wang@example.org"
    for bad in ("ring me", "=1+1", "1" * 40):
        with pytest.raises(DomainError):
            check_phone(bad)
    for bad in ("wang", "a@b", "a b@c.de", "x" * 200 + "@example.org", '"><b>@c.de'):
        with pytest.raises(DomainError):
            check_email(bad)


def test_holdings_are_for_the_unit_or_the_whole() -> None:
    held = merge_holdings([(None, ["a"]), (1, ["b"]), (1, ["c"]), (2, ["b"])])
    assert held.can("a")
    assert held.can("a", 7)
    assert held.can("b")
    assert held.can("b", 1)
    assert not held.can("b", 3)
    assert held.units_of("a") is None
    assert held.units_of("b") == frozenset({1, 2})
    assert held.units_of("x") == frozenset()
    assert held.within(1) == {"a", "b", "c"}
    assert held.within(None) == {"a"}


def test_who_holds_all_that_another_holds_covers_him() -> None:
    chief = merge_holdings([(None, ["a", "b"])])
    head = merge_holdings([(1, ["a"])])
    assert chief.covers(head)
    assert chief.covers(chief)
    assert head.covers(Holdings())
    assert not head.covers(chief)
    assert not head.covers(merge_holdings([(2, ["a"])]))
