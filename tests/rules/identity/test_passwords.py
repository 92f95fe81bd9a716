"""A password is long, uncommon and not the person's own name (decisions 3.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.config import Environment
from portal.identity import passwords
from portal.identity.password_rules import WeakPassword, check_password, common_words, is_common
from portal.identity.passwords import (
    hash_password,
    install_profiles,
    issue_password,
    needs_rehash,
    verify_password,
)


@pytest.fixture(autouse=True)
def cheap() -> None:
    install_profiles(Environment.TEST)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "three lamps over the quiet river",
        "窗外的雨下了整整一夜還沒有停",
        "vK3-uuTq-91xz-Lm",
        "hjq7-2mkd-x9wa-tt4r",
    ],
)
def test_long_and_strange_ones_are_good(password: str) -> None:
    check_password(password, shortest=12, own_words=("A017", "張三"))


@pytest.mark.parametrize(
    "password",
    [
        "elevenchars",
        "窗外的雨下了整整一夜",
        "",
        "x" * 129,
        "password1234",
        "P@ssw0rd2024!",
        "passwordpassword",
        "administrator",
        "qwertyuiop12",
        "1qaz2wsx3edc",
        "123456789012",
        "abcdefghijklm",
        "aaaaaaaaaaaaaa",
        "abcabcabcabcabc",
        "iloveyou20080808",
        "woaini5201314",
        "Admin@20260302",
        "zhongguo123456",
        "ｐａｓｓｗｏｒｄ１２３４",
    ],
)
def test_short_and_common_ones_are_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        check_password(password, shortest=12)


@pytest.mark.parametrize("password", ["wangxiaoming2024", "K-20417K-20417", "WangXiaoMing!!!"])
def test_ones_own_number_and_name_are_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        check_password(password, shortest=12, own_words=("K-20417", "WangXiaoMing"))


def test_an_institution_may_ask_for_more_characters_and_says_how_many() -> None:
    with pytest.raises(WeakPassword) as refused:
        check_password("correct horse battery", shortest=24)
    assert refused.value.params == {"shortest": 24}


@given(st.text(max_size=200))
def test_any_text_gets_an_answer(text: str) -> None:
    assert is_common(text) in (True, False)


def test_the_list_has_words_of_three_letters_and_more() -> None:
    assert len(common_words()) > 150
    assert all(len(word) >= 2 for word in common_words())


def test_a_hash_opens_with_its_password_only_in_any_width() -> None:
    stored = hash_password("Ａ lantern made of paper")
    assert verify_password(stored, "A lantern made of paper")
    assert not verify_password(stored, "a lantern made of paper")
    assert not verify_password(stored, "")
    assert not verify_password(stored, "x" * 100_000)
    assert not verify_password(None, "A lantern made of paper")


def test_costs_of_today_are_those_that_were_chosen() -> None:
    install_profiles(Environment.PRODUCTION)
    try:
        stored = hash_password("a lantern made of paper")
        assert "m=19456,t=2,p=1" in stored
        assert not needs_rehash(stored)
        assert needs_rehash(issue_password().hash)
    finally:
        install_profiles(Environment.TEST)
    assert needs_rehash(stored)


def test_issued_passwords_are_read_off_paper_and_never_the_same() -> None:
    issued = [issue_password() for _ in range(50)]
    assert len({one.plain for one in issued}) == 50
    for one in issued[:3]:
        assert len(one.plain) == 19
        assert not set(one.plain) & set("01loi")
        assert verify_password(one.hash, one.plain)


def test_an_unknown_number_costs_a_comparison_too(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []

    def compare(stored: str, text: str) -> bool:
        compared.append(stored)
        return False

    monkeypatch.setattr(passwords, "_matches", compare)
    verify_password(None, "anything at all")
    verify_password(hash_password("something"), "anything at all")
    assert len(compared) == 2
