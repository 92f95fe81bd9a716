"""The second factor: forced where the role needs it, safe against replays, survivable on paper."""

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

import pyotp
import pytest
from sqlalchemy import select

from portal.identity.models import RecoveryCode

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SET_UP, STEP = "work/account/second-factor/", "work/second-factor/"
CODE = re.compile(r'<code translate="no">([a-z0-9]{5}-[a-z0-9]{5})</code>')


def learn(page: str) -> str:
    """The secret that a person would type off the page."""
    found = re.search(r"\b([A-Z2-7]{32})\b", unescape(page))
    assert found is not None
    return found[1]


def enrol(office: Any, browser: Any) -> tuple[str, list[str]]:
    """Set up a telephone; its secret and the codes on paper."""
    secret = learn(browser.text(SET_UP))
    answer = browser.send(SET_UP, code=office.code_now(secret))
    assert answer.status_code == 200, browser.errors(answer)
    return secret, CODE.findall(answer.get_data(as_text=True))


def test_a_role_that_needs_it_lets_nobody_pass_without(office: Any) -> None:
    staff_id = office.person("M1")
    office.grant(staff_id, office.role("manager", "identity.unit.edit", needs_second_factor=True))
    browser = office.signed_in("M1")
    for path in ("work/account/", "admin/units/"):
        assert "/second-factor/" in browser.get(path).location
    secret, codes = enrol(office, browser)
    assert len(set(codes)) == 10
    assert browser.text("admin/units/")
    assert office.staff(staff_id).totp_secret == secret
    assert "identity.second_factor.enrolled" in office.codes()


def test_the_page_shows_a_code_to_scan_and_forgets_nothing_between_tries(office: Any) -> None:
    office.person("A017")
    browser = office.signed_in("A017")
    first = browser.text(SET_UP)
    assert "<svg" in first
    wrong = browser.send(SET_UP, code="000000")
    assert wrong.status_code == 422
    assert learn(wrong.get_data(as_text=True)) == learn(first)


def test_the_second_step_opens_the_account_and_the_first_alone_does_not(office: Any) -> None:
    office.person("M1", totp=SECRET)
    browser = office.browser()
    answer = browser.sign_in("M1")
    assert "/second-factor/" in answer.location
    assert not browser.is_in()
    assert "identity.sign_in.done" not in office.codes()
    browser.sign_in("M1")
    assert browser.send(STEP, code=office.code_now(SECRET)).status_code == 303
    assert browser.is_in()


def test_the_page_wanted_survives_the_second_step(office: Any) -> None:
    office.person("M1", totp=SECRET)
    browser = office.browser()
    wanted = browser.get("work/account/?tab=1").location
    step = browser.sign_in("M1", path=wanted).location
    answer = browser.send(step, code=office.code_now(SECRET))
    assert answer.location.endswith("/work/account/?tab=1")


@pytest.mark.parametrize(
    "code", ["000000", "", "abc", "12345678901234567890", "１２３４５６", "٣٣٣٣٣٣"]
)
def test_a_wrong_code_opens_nothing(office: Any, code: str) -> None:
    office.person("M1", totp=SECRET)
    browser = office.browser()
    browser.sign_in("M1")
    assert browser.send(STEP, code=code).status_code == 422
    assert not browser.is_in()


def test_a_code_works_once_even_within_its_half_minute(office: Any) -> None:
    office.person("M1", totp=SECRET)
    code = office.code_now(SECRET)
    first, second = office.browser(), office.browser()
    first.sign_in("M1")
    second.sign_in("M1")
    assert first.send(STEP, code=code).status_code == 303
    assert second.send(STEP, code=code).status_code == 422


def test_of_two_who_send_the_same_code_at_once_one_gets_in(office: Any) -> None:
    office.person("M1", totp=SECRET)
    code = office.code_now(SECRET)
    browsers = [office.browser() for _ in range(4)]
    for browser in browsers:
        browser.sign_in("M1")

    def step(browser: Any) -> int:
        status: int = browser.send(STEP, code=code).status_code
        return status

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(step, browsers)) == [303, 422, 422, 422]


def test_the_step_before_still_counts_and_the_one_before_that_does_not(office: Any) -> None:
    office.person("M1", totp=SECRET)
    for seconds, status in ((60, 422), (30, 303)):
        browser = office.browser()
        browser.sign_in("M1")
        code = pyotp.TOTP(SECRET).at(int(office.now.timestamp()) - seconds)
        assert browser.send(STEP, code=code).status_code == status


def test_guessing_codes_locks_the_second_step(office: Any) -> None:
    office.person("M1", totp=SECRET)
    browser = office.browser()
    browser.sign_in("M1")
    statuses = [browser.send(STEP, code="000000").status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]
    assert browser.send(STEP, code=office.code_now(SECRET)).status_code == 429
    assert not browser.is_in()


def test_the_second_step_waits_ten_minutes(office: Any) -> None:
    office.person("M1", totp=SECRET)
    browser = office.browser()
    browser.sign_in("M1")
    office.wait(minutes=11)
    answer = browser.send(STEP, page="work/sign-in/", code=office.code_now(SECRET))
    assert "/sign-in/" in answer.location
    assert not browser.is_in()


def test_nobody_comes_to_the_second_step_without_the_first(office: Any) -> None:
    office.person("M1", totp=SECRET)
    browser = office.browser()
    assert "/sign-in/" in browser.get(STEP).location


def test_a_recovery_code_opens_once(office: Any) -> None:
    office.person("A017")
    _secret, codes = enrol(office, office.signed_in("A017"))
    for code, status in ((codes[0].upper(), 303), (codes[0], 422), (codes[1], 303)):
        browser = office.browser()
        browser.sign_in("A017")
        assert browser.send(STEP, code=code).status_code == status
    assert office.codes().count("identity.recovery_code.used") == 2


def test_recovery_codes_are_kept_as_hashes_and_shown_once(office: Any) -> None:
    office.person("A017")
    browser = office.signed_in("A017")
    _secret, codes = enrol(office, browser)
    kept = office.act(lambda session: list(session.scalars(select(RecoveryCode.code_hash))))
    assert len(kept) == 10
    assert not any(code.replace("-", "") in value for code in codes for value in kept)
    assert browser.get(SET_UP).status_code == 303
    assert codes[0] not in browser.text("work/account/")


def test_new_recovery_codes_replace_the_old_ones(office: Any) -> None:
    office.person("A017")
    browser = office.signed_in("A017")
    secret, old = enrol(office, browser)
    path = "work/account/recovery-codes/"
    assert browser.send(path, code=old[0]).status_code == 422
    office.wait(seconds=30)
    answer = browser.send(path, code=office.code_now(secret))
    new = CODE.findall(answer.get_data(as_text=True))
    assert len(new) == 10
    assert not set(new) & set(old)
    other = office.browser()
    other.sign_in("A017")
    assert other.send(STEP, code=old[1]).status_code == 422
    assert other.send(STEP, code=new[1]).status_code == 303


def test_guessing_for_new_recovery_codes_is_slowed(office: Any) -> None:
    office.person("A017")
    browser = office.signed_in("A017")
    secret, _codes = enrol(office, browser)
    path = "work/account/recovery-codes/"
    for _ in range(5):
        browser.send(path, code="000000")
    office.wait(seconds=30)
    assert browser.send(path, code=office.code_now(secret)).status_code == 422


def test_an_administrator_resets_a_lost_telephone(office: Any) -> None:
    office.administrator()
    staff_id = office.person("M1", totp=SECRET)
    lost = office.browser()
    lost.sign_in("M1")
    lost.send(STEP, code=office.code_now(SECRET))
    admin = office.signed_in("A1")
    assert admin.send(f"admin/people/{staff_id}/telephone/").status_code == 303
    assert not lost.is_in()
    assert office.staff(staff_id).totp_secret is None
    assert office.signed_in("M1").is_in()
    assert "identity.second_factor.reset" in office.codes()


def test_the_secret_is_not_readable_in_the_database(office: Any) -> None:
    staff_id = office.person("M1", totp=SECRET)
    raw = office.act(
        lambda session: (
            session.connection()
            .exec_driver_sql(f"SELECT totp_secret FROM staff WHERE id = {staff_id}")
            .scalar()
        )
    )
    assert SECRET.encode() not in bytes(raw)
