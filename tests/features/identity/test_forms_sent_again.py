"""A form sent again finds its own first answer, and nobody else's; a closed door is no answer."""

from typing import Any

from tests.support.pages import Page, post
from tests.support.walks import choose_time, code_sent, give_details, sign_in
from tests.support.world import PASSWORD, World, add_staff, furnish


def test_what_a_locked_screen_refused_is_done_when_it_is_sent_after_unlocking(
    institution: World,
) -> None:
    furnish(institution)
    add_staff(institution, "A1", ["identity.unit.edit"])
    clerk = sign_in(institution, "A1")
    page = Page(clerk.get("/qingxi/admin/units/add/"))
    filled = {
        **page.form()["fields"],
        "code": "annex",
        "name-zh_Hant": "分處",
    }
    post(clerk, Page(clerk.get("/qingxi/work/account/")), action="/work/lock/")
    refused = clerk.post(page.path, data=filled)
    assert "/work/lock/" in refused.location
    post(clerk, Page(clerk.get("/qingxi/work/lock/")), action="/unlock/", password=PASSWORD)
    done = clerk.post(page.path, data=filled)
    assert done.status_code == 303
    assert done.location.endswith("/admin/units/"), done.location
    assert "annex" in clerk.get("/qingxi/admin/units/").get_data(as_text=True)


def test_what_a_signed_out_browser_sent_is_not_taken_for_done(institution: World) -> None:
    furnish(institution)
    add_staff(institution, "A1", ["identity.unit.edit"])
    clerk = sign_in(institution, "A1")
    page = Page(clerk.get("/qingxi/admin/units/add/"))
    key = page.form()["fields"]["idempotency_key"]
    stranger = institution.client()
    own = Page(stranger.get("/qingxi/work/sign-in/")).form()["fields"]
    assert stranger.post(page.path, data={**own, "idempotency_key": key}).status_code == 303
    name: dict[str, Any] = {"name-zh_Hant": "分處"}
    done = post(clerk, page, code="annex", **name)
    assert "annex" in done.text


def test_a_key_tells_another_browser_nothing_of_the_first_ones_answer(institution: World) -> None:
    furnish(institution)
    institution.publish()
    first = institution.client()
    check = give_details(first, choose_time(first, institution))
    key = check.form()["fields"]["idempotency_key"]
    booked = post(first, check, code=code_sent(institution))
    assert "/b/" in booked.path
    other = institution.client()
    theirs = give_details(other, choose_time(other, institution), contact="13912345678")
    answer = post(other, theirs, follow=False, idempotency_key=key, code="000000")
    assert "/b/" not in answer.headers.get("Location", "")
    assert answer.status == 422


def test_the_same_browser_is_led_to_its_booking_again(institution: World) -> None:
    furnish(institution)
    institution.publish()
    client = institution.client()
    check = give_details(client, choose_time(client, institution))
    code = code_sent(institution)
    first = post(client, check, follow=False, code=code)
    again = post(client, check, follow=False, code=code)
    assert first.headers["Location"] == again.headers["Location"]
