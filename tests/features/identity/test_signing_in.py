"""Staff sign in by institution, number and password; guessing is slowed, strangers lock nobody."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import event, select

from portal.core.session import db
from portal.identity.models import KnownDevice, Staff
from portal.identity.passwords import hash_password, needs_rehash, verify_password
from portal.identity.views import beforehand

WRONG = "some other long sentence"


def page(path: str) -> str:
    return f"work/{path}/"


def test_number_and_password_open_the_account(office: Any) -> None:
    office.person("A017")
    browser = office.browser()
    answer = browser.sign_in("a017 ")
    assert answer.status_code == 303
    assert browser.is_in()
    assert office.codes()[-1] == "identity.sign_in.done"


def test_the_account_is_one_of_this_institution_only(office: Any, next_door: Any) -> None:
    office.person("A017")
    browser = office.signed_in("A017")
    cookie = browser.client.get_cookie("portal", path=f"/{office.slug}/")
    assert cookie is not None
    assert next_door.browser().sign_in("A017").status_code == 422
    carried = next_door.browser()
    carried.client.set_cookie("portal", cookie.value, path=f"/{next_door.slug}/")
    assert not carried.is_in()
    assert browser.is_in()


@pytest.mark.parametrize("number", ["A017", "NOBODY", "' OR 1=1 --", "９９", "x" * 40])
def test_a_wrong_pair_says_the_same_whether_the_number_exists(office: Any, number: str) -> None:
    office.person("A017")
    browser = office.browser()
    answer = browser.sign_in(number, WRONG)
    assert answer.status_code == 422
    assert not browser.is_in()
    assert office.codes()[-1] == "identity.sign_in.refused"


@pytest.mark.parametrize(
    "fields", [{}, {"number": "", "password": ""}, {"number": "n" * 500, "password": "p" * 5000}]
)
def test_empty_and_huge_fields_are_refused_with_a_word(office: Any, fields: dict[str, str]) -> None:
    answer = office.browser().send(page("sign-in"), **fields)
    assert answer.status_code == 422
    assert "identity.sign_in.refused" not in office.codes()


def test_six_wrong_ones_in_parallel_see_the_lock(office: Any) -> None:
    office.person("A017")

    def guess(_number: int) -> int:
        status: int = office.browser().sign_in("A017", WRONG).status_code
        return status

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(guess, range(6))) == [422] * 5 + [429]
    assert office.codes().count("identity.sign_in.refused") == 5


def test_a_locked_account_opens_to_nobody_on_an_unknown_device_for_a_while(office: Any) -> None:
    office.person("A017")
    for _ in range(6):
        office.browser().sign_in("A017", WRONG)
    assert office.browser().sign_in("A017").status_code == 429
    office.wait(minutes=16)
    assert office.browser().sign_in("A017").status_code == 303


def test_where_an_attempt_would_be_refused_anyhow_nothing_is_hashed(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.person("A017")
    hashed: list[str] = []

    def watch(stored: str | None, password: str) -> bool:
        hashed.append(password)
        return verify_password(stored, password)

    monkeypatch.setattr(beforehand, "verify_password", watch)
    for _attempt in range(8):
        office.browser().sign_in("A017", WRONG)
    assert len(hashed) == 5
    assert office.browser().sign_in("A017").status_code == 429
    assert len(hashed) == 5
    office.wait(minutes=16)
    assert office.browser().sign_in("A017").status_code == 303


def test_strangers_do_not_lock_a_known_device(office: Any) -> None:
    office.person("A017")
    own = office.signed_in("A017")
    own.send(page("sign-out"), page=page("account"))
    for _ in range(8):
        office.browser().sign_in("A017", WRONG)
    assert office.browser().sign_in("A017").status_code == 429
    assert own.sign_in("A017").status_code == 303


def test_a_known_device_is_slowed_too(office: Any) -> None:
    office.person("A017")
    own = office.signed_in("A017")
    own.send(page("sign-out"), page=page("account"))
    answers = [own.sign_in("A017", WRONG).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]


def test_many_numbers_from_one_network_are_slowed(office: Any) -> None:
    statuses = {office.browser().sign_in(f"B{count}", WRONG).status_code for count in range(61)}
    assert statuses == {422, 429}


def test_signing_in_often_locks_nobody_out(office: Any) -> None:
    office.person("A017")
    assert {office.browser().sign_in("A017").status_code for _ in range(12)} == {303}


def test_the_device_cookie_is_the_institutions_own_and_out_of_reach_of_scripts(office: Any) -> None:
    office.person("A017")
    answer = office.browser().sign_in("A017")
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if "device=" in line)
    assert f"Path=/{office.slug}/" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Max-Age=15552000" in cookie


def test_a_planted_device_secret_is_not_taken_over(office: Any) -> None:
    office.person("A017")
    browser = office.browser()
    browser.client.set_cookie("device", "planted", path=f"/{office.slug}/")
    browser.sign_in("A017")
    kept = browser.client.get_cookie("device", path=f"/{office.slug}/")
    assert kept is not None
    assert kept.value != "planted"


def test_two_people_share_one_known_browser(office: Any) -> None:
    office.person("A017")
    office.person("A018")
    browser = office.signed_in("A017")
    browser.send(page("sign-out"), page=page("account"))
    browser.sign_in("A018")
    devices = office.act(lambda session: list(session.scalars(select(KnownDevice))))
    assert len({device.token_hash for device in devices}) == 1
    assert len(devices) == 2


def test_signing_in_drops_all_that_was_in_the_session_before(office: Any) -> None:
    office.person("A017")
    browser = office.browser()
    with browser.client.session_transaction(f"/{office.slug}/") as kept:
        kept["planted"] = "value"
    browser.sign_in("A017")
    with browser.client.session_transaction(f"/{office.slug}/") as kept:
        assert "planted" not in kept


def test_signing_in_leads_to_where_the_person_wanted_to_go(office: Any) -> None:
    office.person("A017")
    browser = office.browser()
    sent = browser.get("work/account/?from=60")
    answer = browser.sign_in("A017", path=sent.location)
    assert answer.location.endswith(f"/{office.slug}/work/account/?from=60")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/hospital/work/",
        "/\\evil.example",
        "/qingxi/../hospital/work/",
        "/qingxi/%2e%2e/hospital/work/",
        "/qingxi/%0d%0aX: y",
        "//[",
        "javascript:1",
    ],
)
def test_signing_in_leads_nowhere_else(office: Any, elsewhere: str) -> None:
    office.person("A017")
    browser = office.browser()
    answer = browser.sign_in("A017", path=f"work/sign-in/?next={elsewhere}")
    assert answer.location.endswith(f"/{office.slug}/work/")


def test_an_issued_password_must_be_changed_before_anything_else(office: Any) -> None:
    office.person("A017", is_new=True)
    browser = office.signed_in("A017")
    assert "first-password" in browser.get("work/account/").location
    new = "a lantern made of paper"
    for fields in (
        {"new_password": "short", "again": "short"},
        {"new_password": "password2024password", "again": "password2024password"},
        {"new_password": office.password, "again": office.password},
        {"new_password": new, "again": new + "s"},
        {},
    ):
        assert browser.send("work/account/first-password/", **fields).status_code == 422
    assert (
        browser.send("work/account/first-password/", new_password=new, again=new).status_code == 303
    )
    assert browser.is_in()
    assert office.signed_in("A017", new).is_in()


def test_changing_the_password_ends_the_other_sessions_and_keeps_this_one(office: Any) -> None:
    office.person("A017")
    here, elsewhere = office.signed_in("A017"), office.signed_in("A017")
    new = "a lantern made of paper"
    fields = {"new_password": new, "again": new}
    wrong = here.send("work/account/password/", password=WRONG, **fields)
    assert wrong.status_code == 422
    done = here.send("work/account/password/", password=office.password, **fields)
    assert done.status_code == 303
    assert here.is_in()
    assert not elsewhere.is_in()
    assert office.browser().sign_in("A017").status_code == 422
    assert "identity.password.changed" in office.codes()


def test_signing_out_everywhere_ends_every_session_and_forgets_devices(office: Any) -> None:
    office.person("A017")
    here, elsewhere = office.signed_in("A017"), office.signed_in("A017")
    assert here.send("work/account/sign-out-everywhere/").status_code == 303
    assert not here.is_in()
    assert not elsewhere.is_in()
    assert office.act(lambda session: session.scalars(select(KnownDevice)).all()) == []


def copy_of(browser: Any) -> Any:
    """Another browser with the same cookie, as from a backup of the computer or a listener."""
    copied = browser.office.browser()
    path = f"/{browser.office.slug}/"
    copied.client.set_cookie(
        "portal", browser.client.get_cookie("portal", path=path).value, path=path
    )
    return copied


def test_signing_out_ends_this_session_for_every_copy_of_its_cookie(office: Any) -> None:
    office.person("A017")
    browser, elsewhere = office.signed_in("A017"), office.signed_in("A017")
    copied = copy_of(browser)
    assert copied.is_in()
    assert browser.send(page("sign-out"), page=page("account")).status_code == 303
    assert not browser.is_in()
    assert not copied.is_in()
    assert elsewhere.is_in()


def test_the_next_person_at_a_browser_ends_the_session_of_the_one_before(office: Any) -> None:
    office.person("A017")
    office.person("A018")
    browser = office.signed_in("A017")
    copied = copy_of(browser)
    browser.client.delete_cookie("portal", path=f"/{office.slug}/")
    assert browser.sign_in("A018").status_code == 303
    assert browser.is_in()
    assert not copied.is_in()


def test_too_many_wrong_passwords_on_a_locked_screen_end_every_copy_of_the_session(
    office: Any,
) -> None:
    office.person("A017")
    browser = office.signed_in("A017")
    copied = copy_of(browser)
    browser.send(page("lock"), page=page("account"))
    for _attempt in range(6):
        browser.send(page("unlock"), page=page("lock"), password=WRONG)
    assert not browser.is_in()
    assert not copied.is_in()


def test_an_idle_screen_locks_and_opens_where_it_was(office: Any) -> None:
    office.person("A017")
    browser = office.signed_in("A017")
    office.wait(minutes=14)
    assert browser.is_in()
    office.wait(minutes=16)
    lock = browser.get("work/account/?tab=2")
    assert lock.status_code == 303
    assert "/work/lock/" in lock.location
    shown = browser.text(lock.location)
    assert "/admin/" not in shown
    action = re.search(r'action="([^"]*unlock[^"]*)"', shown)
    assert action is not None
    wrong = browser.send(action[1], page=lock.location, password=WRONG)
    assert wrong.status_code == 422
    right = browser.send(action[1], page=lock.location, password=office.password)
    assert right.location.endswith("/work/account/?tab=2")
    assert browser.is_in()


def test_pages_that_refresh_themselves_do_not_keep_a_screen_open(office: Any) -> None:
    office.person("A017")
    browser = office.signed_in("A017")
    for _ in range(4):
        office.wait(minutes=5)
        answer = browser.get("work/account/", headers={"Sec-Fetch-Dest": "empty"})
    assert "/work/lock/" in answer.location


def test_the_lock_button_locks_at_once_and_nothing_works_behind_it(office: Any) -> None:
    office.administrator()
    browser = office.signed_in("A1")
    locked = browser.send(page("lock"), page="work/account/")
    assert "/work/lock/" in locked.location
    assert not browser.is_in()
    sent = browser.send("admin/units/add/", page=locked.location, code="x", parent=0)
    assert "/work/lock/" in sent.location
    assert office.codes()[-1] == "identity.screen.locked"


def test_guessing_on_a_locked_screen_ends_the_session(office: Any) -> None:
    office.person("A017")
    browser = office.signed_in("A017")
    browser.send(page("lock"), page="work/account/")
    statuses = [
        browser.send(page("unlock"), page=page("lock"), password=WRONG).status_code
        for _ in range(6)
    ]
    assert statuses == [422] * 5 + [303]
    assert "sign-in" in browser.get("work/account/").location


def test_a_locked_screen_can_be_left(office: Any) -> None:
    office.person("A017")
    browser = office.signed_in("A017")
    browser.send(page("lock"), page="work/account/")
    assert "sign-in" in browser.send(page("sign-out"), page=page("lock")).location


def test_a_password_with_old_costs_is_hashed_anew_on_the_way_in(office: Any) -> None:
    staff_id = office.person("A017")
    old = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash(office.password)

    def age(session: Any) -> None:
        session.get_one(Staff, staff_id).password_hash = old

    office.act(age)
    assert needs_rehash(old)
    office.signed_in("A017")
    assert not needs_rehash(office.staff(staff_id).password_hash)


def test_hashing_happens_outside_the_transaction(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.person("A017")
    open_then: list[bool] = []

    def watch(stored: str | None, text: str) -> bool:
        open_then.append(db.session().in_transaction())
        return True

    monkeypatch.setattr("portal.identity.views.beforehand.verify_password", watch)
    office.browser().sign_in("A017")
    assert open_then == [False]


def test_the_doorkeeper_asks_twice_at_most(office: Any) -> None:
    staff_id = office.administrator()
    browser = office.signed_in("A1")
    asked: list[str] = []

    def count(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if re.search(r"FROM (staff|role_assignment)\b", statement):
            asked.append(statement)

    with office.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        browser.get("work/")
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert len(asked) == 2
    assert office.staff(staff_id).number == "A1"


def test_the_right_password_of_somebody_who_left_opens_nothing(office: Any) -> None:
    staff_id = office.person("A017")
    browser = office.signed_in("A017")

    def leave(session: Any) -> None:
        session.get_one(Staff, staff_id).left_at = office.now

    office.act(leave)
    assert not browser.is_in()
    assert office.browser().sign_in("A017").status_code == 422


def test_a_password_replaced_between_hashing_and_judging_does_not_count(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff_id = office.person("A017")

    def change_meanwhile(_stored: str | None, _text: str) -> bool:
        def work(session: Any) -> None:
            session.get_one(Staff, staff_id).password_hash = hash_password("newer by a moment")

        office.act(work)
        return True

    monkeypatch.setattr("portal.identity.views.beforehand.verify_password", change_meanwhile)
    assert office.browser().sign_in("A017").status_code == 422
