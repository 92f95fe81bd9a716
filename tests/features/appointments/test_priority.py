"""Priority: claimed neutrally, verified by one tap, and what false claims lead to (Q9)."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.appointments.views.desk import BOOK
from portal.appointments.views.today import SERVE
from portal.tenancy.models import Institution, SettingsVersion
from tests.support.citizens import prove
from tests.support.pages import Page, post
from tests.support.walks import PHONE, bookings, choose_time, code_sent, sign_in
from tests.support.world import MONDAY, SETTINGS, World, add_staff

DAYS = [f"2026-11-{day}" for day in (24, 25, 26, 27)]


def claim(client: FlaskClient, world: World, day: str, *, priority: str = "elderly") -> Page:
    """Book online with a claim; the page that follows."""
    page = choose_time(client, world, day=day)
    page = post(
        client,
        page,
        name="張麗華",
        contact=PHONE,
        agreed="y",
        priority=priority,
        for_other="",
    )
    if "code" in page.form()["fields"]:
        return post(client, page, code=code_sent(world))
    return post(client, page)


def set_verdict(world: World, number: int, verdict: str) -> None:
    """What the window saw, and that the person was served."""
    booking_id = bookings(world)[number].id
    world.do(
        lambda session: session.execute(
            update(Booking)
            .where(Booking.id == booking_id)
            .values(priority_verdict=verdict, state="done")
            .execution_options(synchronize_session=False)
        )
    )


@pytest.fixture
def clerk(town: World) -> str:
    add_staff(town, "1001", [SERVE])
    return "1001"


@pytest.mark.parametrize(
    ("outcome", "verdict", "shown"),
    [("confirmed", "confirmed", "Priority"), ("refused", "refused", "")],
)
def test_q9_a_claim_is_verified_by_one_tap_while_the_person_is_here(
    town: World, client: FlaskClient, clerk: str, outcome: str, verdict: str, shown: str
) -> None:
    claim(client, town, DAYS[0], priority="pregnant")
    town.wait(days=1)
    window = sign_in(town, clerk)
    path = f"/{town.slug}/work/today/1/"
    window.get(f"{path}?language=en")
    page = Page(window.get(path))
    assert "/priority/" not in page.text, "nobody is there to be looked at"
    page = post(window, page, action="/here/")
    assert "Priority, to be verified" in page.text
    assert "Pregnant" not in page.text, "others can read the screen"
    token = page.form(action="/priority/")
    page = Page(
        window.post(
            token["action"], data={**token["fields"], "outcome": outcome}, follow_redirects=True
        )
    )
    assert bookings(town)[0].priority_verdict == verdict
    assert ("· Priority" in page.text) == bool(shown)
    person = Page(window.get(f"/{town.slug}/work/today/booking/{bookings(town)[0].id}/"))
    assert "Pregnant" in person.text


def test_q9_two_colleagues_who_tap_at_once_are_not_both_right(
    town: World, client: FlaskClient, clerk: str
) -> None:
    claim(client, town, DAYS[0])
    town.wait(days=1)
    first, second = sign_in(town, clerk), sign_in(town, clerk)
    path = f"/{town.slug}/work/today/1/"
    post(first, Page(first.get(path)), action="/here/")
    pages = [Page(each.get(path)) for each in (first, second)]
    for browser, page, outcome in zip(
        (first, second), pages, ("confirmed", "refused"), strict=True
    ):
        form = page.form(action="/priority/")
        browser.post(form["action"], data={**form["fields"], "outcome": outcome})
    assert bookings(town)[0].priority_verdict == "confirmed"


def test_q9_only_after_two_false_claims_the_next_one_is_void_and_then_it_counts_again(
    town: World, client: FlaskClient
) -> None:
    prove(client, town)
    client.get(f"/{town.slug}/?language=en")
    for number, (day, expected) in enumerate(
        zip(DAYS, ("elderly", "elderly", "", "elderly"), strict=True)
    ):
        page = claim(client, town, day)
        booking = bookings(town)[number]
        assert booking.priority == expected
        assert ("This booking has no priority." in page.text) == (expected == "")
        if expected:
            set_verdict(town, number, "refused")
    assert [booking.priority_verdict for booking in bookings(town)] == [
        "refused",
        "refused",
        "lost",
        "refused",
    ]


def test_q9_a_void_claim_opens_no_place_that_is_kept_for_others(
    town: World, client: FlaskClient
) -> None:
    prove(client, town)
    client.get(f"/{town.slug}/?language=en")
    for number, day in enumerate(DAYS[1:3]):
        claim(client, town, day)
        set_verdict(town, number, "refused")
    path = f"/{town.slug}/book/birth/time/?priority=elderly&day={DAYS[3]}"
    kept = Page(client.get(path)).values("slot")
    usual = Page(client.get(f"/{town.slug}/book/birth/time/?day={DAYS[3]}")).values("slot")
    [slot, *_] = sorted(set(kept) - set(usual))
    page = post(client, Page(client.get(path)), slot=slot)
    page = post(
        client, page, name="張麗華", contact=PHONE, agreed="y", priority="elderly", for_other=""
    )
    page = post(client, page)
    assert page.status == 422
    assert "choose a time that is open to everybody" in page.text
    assert len(bookings(town)) == 2


def test_only_the_classes_of_the_institution_can_be_claimed(
    town: World, client: FlaskClient
) -> None:
    def change(session: Session) -> None:
        rules = {"priorities": ["elderly"], "elderly_age": 65}
        session.add(
            SettingsVersion(
                number=2,
                valid_from=MONDAY,
                document={**SETTINGS, "booking": rules},
                created_at=MONDAY,
            )
        )
        session.execute(update(Institution).values(settings_stamp=2))

    town.do(change)
    client.get(f"/{town.slug}/?language=en")
    page = choose_time(client, town, day=DAYS[0])
    assert page.values("priority") == ["", "elderly"]
    assert "Aged 65 or over" in page.text
    refused = post(
        client, page, name="張", contact=PHONE, agreed="y", priority="pregnant", for_other=""
    )
    assert refused.status == 422
    add_staff(town, "1001", [BOOK])
    prove(client, town)
    for browser, path in (
        (client, "book/birth/wait/"),
        (sign_in(town, "1001"), "work/book/birth/waiting/add/"),
    ):
        browser.get(f"/{town.slug}/?language=en")
        page = Page(browser.get(f"/{town.slug}/{path}"))
        assert page.values("priority") == ["", "elderly"], path
        assert "Aged 65 or over" in page.text
