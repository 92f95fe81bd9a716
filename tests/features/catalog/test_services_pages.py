"""An administrator keeps services: their texts, and whether they are offered at all."""

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.appointments.models import Slot
from portal.catalog.models import Offering, Service
from portal.identity.models import RoleAssignment, Unit
from portal.search.models import Posting
from portal.search.queries import find_refs
from tests.features.catalog.conftest import EDITS, Office, codes, count, rows
from tests.support.statements import count_statements
from tests.support.walks import book_online
from tests.support.world import World, add_staff, furnish, make_institution

SERVICE = {"name-zh_Hant": "低保申請", "name-en": "Income support", "code": "income"}
#: Every page of a service that is one's own; 1 is a paper of service 1.
PAGES = [
    "", "edit/", "active/", "fee/", "offer/", "offer/1/", "document/add/", "step/add/",
    "ground/add/", "document/1/", "document/1/remove/",
]  # fmt: skip


def found(world: World, question: str) -> list[int]:
    return [ref for _kind, ref in world.do(lambda s: find_refs(s, question))]


def test_a_service_is_added_changed_and_found_in_both_scripts(office: Office, town: World) -> None:
    page = office.send("services/add/", promised_days="15", **SERVICE)
    assert page.path.endswith("/admin/services/2/"), page.text
    assert "Nowhere yet, so it cannot be booked." in page.text
    assert found(town, "申請") == found(town, "申请") == found(town, "income") == [2]
    changed = {"summary-zh_Hant": "家庭收入低於標準", "asks_id_number": "y"}
    office.send("services/2/edit/", **changed)
    assert found(town, "收入") == [2]
    service = rows(town, Service)[1]
    assert (service.promised_days, service.asks_id_number, service.position) == (15, True, 1)
    assert service.version == 1
    assert codes(town) == ["catalog.service.created", "catalog.service.changed"]


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("name-zh_Hant", " ", "Write it in Traditional Chinese."),
        ("name-zh_Hans", "长" * 61, "60"),
        ("summary-zh_Hant", "長" * 121, "120"),
        ("basis-zh_Hant", "長" * 301, "300"),
        ("code", "birth", "already used"),
        ("code", "../edit", "Use small letters"),
        ("code", "x" * 41, "40"),
        ("promised_days", "366", "from 0 to 365"),
        ("promised_days", "", "from 0 to 365"),
        ("promised_days", "1e2", "from 0 to 365"),
        ("unit", "2", "valid choice"),
    ],
)
def test_bad_input_lands_on_its_field_and_changes_nothing(
    office: Office, town: World, field: str, typed: str, message: str
) -> None:
    page = office.send("services/add/", **(SERVICE | {field: typed}))
    assert page.status == 422
    assert message.lower() in page.text.lower()
    assert f'id="{field}-error"' in page.text
    assert count(town, Service) == 1
    assert count(town, Posting) == 0
    assert codes(town) == []


def test_hostile_text_is_shown_as_it_was_typed(office: Office) -> None:
    hostile = "<script>alert(1)</script>"
    page = office.send("services/add/", **(SERVICE | {"name-zh_Hant": hostile, "name-en": hostile}))
    assert page.status == 200
    assert hostile not in page.text
    assert "&lt;script&gt;" in page.text


def test_of_two_who_change_a_service_the_second_is_told(office: Office, town: World) -> None:
    stale = office.get("services/1/edit/")
    office.send("services/1/edit/", promised_days="3")
    page = office.again(stale, promised_days="4")
    assert page.status == 422
    assert "Someone else changed this meanwhile" in page.text
    assert rows(town, Service)[0].promised_days == 3


def test_a_withdrawn_service_is_neither_found_nor_booked(office: Office, town: World) -> None:
    office.send("services/1/edit/")
    town.publish()
    visitor = town.client()
    book_online(visitor, town)
    assert found(town, "登記") == [1]
    question = office.get("services/1/active/")
    assert "Nobody can find or book it any more." in question.text
    assert rows(town, Service)[0].is_active
    page = office.again(question)
    assert "Offer it again" in page.text
    assert "Withdrawn" in office.get("services/").text
    assert found(town, "登記") == []
    for path in ("services/birth/", "book/birth/", "book/birth/time/"):
        assert town.client().get(f"/{town.slug}/{path}").status_code == 404
    town.publish()
    slots = rows(town, Slot)
    assert all(slot.is_withdrawn for slot in slots)
    assert sum(slot.booked for slot in slots) == 1
    office.send("services/1/active/")
    town.publish()
    assert found(town, "登記") == [1]
    assert not any(slot.is_withdrawn for slot in rows(town, Slot))
    assert codes(town)[1:] == ["catalog.service.withdrawn", "catalog.service.offered"]


def test_two_who_withdraw_a_service_do_not_offer_it_again(office: Office, town: World) -> None:
    first, second = office.get("services/1/active/"), office.get("services/1/active/")
    office.again(first)
    page = office.again(second)
    assert "Someone else changed this meanwhile" in page.text
    assert not rows(town, Service)[0].is_active


def test_one_who_keeps_a_unit_keeps_its_services_only(office: Office, town: World) -> None:
    def build(session: Session) -> None:
        session.add(Unit(code="yard", name={"zh_Hant": "後院", "en": "Yard"}))
        session.flush()
        session.execute(update(RoleAssignment).values(unit_id=2))

    town.do(build)
    assert "Birth registration" not in office.get("services/").text
    for path in PAGES:
        assert office.get(f"services/1/{path}").status == 403
    assert office.send("services/add/", unit="1", **SERVICE).status == 422
    page = office.send("services/add/", unit="2", **SERVICE)
    assert page.path.endswith("/services/2/")
    assert office.get("services/2/document/1/").status == 404


def test_an_absent_or_foreign_service_is_not_found(office: Office, town: World) -> None:
    other = make_institution(town.app, "other")
    furnish(other)
    foreign = town.do(lambda s: count(other, Service)) + 1
    token = office.get("services/1/edit/").form()["fields"]["csrf_token"]
    data = {"csrf_token": token, "idempotency_key": "k" * 20}
    sends = [*PAGES, "document/1/up/", "document/1/down/", "fee/1/withdraw/"]
    for number in (foreign, 99, 10**30):
        for path in PAGES:
            assert office.get(f"services/{number}/{path}").status == 404, path
        for path in filter(None, sends):
            address = office.address(f"services/{number}/{path}")
            assert office.client.post(address, data=data).status_code == 404, path
    strangers = (
        "offer/2/ offer/99/ document/2/ document/99/ poem/add/ poem/1/ fee/99/withdraw/ step/1/"
    )
    for path in (*strangers.split(), f"document/{10**30}/", f"offer/{10**30}/"):
        assert office.get(f"services/1/{path}").status == 404, path
    assert codes(other) == []
    assert count(other, Offering) == 1


@pytest.mark.parametrize("language", ["zh_Hant", "zh_Hans", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_in_each_language(office: Office, path: str, language: str) -> None:
    page = office.get(f"services/1/{path}", language)
    assert page.status == 200
    assert page.text.count("<h1") == 1


def test_hundreds_of_services_come_in_pages(office: Office, town: World) -> None:
    with count_statements(town) as few:
        office.get("services/")

    def fill(session: Session) -> None:
        session.add_all(
            Service(unit_id=1, code=f"s{n}", name={"zh_Hant": "長" * 60}, position=n)
            for n in range(1, 120)
        )

    town.do(fill)
    with count_statements(town) as many:
        page = office.get("services/?page=3")
    assert len(many) == len(few)
    assert page.text.count("<tr><td>") == 20
    assert "Page 3 of 3, 120 in all" in page.text


def test_without_services_the_list_says_so(institution: World) -> None:
    institution.do(lambda s: s.add(Unit(code="hall", name={"zh_Hant": "大廳"})))
    add_staff(institution, "A1", EDITS)
    assert "There is no service yet." in Office(institution, "A1").get("services/").text
