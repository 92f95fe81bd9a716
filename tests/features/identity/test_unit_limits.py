"""What somebody may do for one unit reaches neither another nor the whole institution."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.appointments.models import Slot
from portal.appointments.views.desk import BOOK, OVERBOOK
from portal.appointments.views.today import SERVE
from portal.catalog.models import Post, Service
from portal.identity.models import Role, RoleAssignment, Unit
from tests.support.pages import Page, post
from tests.support.walks import sign_in
from tests.support.world import World, add_staff, furnish


@pytest.fixture
def town(institution: World) -> World:
    furnish(institution)
    institution.publish()
    return institution


def add_unit(world: World) -> int:
    def add(session: Session) -> int:
        unit = Unit(code="annex", name={"zh_Hant": "分處"})
        session.add(unit)
        session.flush()
        return unit.id

    return world.do(add)


def limit(world: World, staff_id: int, unit_id: int) -> None:
    """All that the person may do holds for this unit only."""
    world.do(
        lambda session: session.execute(
            update(RoleAssignment)
            .where(RoleAssignment.staff_id == staff_id)
            .values(unit_id=unit_id)
            .execution_options(synchronize_session=False)
        )
    )


def allow_also(world: World, staff_id: int, permissions: list[str], unit_id: int) -> None:
    def give(session: Session) -> None:
        role = Role(code="also", name={"zh_Hant": "也"}, permissions=permissions)
        session.add(role)
        session.flush()
        session.add(RoleAssignment(staff_id=staff_id, role_id=role.id, unit_id=unit_id))

    world.do(give)


@pytest.mark.parametrize(
    ("permission", "paths"),
    [
        (
            "calendar.hours.edit",
            ["hours/", "hours/add/", "hours/1/", "hours/1/week/", "hours/holidays/add/"],
        ),
        (
            "tenancy.settings.edit",
            ["institution/", "institution/name/", "institution/booking/"],
        ),
        ("identity.unit.edit", ["units/add/"]),
        ("identity.role.edit", ["roles/add/"]),
    ],
)
def test_pages_about_the_whole_institution_ask_for_the_whole_of_it(
    town: World, permission: str, paths: list[str]
) -> None:
    staff_id = add_staff(town, "A1", [permission])
    client = sign_in(town, "A1")
    for path in paths:
        assert client.get(f"/{town.slug}/admin/{path}").status_code == 200, path
    limit(town, staff_id, add_unit(town))
    for path in paths:
        assert client.get(f"/{town.slug}/admin/{path}").status_code == 403, path


def book(client: FlaskClient, town: World, **values: Any) -> Page:
    page = Page(client.get(f"/{town.slug}/work/book/birth/"))
    slot = values.pop("slot", "") or page.values("slot")[0]
    return post(client, page, name="張麗華", slot=slot, channel="phone", **values)


def test_who_books_on_the_phone_need_not_serve_at_the_window(town: World) -> None:
    add_staff(town, "A1", [BOOK])
    assert book(sign_in(town, "A1"), town).status == 200


def test_nobody_books_for_a_unit_by_serving_there(town: World) -> None:
    staff_id = add_staff(town, "A1", [SERVE])
    allow_also(town, staff_id, [BOOK], add_unit(town))
    assert book(sign_in(town, "A1"), town).status == 403


def test_nobody_overbooks_for_a_unit_by_the_permission_for_another(town: World) -> None:
    staff_id = add_staff(town, "A1", [SERVE, BOOK])
    allow_also(town, staff_id, [OVERBOOK], add_unit(town))
    assert book(sign_in(town, "A1"), town, overbook="y").status == 403


def test_the_slip_of_another_units_booking_stays_with_that_unit(town: World) -> None:
    add_staff(town, "A1", [BOOK])
    made = book(sign_in(town, "A1"), town)
    staff_id = add_staff(town, "A2", [BOOK])
    limit(town, staff_id, add_unit(town))
    assert sign_in(town, "A2").get(made.path).status_code == 403


def other_service(town: World, *, is_active: bool) -> int:
    """A service that asks for the ID number, with a time of its own; its time."""

    def add(session: Session) -> int:
        known = session.query(Slot).filter(Slot.pool == "public", Slot.starts_at > town.now)
        pattern = known.order_by(Slot.starts_at).first()
        assert pattern is not None
        service = Service(
            unit_id=session.query(Post).one().unit_id,
            code="other",
            name={"zh_Hant": "另事"},
            summary={"zh_Hant": "另事"},
            asks_id_number=True,
            is_active=is_active,
        )
        session.add(service)
        session.flush()
        slot = Slot(
            service_id=service.id,
            post_id=pattern.post_id,
            starts_at=pattern.starts_at,
            ends_at=pattern.ends_at,
            pool="public",
            public_from=pattern.public_from,
            capacity=2,
            booked=0,
        )
        session.add(slot)
        session.flush()
        return slot.id

    return town.do(add)


def test_the_window_books_only_the_service_whose_page_it_is(town: World) -> None:
    add_staff(town, "A1", [BOOK])
    slot_id = other_service(town, is_active=True)
    assert book(sign_in(town, "A1"), town, slot=str(slot_id)).status == 422


def test_a_citizen_keeps_only_times_of_the_service_whose_page_it_is(town: World) -> None:
    client, slot_id = town.client(), other_service(town, is_active=False)
    page = Page(client.get(f"/{town.slug}/book/birth/time/"))
    assert post(client, page, slot=str(slot_id)).status == 422
