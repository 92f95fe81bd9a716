"""A contact proved by a one-time code opens what is a citizen's own, here and for a while."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.ledger import LedgerEntry
from portal.core.outbox import OutboxEntry
from portal.identity.contact_models import CitizenSession, Contact, OneTimeCode
from portal.identity.contacts import Address
from portal.identity.services.contacts import (
    confirm_code,
    end_session,
    issue_code,
    note_contact,
    open_session,
)
from portal.messages.models import Message
from tests.support.citizens import ask_code, is_known, prove, wrong
from tests.support.pages import Page, post
from tests.support.parallel import together
from tests.support.walks import PHONE, code_sent, sign_in
from tests.support.world import World, add_staff, furnish, make_institution

ADDRESS = Address("phone", "+8613812345678")


def issue(
    world: World, *, address: Address = ADDRESS, network: str = "n", purpose: str = "session"
) -> Any:
    return world.do(
        lambda session: (
            issue_code(
                session,
                kind=address.kind,
                value=address.value,
                language="en",
                purpose=purpose,
                network=network,
                now=world.now,
            ).id
        )
    )


def confirm(
    world: World, code: str, *, address: Address = ADDRESS, purpose: str = "session"
) -> bool:
    def work(session: Session) -> Any:
        found = confirm_code(
            session,
            kind=address.kind,
            value=address.value,
            purpose=purpose,
            code=code,
            language="en",
            now=world.now,
        )
        return found is not None

    return bool(world.do(work))


def count(world: World, model: type[Any]) -> int:
    return world.do(lambda session: len(session.scalars(select(model)).all()))


def test_a_code_opens_my_data(institution: World, client: FlaskClient) -> None:
    assert not is_known(client, institution)
    page = prove(client, institution)
    assert (page.status, page.path) == (200, f"/{institution.slug}/me/")
    assert "138****5678" in page.text
    assert "13812345678" not in page.text
    assert is_known(client, institution)


def test_the_guard_leads_to_the_code_and_back(institution: World, client: FlaskClient) -> None:
    response = client.get(f"/{institution.slug}/me/erase/")
    assert response.status_code == 303
    goal = parse_qs(urlsplit(response.location).query)["next"][0]
    page = ask_code(client, institution, goal=goal)
    done = client.post(
        f"/{institution.slug}/me/code/",
        query_string={"next": goal},
        data={**page.form("code")["fields"], "code": code_sent(institution)},
    )
    assert done.status_code == 303
    assert done.location == goal == f"/{institution.slug}/me/erase/"


def test_another_code_on_the_way_keeps_where_to_go(institution: World, client: FlaskClient) -> None:
    goal = f"/{institution.slug}/me/erase/"
    page = ask_code(client, institution, goal=goal)
    action = next(form["action"] for form in page.forms if "/code/again/" in form["action"])
    response = client.post(action, data=page.form(action=action)["fields"])
    assert parse_qs(urlsplit(response.location).query)["next"] == [goal]


@pytest.mark.parametrize(
    "goal",
    [
        "https://evil.example/qingxi/",
        "//evil.example/qingxi/",
        "//[",
        "/other/me/",
        "/qingxi/../other/me/",
        "/qingxi/%2e%2e/other/",
        "/qingxi\\@evil.example",
        "javascript:alert(1)",
        "/qingxi/\r\nX: y",
        "/qingxi/%0d%0aX: y",
    ],
)
def test_only_pages_of_this_institution_are_returned_to(
    institution: World, client: FlaskClient, goal: str
) -> None:
    page = ask_code(client, institution, goal=goal)
    done = client.post(
        page.path,
        query_string={"next": goal},
        data={**page.form("code")["fields"], "code": code_sent(institution)},
    )
    assert (done.status_code, done.location) == (303, f"/{institution.slug}/me/")


def test_opening_a_page_never_proves_anything(institution: World, client: FlaskClient) -> None:
    """Scanners of mail open every link: only a POST confirms."""
    ask_code(client, institution)
    code = code_sent(institution)
    for path in (f"me/code/?code={code}", f"me/verify/?code={code}", f"me/?code={code}"):
        client.get(f"/{institution.slug}/{path}")
    assert not is_known(client, institution)
    page = Page(client.get(f"/{institution.slug}/me/code/"))
    assert post(client, page, code=code).path.endswith("/me/")


def test_a_code_counts_in_the_browser_that_asked_for_it_alone(
    institution: World, client: FlaskClient
) -> None:
    """Somebody else who knows the contact uses up no attempts and ends no code."""
    stranger = institution.client()
    asked = ask_code(stranger, institution)
    page = ask_code(client, institution)
    code = code_sent(institution)
    for _ in range(6):
        post(stranger, asked, code=wrong(code))
    post(stranger, asked, code=code)
    assert not is_known(stranger, institution)
    ask_code(stranger, institution)
    assert post(client, page, code=code).path.endswith("/me/")


def test_the_code_page_suits_a_phone(institution: World, client: FlaskClient) -> None:
    text = ask_code(client, institution).text
    box = re.search(r'<input[^>]*name="code"[^>]*>', text)
    assert box
    assert 'autocomplete="one-time-code"' in box[0]
    assert 'inputmode="numeric"' in box[0]


@pytest.mark.parametrize("dress", ["{0} ", "{0:.3} {1}", "code: {0}"])
def test_a_pasted_code_is_read(institution: World, client: FlaskClient, dress: str) -> None:
    page = ask_code(client, institution)
    code = code_sent(institution)
    typed = dress.format(code, code[3:])
    assert post(client, page, code=typed).path.endswith("/me/")


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "x" * 500, "０" * 7])
def test_what_is_no_code_is_refused_with_a_word_and_costs_no_attempt(
    institution: World, client: FlaskClient, code: str
) -> None:
    page = ask_code(client, institution)
    answer = post(client, page, code=code)
    assert answer.status == 422
    assert institution.do(lambda s: s.scalars(select(OneTimeCode.attempts)).all()) == [0]


@pytest.mark.parametrize("contact", ["", "張三", "123", "x" * 500, "=1+1", "0571-8888 8888"])
def test_what_is_no_contact_is_refused_and_nothing_is_sent(
    institution: World, client: FlaskClient, contact: str
) -> None:
    page = ask_code(client, institution, contact=contact)
    assert page.status == 422
    assert count(institution, OneTimeCode) == count(institution, Message) == 0


def test_known_and_unknown_contacts_get_the_same_answer(institution: World) -> None:
    prove(institution.client(), institution)
    known = ask_code(institution.client(), institution)
    unknown = ask_code(institution.client(), institution, contact="13912345678")

    def plain(page: Page, phone: str) -> str:
        text = page.text.replace(phone, "")
        return re.sub(r'value="[^"]*"', "", text)

    assert plain(known, "+8613812345678") == plain(unknown, "+8613912345678")
    assert known.status == unknown.status == 200


def test_the_plain_code_is_nowhere_but_in_the_encrypted_message(institution: World) -> None:
    issue(institution)
    code = code_sent(institution)
    rows = institution.do(lambda s: s.scalars(select(OneTimeCode)).all())
    assert [code in str(vars(row)) for row in rows] == [False]
    outbox = institution.do(lambda s: s.scalars(select(OutboxEntry)).all())
    assert not any(code in str(entry.payload) for entry in outbox)


def test_a_wrong_code_is_a_result_and_counts(institution: World, client: FlaskClient) -> None:
    page = ask_code(client, institution)
    answer = post(client, page, code=wrong(code_sent(institution)))
    assert answer.status == 422
    assert institution.do(lambda s: s.scalars(select(OneTimeCode.attempts)).all()) == [1]


def test_six_wrong_ones_in_parallel_see_the_lock(institution: World) -> None:
    issue(institution)
    code = code_sent(institution)
    assert not any(together(6, lambda _: confirm(institution, wrong(code))))
    assert institution.do(lambda s: s.scalars(select(OneTimeCode.attempts)).all()) == [5]
    assert not confirm(institution, code)


def test_confirming_one_code_in_parallel_opens_once(institution: World) -> None:
    issue(institution)
    code = code_sent(institution)
    assert sorted(together(4, lambda _: confirm(institution, code))) == [False] * 3 + [True]
    assert count(institution, Contact) == 1


def test_two_first_proofs_of_one_contact_make_one_contact(institution: World) -> None:
    issue(institution)
    one = code_sent(institution)
    issue(institution, purpose="booking")
    other = code_sent(institution)
    proofs = [("session", one), ("booking", other)]
    assert (
        together(2, lambda n: confirm(institution, proofs[n][1], purpose=proofs[n][0]))
        == [True] * 2
    )
    assert count(institution, Contact) == 1


def test_a_used_code_is_dead(institution: World) -> None:
    issue(institution)
    code = code_sent(institution)
    assert confirm(institution, code)
    assert not confirm(institution, code)


def test_a_newer_code_ends_the_older_one(institution: World) -> None:
    issue(institution)
    old = code_sent(institution)
    issue(institution)
    new = code_sent(institution)
    assert new == old or not confirm(institution, old)
    assert confirm(institution, new)


def test_a_code_lives_ten_minutes(institution: World) -> None:
    issue(institution)
    code = code_sent(institution)
    institution.wait(minutes=10)
    assert not confirm(institution, code)


def test_a_code_is_for_its_contact_and_purpose_only(institution: World) -> None:
    issue(institution)
    code = code_sent(institution)
    assert not confirm(institution, code, purpose="booking")
    assert not confirm(institution, code, address=Address("phone", "+8613912345678"))
    assert confirm(institution, code)


def test_a_contact_asks_for_six_codes_an_hour(institution: World, client: FlaskClient) -> None:
    """Four of them from one network, so that nobody elsewhere uses them all up."""
    statuses = [ask_code(client, institution).status for _ in range(5)]
    assert statuses == [200] * 4 + [429]
    elsewhere = [issue(institution, network="home") for _ in range(2)]
    with pytest.raises(Exception, match="Too many attempts"):
        issue(institution, network="home")
    assert count(institution, OneTimeCode) == 4 + len(elsewhere)
    assert ask_code(client, institution, contact="13912345678").status == 200
    institution.wait(hours=1)
    assert ask_code(client, institution).status == 200


def test_a_network_asks_for_sixty_codes_an_hour(institution: World) -> None:
    for number in range(60):
        issue(institution, address=Address("phone", f"+86139{number:08d}"), network="cafe")
    with pytest.raises(Exception, match="Too many attempts"):
        issue(institution, network="cafe")
    issue(institution, network="home")


def test_the_cookie_of_one_institution_is_anonymous_in_another(
    institution: World, client: FlaskClient
) -> None:
    prove(client, institution)
    other = make_institution(institution.app, "next-door")
    cookie = client.get_cookie("portal", path=f"/{institution.slug}/")
    assert cookie is not None
    carried = other.client()
    carried.set_cookie("portal", cookie.value, path=f"/{other.slug}/")
    assert not is_known(carried, other)
    assert is_known(client, institution)


def test_a_code_of_one_institution_proves_nothing_in_another(institution: World) -> None:
    other = make_institution(institution.app, "next-door")
    issue(institution)
    assert not confirm(other, code_sent(institution))


def test_a_stranger_sees_nothing_of_a_citizen(institution: World, client: FlaskClient) -> None:
    prove(client, institution)
    stranger = institution.client()
    for path in ("me/", "me/export.json", "me/export.csv", "me/erase/", "me/contact/"):
        response = stranger.get(f"/{institution.slug}/{path}")
        assert (response.status_code, "me/verify" in response.location) == (303, True)
    for path in ("me/erase/", "me/contact/", "me/contact/code/"):
        assert stranger.post(f"/{institution.slug}/{path}").status_code in (303, 400)
    assert is_known(client, institution)


@pytest.mark.parametrize(("is_shared", "minutes"), [(True, 30), (False, 12 * 60)])
def test_a_session_ends_by_itself_sooner_on_a_shared_device(
    institution: World, client: FlaskClient, is_shared: bool, minutes: int
) -> None:
    prove(client, institution, is_shared=is_shared)
    institution.wait(minutes=minutes - 1)
    assert is_known(client, institution)
    institution.wait(minutes=1)
    assert not is_known(client, institution)


def test_finished_ends_the_session_and_wipes_the_device(
    institution: World, client: FlaskClient
) -> None:
    client.get(f"/{institution.slug}/?language=en")
    page = prove(client, institution, is_shared=True)
    kept = client.get_cookie("portal", path=f"/{institution.slug}/")
    assert kept is not None
    response = client.post(
        f"/{institution.slug}/me/finished/", data=page.form(action="/me/finished/")["fields"]
    )
    assert response.status_code == 303
    assert response.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert client.get_cookie("portal", path=f"/{institution.slug}/") is None
    assert client.get_cookie("language") is None
    goodbye = Page(client.get(response.location))
    assert "Nothing of yours is left here" in goodbye.text
    assert '<html lang="en"' in goodbye.text
    client.set_cookie("portal", kept.value, path=f"/{institution.slug}/")
    assert not is_known(client, institution)


def test_finished_without_a_session_is_no_harm(institution: World, client: FlaskClient) -> None:
    page = Page(client.get(f"/{institution.slug}/me/verify/"))
    token = page.form("contact")["fields"]["csrf_token"]
    done = client.post(f"/{institution.slug}/me/finished/", data={"csrf_token": token})
    assert done.status_code == 303
    assert client.get(f"/{institution.slug}/me/finished/").status_code == 405


@pytest.mark.parametrize("said", ["", "?said=zh_Hans", "?said=xx", "?said=../en"])
def test_goodbye_stands_in_any_language(institution: World, client: FlaskClient, said: str) -> None:
    assert Page(client.get(f"/{institution.slug}/me/goodbye/{said}")).status == 200


def test_a_session_is_ended_by_its_token_alone(institution: World) -> None:
    def work(session: Session) -> Any:
        contact = note_contact(session, address=ADDRESS, language="en", now=institution.now)
        tokens = [
            open_session(session, contact, is_shared_device=False, now=institution.now)
            for _ in range(2)
        ]
        end_session(session, tokens[0], now=institution.now)
        later = institution.now + timedelta(seconds=1)
        live = select(func.count(CitizenSession.id)).where(CitizenSession.expires_at > later)
        return tokens, session.scalar(live), session.scalars(select(CitizenSession)).all()

    tokens, live, rows = institution.do(work)
    assert live == 1
    assert not any(token in str(vars(row)) for token in tokens for row in rows)


def test_the_window_writing_a_contact_down_changes_nothing_of_it(institution: World) -> None:
    issue(institution)
    confirm(institution, code_sent(institution))
    contact = institution.do(
        lambda s: note_contact(s, address=ADDRESS, language="zh_Hans", now=institution.now)
    )
    assert (contact.language, count(institution, Contact)) == ("en", 1)


def change(client: FlaskClient, world: World, contact: str) -> Page:
    """Ask for another contact; the page that wants its code."""
    page = Page(client.get(f"/{world.slug}/me/contact/"))
    return post(client, page, contact=contact)


def test_a_contact_is_changed_when_the_new_one_is_proved(
    institution: World, client: FlaskClient
) -> None:
    prove(client, institution)
    elsewhere = institution.client()
    prove(elsewhere, institution)
    page = change(client, institution, "li@example.com")
    right = code_sent(institution)
    assert post(client, page, code=wrong(right)).status == 422
    done = post(client, page, code=right)
    assert done.path.endswith("/me/")
    assert "l***@e…" in done.text
    assert not is_known(elsewhere, institution)
    [contact] = institution.do(lambda s: s.scalars(select(Contact)).all())
    assert (contact.kind, contact.value) == ("email", "li@example.com")
    codes = institution.do(lambda s: s.scalars(select(LedgerEntry.code)).all())
    assert "identity.contact.changed" in codes


def test_a_contact_that_is_known_here_is_not_taken_over(
    institution: World, client: FlaskClient
) -> None:
    other = institution.client()
    prove(other, institution, contact="13912345678")
    prove(client, institution)
    page = change(client, institution, "13912345678")
    assert page.status == 200
    assert post(client, page, code=code_sent(institution)).status == 422
    assert is_known(client, institution)
    assert is_known(other, institution)
    values = institution.do(lambda s: {c.value for c in s.scalars(select(Contact))})
    assert values == {f"+86{PHONE}", "+8613912345678"}


def test_a_code_of_a_session_does_not_change_a_contact(
    institution: World, client: FlaskClient
) -> None:
    prove(client, institution)
    page = change(client, institution, "13912345678")
    issue(institution, address=Address("phone", "+8613912345678"))
    assert post(client, page, code=code_sent(institution)).status == 422


def test_at_a_screen_where_staff_are_signed_in_the_citizen_acts_as_citizen(
    institution: World,
) -> None:
    furnish(institution)
    add_staff(institution, "A1", ["identity.staff.edit"])
    client = sign_in(institution, "A1")
    prove(client, institution)
    post(client, Page(client.get(f"/{institution.slug}/me/erase/")))
    erased = select(LedgerEntry).where(LedgerEntry.code == "identity.contact.erased")
    assert institution.do(lambda session: session.scalars(erased).one()).actor_kind == "citizen"
