"""An administrator keeps what the institution is called, says and allows."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.core.ledger import LedgerEntry
from portal.tenancy.models import SettingsVersion
from tests.features.tenancy.conftest import Office, Run, open_office, world_of
from tests.support.profiles import LIBRARY, NAMES
from tests.support.world import World, make_institution

SECTIONS = ("presence", "words", "booking", "privacy", "sign_in")


def versions(office: Office) -> list[SettingsVersion]:
    found = select(SettingsVersion).order_by(SettingsVersion.number)
    return office.world.do(lambda session: list(session.scalars(found)))


@pytest.mark.parametrize("profile", [*NAMES, str(LIBRARY)])
def test_every_section_opens_and_is_saved_unchanged(app: Flask, run: Run, profile: str) -> None:
    run("create", "--profile", profile, "--slug", "here")
    office = open_office(world_of(app, "here"))
    for section in SECTIONS:
        page = office.send(f"{section}/")
        assert page.path == "/here/admin/institution/", page.text
    stored = versions(office)
    assert [version.number for version in stored] == [1, 2, 3, 4, 5, 6]
    assert all(version.document == stored[0].document for version in stored)


def test_a_word_changed_stands_on_the_pages_at_once(office: Office) -> None:
    page = office.send("presence/", headline__en="Read\nmore.", phone_1="0571-1111 2222")
    assert "Saved." in page.text
    home = office.home().text
    assert "more." in home
    assert "0571-1111 2222" in home
    last = versions(office)[-1]
    assert last.document["presence"]["headline"]["en"] == "Read\nmore."
    assert last.author_id is not None


def test_what_the_act_of_booking_is_called_stands_on_the_home_page(office: Office) -> None:
    assert "Book a visit" in office.home().text
    office.send("words/", booking__en="reserve a seat")
    assert "Reserve a seat" in office.home().text


def test_simplified_left_empty_is_made_from_traditional(office: Office) -> None:
    office.send("words/", closed__zh_Hant="閉門", closed__zh_Hans="")
    words = versions(office)[-1].document["words"]
    assert words["closed"]["zh_Hans"] == "闭门"


def test_the_name_stands_at_the_head_of_every_page_at_once(office: Office) -> None:
    page = office.send("name/", name__en="Moon River Library")
    assert page.status == 200
    assert "Moon River Library" in office.home().text
    codes = select(LedgerEntry.code).where(LedgerEntry.code == "tenancy.institution.changed")
    assert office.world.do(lambda session: len(list(session.scalars(codes)))) == 1


def test_a_name_changed_by_somebody_else_meanwhile_is_not_overwritten(office: Office) -> None:
    shown = office.get("name/")
    office.send("name/", name__en="First")
    late = office.again(shown, name__en="Second")
    assert late.status == 422
    assert "Someone else changed this meanwhile" in late.text
    assert "First" in office.home().text


def test_a_change_may_wait_for_a_day(office: Office) -> None:
    office.send("booking/", grace_minutes="10", valid_from="2026-12-01")
    page = office.get()
    assert "Planned" in page.text
    assert "Tue 1 Dec, 12:00 am" in page.text
    assert 'value="30"' in office.get("booking/").text
    assert "A change is planned for Tue 1 Dec" in office.get("booking/").text
    office.world.wait(days=9)
    late = open_office(office.world, "L2")
    assert 'value="10"' in late.get("booking/").text
    assert "Planned" not in late.get().text


def test_a_change_of_today_goes_on_into_what_is_planned(office: Office) -> None:
    office.send("booking/", grace_minutes="10", valid_from="2026-12-01")
    office.send("words/", citizen__en="guest")
    office.send("booking/", grace_minutes="20", horizon_days="8")
    office.world.wait(days=9)
    late = open_office(office.world, "L2")
    assert "guest" in late.get("words/").text
    page = late.get("booking/").text
    assert 'value="10"' in page, "the plan says something of its own"


def test_a_planned_change_is_withdrawn(office: Office) -> None:
    office.send("booking/", grace_minutes="10", valid_from="2026-12-01")
    question = office.get("versions/2/withdraw/")
    assert "Tue 1 Dec" in question.text
    done = office.again(question)
    assert "The planned change is withdrawn." in done.text
    office.world.wait(days=9)
    assert 'value="30"' in open_office(office.world, "L2").get("booking/").text


@pytest.mark.parametrize("number", [1, 2, 99])
def test_what_holds_or_is_not_there_cannot_be_withdrawn(office: Office, number: int) -> None:
    office.send("booking/", grace_minutes="10")
    assert office.get(f"versions/{number}/withdraw/").status == 404


def test_a_day_that_is_past_is_refused(office: Office) -> None:
    page = office.send("booking/", grace_minutes="10", valid_from="2026-11-22")
    assert page.status == 422
    assert "Settings of the past cannot be changed" in page.text
    assert len(versions(office)) == 1


def test_today_means_now(office: Office) -> None:
    office.send("booking/", grace_minutes="10", valid_from="2026-11-23")
    assert versions(office)[-1].valid_from == office.world.now


def test_two_people_at_once_are_not_both_right(office: Office) -> None:
    other = open_office(office.world, "L2")
    first, second = office.get("booking/"), other.get("words/")
    office.again(first, grace_minutes="10")
    late = other.again(second, citizen__en="guest")
    assert late.status == 422
    assert "Someone else changed this meanwhile" in late.text
    assert len(versions(office)) == 2


@pytest.mark.parametrize(
    ("section", "values", "message"),
    [
        ("booking", {"horizon_days": "0"}, "Write a number from 1 to 365."),
        ("booking", {"horizon_days": "many"}, "1 to 365"),
        ("booking", {"horizon_days": ""}, "1 to 365"),
        ("booking", {"release_time": "25:00"}, ""),
        ("booking", {"counter_share": "60", "priority_share": "50"}, "more than 100"),
        ("privacy", {"retention_days": "3"}, "30 to 3650"),
        ("sign_in", {"password_length": "8"}, "12 to 64"),
        ("words", {"citizen__zh_Hant": ""}, "Traditional"),
        ("words", {"citizen__zh_Hant": "讀" * 21}, ""),
        ("presence", {"phone_1": "", "label_1__zh_Hant": "", "label_1__zh_Hans": "",
                      "label_1__en": ""}, "at least one phone number"),
        ("presence", {"phone_1": ""}, "Write both"),
        ("presence", {"phone_2": "0571-1"}, "Write both"),
        ("presence", {"lead__zh_Hant": "<script>alert(1)</script>" * 20}, ""),
        ("booking", {"valid_from": "yesterday"}, ""),
        ("booking", {"number": "x"}, ""),
    ],
)  # fmt: skip
def test_bad_input_is_refused_on_its_field_and_changes_nothing(
    office: Office, section: str, values: dict[str, str], message: str
) -> None:
    page = office.send(f"{section}/", **values)
    assert page.status == 422
    assert message in page.text
    assert "need" in page.text, "the summary names it"
    assert len(versions(office)) == 1


def test_all_four_numbers_survive_an_edit(office: Office) -> None:
    numbers = {f"phone_{n}": f"0571-000{n}" for n in (2, 3, 4)}
    labels = {f"label_{n}__zh_Hant": f"電話{n}" for n in (2, 3, 4)}
    office.send("presence/", **numbers, **labels)
    office.send("presence/", tagline__en="Readers first")
    phones = versions(office)[-1].document["presence"]["phones"]
    assert [phone["number"] for phone in phones] == [
        "0571-6500 1000",
        "0571-0002",
        "0571-0003",
        "0571-0004",
    ]


def test_hostile_text_is_shown_as_text(office: Office) -> None:
    office.send("words/", closed__en='"><script>x</script>')
    page = office.get("words/").text
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page


def test_the_history_names_who_changed_what(office: Office) -> None:
    office.send("booking/", grace_minutes="10")
    page = office.get().text
    assert "陳志強" in page
    assert "The profile" in page
    assert "Booking rules" in page
    assert "Holds now" in page


def test_a_long_history_comes_in_pages(office: Office) -> None:
    world, now = office.world, office.world.now
    document = versions(office)[0].document

    def add(number: int) -> SettingsVersion:
        begins = now - timedelta(days=500 - number)
        return SettingsVersion(
            number=number, valid_from=begins, document=document, created_at=begins
        )

    world.do(lambda session: session.add_all(add(number) for number in range(2, 121)))
    first, last = office.get(), office.get("?page=3")
    assert "Version 120" in first.text
    assert "Version 70<" not in first.text
    assert "Version 1<" in last.text


def test_only_those_who_may_come_in(office: Office) -> None:
    stranger = office.world.client()
    neighbour = make_institution(office.world.app, "next")
    for path in ("", "name/", "booking/", "versions/1/withdraw/"):
        answer = stranger.get(f"/yuehe/admin/institution/{path}")
        assert answer.status_code == 303
        assert "/work/sign-in/" in answer.location
        inside = office.client.get(f"/{neighbour.slug}/admin/institution/{path}")
        assert inside.status_code == 303
    assert office.get("volcano/").status == 404


def test_a_clerk_may_not(library: World) -> None:
    clerk = open_office(library, "C1", "appointments.booking.serve")
    for path in ("", "name/", "booking/", "versions/1/withdraw/"):
        assert clerk.get(path).status == 403
