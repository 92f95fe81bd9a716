"""Administrators keep people, roles and units; nobody gives more than he holds."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from portal.core.actor import SYSTEM, Actor
from portal.core.errors import DomainError
from portal.identity.models import RoleAssignment, Unit
from portal.identity.queries.principals import get_holdings
from portal.identity.queries.staff import HasLeft, UnitClosed, list_staff, list_units
from portal.identity.services import arranging, staffing
from portal.identity.services.granting import BeyondOwn, LastAdministrator, Stronger
from portal.identity.services.staffing import StillHolds
from portal.identity.staff_events import (
    HandingOver,
    Holding,
    StaffLeaving,
    UnitClosing,
    handing_over,
    staff_leaving,
    unit_closing,
)

STAFF, ROLES, UNITS = "identity.staff.edit", "identity.role.edit", "identity.unit.edit"
PASSWORD = re.compile(r"\b([a-z2-9]{4}(?:-[a-z2-9]{4}){3})\b")


def issued(answer: Any) -> str:
    """The first password on a page."""
    assert answer.status_code == 200
    found = PASSWORD.search(answer.get_data(as_text=True))
    assert found is not None
    return found[1]


def test_somebody_is_taken_on_and_signs_in_with_the_password_on_paper(office: Any) -> None:
    office.administrator()
    unit_id = office.unit("front")
    admin = office.signed_in("A1")
    answer = admin.send(
        "admin/people/add/", name="李小明", number="b-020", unit=unit_id, phone="138 0013 8000"
    )
    password = issued(answer)
    browser = office.browser()
    assert browser.sign_in("B-020", password).status_code == 303
    assert "first-password" in browser.get("work/account/").location
    assert "identity.staff.added" in office.codes()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", "A1"),
        ("number", "no spaces"),
        ("number", "工號"),
        ("number", ""),
        ("name", "=1+1"),
        ("name", "＝1+1"),
        ("name", "x" * 61),
        ("name", "   "),
        ("phone", "call me"),
        ("email", "not-an-address"),
        ("unit", "999"),
        ("unit", "x"),
    ],
)
def test_bad_input_is_named_on_its_field_and_nobody_is_added(
    office: Any, field: str, value: str
) -> None:
    office.administrator()
    fields = {"name": "李小明", "number": "B2", "unit": office.unit("front"), field: value}
    answer = office.signed_in("A1").send("admin/people/add/", **fields)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.get_data(as_text=True)
    listing = office.act(list_staff)
    assert listing.total == 1


def test_a_name_of_sixty_characters_and_markup_are_shown_as_they_are(office: Any) -> None:
    office.administrator()
    name = "<b>&" + "長" * 56
    staff_id = office.person("B2", name=name)
    admin = office.signed_in("A1")
    for path in ("admin/people/", f"admin/people/{staff_id}/", f"admin/people/{staff_id}/edit/"):
        assert "&lt;b&gt;&amp;" + "長" * 56 in admin.text(path)


def test_people_are_found_by_number_and_by_name_in_both_scripts(office: Any) -> None:
    office.administrator()
    office.person("B020", name="張國華")
    admin = office.signed_in("A1")
    for query in ("b02", "张国", "國華"):
        assert "張國華" in admin.text(f"admin/people/?q={query}")
    assert "張國華" not in admin.text("admin/people/?q=李")
    assert "張國華" not in admin.text("admin/people/?q=%25")


def test_the_list_is_paged_and_a_page_too_far_is_the_last(office: Any) -> None:
    office.administrator()
    for count in range(60):
        office.person(f"P{count:03}")
    admin = office.signed_in("A1")
    assert admin.text("admin/people/").count("/admin/people/") > 50
    assert "P059" in admin.text("admin/people/?page=999")
    assert "P059" in admin.text("admin/people/?page=2")
    for query in ("page=-1", "page=x", "unit=99999999999999999999", "unit=x", f"page={10**30}"):
        assert admin.text(f"admin/people/?{query}")


def test_a_correction_made_on_an_old_page_is_refused(office: Any) -> None:
    office.administrator()
    staff_id = office.person("B2", name="李小明")
    admin = office.signed_in("A1")
    path, unit = f"admin/people/{staff_id}/edit/", office.unit("front")
    stale = {"name": "李大明", "number": "B2", "unit": unit, "version": 0}
    assert admin.send(path, name="李明", number="B3", unit=unit).status_code == 303
    assert admin.send(path, **stale).status_code == 422
    assert office.staff(staff_id).name == "李明"


def test_a_new_password_ends_all_sessions_of_the_person(office: Any) -> None:
    office.administrator()
    staff_id = office.person("B2")
    browser, admin = office.signed_in("B2"), office.signed_in("A1")
    password = issued(admin.send(f"admin/people/{staff_id}/password/"))
    assert not browser.is_in()
    assert office.browser().sign_in("B2").status_code == 422
    assert office.browser().sign_in("B2", password).status_code == 303


def test_an_account_that_may_do_more_is_not_taken_over(office: Any) -> None:
    chief = office.administrator()
    clerk = office.person("C1")
    office.grant(clerk, office.role("keeper", STAFF))
    browser = office.signed_in("C1")
    for act in ("password", "telephone", "leave"):
        assert browser.send(f"admin/people/{chief}/{act}/").status_code == 422
    assert office.signed_in("A1").is_in()
    with pytest.raises(Stronger):
        office.act(
            lambda session: staffing.reset_telephone(
                session, staff_id=chief, actor=Actor("staff", clerk), now=office.now
            )
        )


def test_a_role_holds_for_its_unit_and_those_below(office: Any) -> None:
    staff_id = office.person("B2")
    top = office.unit("top")
    below = office.unit("below", parent=top)
    elsewhere = office.unit("elsewhere")
    office.grant(staff_id, office.role("keeper", STAFF), unit="top")
    held = office.act(lambda session: get_holdings(session, staff_id))
    assert held.can(STAFF)
    assert held.can(STAFF, top)
    assert held.can(STAFF, below)
    assert not held.can(STAFF, elsewhere)
    assert not held.can(ROLES)


def test_whoever_keeps_one_unit_sees_and_changes_no_other(office: Any) -> None:
    keeper = office.person("K1", unit="mine")
    office.grant(keeper, office.role("keeper", STAFF), unit="mine")
    foreign = office.person("X1", name="外人", unit="theirs")
    browser = office.signed_in("K1")
    assert "外人" not in browser.text("admin/people/")
    for path in ("", "edit/", "password/", "leave/"):
        assert browser.get(f"admin/people/{foreign}/{path}").status_code == 403
    answer = browser.send("admin/people/add/", name="李", number="B9", unit=office.unit("theirs"))
    assert answer.status_code == 422


def test_without_the_permission_the_pages_are_closed(office: Any) -> None:
    office.person("B2")
    browser = office.signed_in("B2")
    for path in ("people/", "people/add/", "people/import/", "units/", "roles/", "roles/add/"):
        assert browser.get(f"admin/{path}").status_code == 403
    assert office.browser().get("admin/people/").status_code == 303


def test_people_of_another_institution_are_nowhere(office: Any, next_door: Any) -> None:
    office.administrator()
    foreign = next_door.person("X1", name="隔壁老王")
    admin = office.signed_in("A1")
    for path in ("", "edit/", "password/", "telephone/", "leave/", "take-back/"):
        assert admin.get(f"admin/people/{foreign + 900}/{path}").status_code == 404
        assert admin.get(f"admin/people/{foreign}/{path}").status_code == 404
    assert "隔壁老王" not in admin.text("admin/people/")
    assert office.act(lambda session: list_staff(session).total) == 1


def test_nobody_gives_what_he_does_not_hold(office: Any) -> None:
    clerk, other = office.person("C1"), office.person("C2")
    office.grant(clerk, office.role("keeper", STAFF))
    chief = office.role("chief", STAFF, ROLES)
    browser = office.signed_in("C1")
    answer = browser.send(
        f"admin/people/{other}/roles/", page=f"admin/people/{other}/", role=chief, unit=0
    )
    assert answer.status_code == 422
    with pytest.raises(BeyondOwn):
        office.act(
            lambda session: staffing.grant_role(
                session,
                staff_id=other,
                role_id=chief,
                unit_id=None,
                actor=Actor("staff", clerk),
                now=office.now,
            )
        )


def test_who_holds_for_a_unit_gives_for_that_unit_only(office: Any) -> None:
    keeper, other = office.person("K1", unit="mine"), office.person("K2", unit="mine")
    role = office.role("keeper", STAFF)
    office.grant(keeper, role, unit="mine")
    browser = office.signed_in("K1")
    address, page = f"admin/people/{other}/roles/", f"admin/people/{other}/"
    assert browser.send(address, page=page, role=role, unit=0).status_code == 422
    mine = office.unit("mine")
    assert browser.send(address, page=page, role=role, unit=mine).status_code == 303
    assert browser.send(address, page=page, role=role, unit=mine).status_code == 422


def test_a_role_given_for_the_whole_institution_is_given_once(office: Any) -> None:
    office.administrator()
    other = office.person("B2")
    role = office.role("keeper", STAFF)
    office.grant(other, role)
    with pytest.raises(DomainError):
        office.grant(other, role)


def test_the_last_administrator_stays_one(office: Any) -> None:
    chief = office.administrator()
    admin = office.signed_in("A1")
    granted = office.act(lambda session: session.query(RoleAssignment.id).scalar())
    assert admin.send(f"admin/people/{chief}/roles/{granted}/end/").status_code == 422
    assert admin.send(f"admin/people/{chief}/leave/").status_code == 422
    role = office.role("admin")
    emptied = admin.send(f"admin/roles/{role}/", code="admin", zh_Hant="x")
    assert emptied.status_code == 422
    assert admin.is_in()


def test_of_two_administrators_who_end_each_other_one_stays(office: Any) -> None:
    first, second = office.administrator("A1"), office.administrator("A2")

    def end(staff_id: int, actor_id: int) -> bool:
        try:
            office.act(
                lambda session: staffing.let_go(
                    session, staff_id=staff_id, actor=Actor("staff", actor_id), now=office.now
                )
            )
        except (LastAdministrator, Stronger, HasLeft):
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(end, (first, second), (second, first)))
    assert sorted(done) == [False, True]


def test_a_role_changes_for_everybody_from_the_next_page_on(office: Any) -> None:
    office.administrator()
    staff_id = office.person("B2")
    role = office.role("keeper", STAFF)
    office.grant(staff_id, role)
    browser, admin = office.signed_in("B2"), office.signed_in("A1")
    assert browser.get("admin/people/").status_code == 200
    answer = admin.send(
        f"admin/roles/{role}/", code="keeper", permissions=UNITS, **{"name-zh_Hant": "管單位"}
    )
    assert answer.status_code == 303, admin.errors(answer)
    assert browser.get("admin/people/").status_code == 403
    assert browser.get("admin/units/").status_code == 200


def test_a_role_in_use_is_not_removed(office: Any) -> None:
    office.administrator()
    free, used = office.role("free", STAFF), office.role("used", STAFF)
    office.grant(office.person("B2"), used)
    admin = office.signed_in("A1")
    assert admin.send(f"admin/roles/{used}/remove/").status_code == 422
    assert admin.send(f"admin/roles/{free}/remove/").status_code == 303
    assert {"identity.role.removed"} <= set(office.codes())


def test_a_role_is_made_of_permissions_that_exist(office: Any) -> None:
    office.administrator()
    admin = office.signed_in("A1")
    fields = {"code": "new", "name-zh_Hant": "新角色"}
    assert admin.send("admin/roles/add/", permissions="no.such.thing", **fields).status_code == 422
    assert admin.send("admin/roles/add/", permissions=[STAFF, UNITS], **fields).status_code == 303
    assert admin.send("admin/roles/add/", permissions=[STAFF], **fields).status_code == 422
    assert "新角色" in admin.text("admin/roles/")


class Hands:
    """What a floor above answers: one post in somebody's hands."""

    def __init__(self, staff_id: int) -> None:
        self.holder = staff_id

    def answer(self, question: StaffLeaving) -> list[Holding]:
        return (
            [Holding("post", 1, {"zh_Hant": "3號窗口"})] if question.staff_id == self.holder else []
        )

    def move(self, event: HandingOver) -> None:
        self.holder = event.to_staff_id


def test_nobody_leaves_with_things_in_hand(office: Any) -> None:
    office.administrator()
    staff_id, colleague = office.person("B2"), office.person("B3", name="李四")
    hands = Hands(staff_id)
    admin, leaver = office.signed_in("A1"), office.signed_in("B2")
    path = f"admin/people/{staff_id}/leave/"
    with staff_leaving.connected_to(hands.answer), handing_over.connected_to(hands.move):
        assert "3號窗口" in admin.text(path)
        with pytest.raises(StillHolds):
            office.act(
                lambda session: staffing.let_go(
                    session, staff_id=staff_id, actor=SYSTEM, now=office.now
                )
            )
        over = f"admin/people/{staff_id}/hand-over/"
        assert admin.send(over, page=path, colleague=staff_id).status_code == 422
        assert admin.send(over, page=path, colleague=colleague).status_code == 303
        assert hands.holder == colleague
        assert leaver.is_in()
        assert admin.send(path).status_code == 303
    assert not leaver.is_in()
    assert office.staff(staff_id).left_at is not None
    codes = office.codes()
    assert "identity.staff.handed_over" in codes
    assert "identity.staff.left" in codes


def test_leaving_ends_roles_and_takes_the_name_off_the_list(office: Any) -> None:
    office.administrator()
    staff_id = office.person("B2", name="李四")
    office.grant(staff_id, office.role("keeper", STAFF))
    admin = office.signed_in("A1")
    assert admin.send(f"admin/people/{staff_id}/leave/").status_code == 303
    assert "李四" in admin.text(f"admin/people/{staff_id}/")
    assert "李四" not in admin.text("admin/people/")
    assert "李四" in admin.text("admin/people/?left=yes")
    assert admin.send(f"admin/people/{staff_id}/leave/").status_code == 422
    role = office.role("keeper")
    with pytest.raises(HasLeft):
        office.grant(staff_id, role)


def test_who_left_by_mistake_is_taken_back_without_roles(office: Any) -> None:
    office.administrator()
    staff_id = office.person("B2")
    admin = office.signed_in("A1")
    admin.send(f"admin/people/{staff_id}/leave/")
    password = issued(admin.send(f"admin/people/{staff_id}/take-back/"))
    assert office.signed_in("B2", password)
    held = office.act(lambda session: get_holdings(session, staff_id))
    assert not held.can(STAFF)


def test_units_are_founded_renamed_ordered_and_closed(office: Any) -> None:
    office.administrator()
    admin = office.signed_in("A1")
    names = {"name-zh_Hant": "工程班", "name-en": "Repair team"}
    assert admin.send("admin/units/add/", code="repair", parent=0, **names).status_code == 303
    assert admin.send("admin/units/add/", code="repair", parent=0, **names).status_code == 422
    repair = office.unit("repair")
    assert admin.send(f"admin/units/{repair}/up/", page="admin/units/").status_code == 303
    order = [unit.code for unit in office.act(list_units)]
    assert order == ["repair", "front"]
    admin.send(f"admin/units/{repair}/up/", page="admin/units/")
    assert [unit.code for unit in office.act(list_units)] == order
    changed = admin.send(f"admin/units/{repair}/", code="works", **{"name-zh_Hant": "工程部"})
    assert changed.status_code == 303
    assert "工程部" in admin.text("admin/units/")
    assert admin.send(f"admin/units/{repair}/close/").status_code == 303
    assert [unit.code for unit in office.act(list_units)] == ["front"]
    assert admin.send(f"admin/units/{repair}/reopen/", page="admin/units/").status_code == 303
    assert len(office.act(list_units)) == 2


def test_a_unit_with_people_or_posts_is_not_closed(office: Any) -> None:
    office.administrator()
    admin = office.signed_in("A1")
    front, empty = office.unit("front"), office.unit("empty")
    assert admin.send(f"admin/units/{front}/close/").status_code == 422

    def answer(question: UnitClosing) -> list[Holding]:
        return [Holding("post", 1, {"zh_Hant": "3號窗口"})] if question.unit_id == empty else []

    with unit_closing.connected_to(answer):
        assert "3號窗口" in admin.text(f"admin/units/{empty}/close/")
        assert admin.send(f"admin/units/{empty}/close/").status_code == 422
    assert admin.send(f"admin/units/{empty}/close/").status_code == 303


def test_units_stand_on_two_levels_and_never_below_themselves(office: Any) -> None:
    top = office.unit("top")
    below = office.unit("below", parent=top)

    def put(unit_id: int, parent_id: int) -> None:
        def work(session: Any) -> None:
            unit = session.get_one(Unit, unit_id)
            arranging.change_unit(
                session,
                unit_id=unit_id,
                version=unit.version,
                code=unit.code,
                name=unit.name,
                parent_id=parent_id,
                actor=SYSTEM,
                now=office.now,
            )

        office.act(work)

    for unit_id, parent_id in ((top, top), (top, below), (office.unit("third"), below)):
        with pytest.raises(arranging.BadParent):
            put(unit_id, parent_id)


def test_nobody_is_put_into_a_closed_unit(office: Any) -> None:
    office.administrator()
    closed = office.unit("closed")
    office.act(
        lambda session: arranging.close_unit(session, unit_id=closed, actor=SYSTEM, now=office.now)
    )
    answer = office.signed_in("A1").send("admin/people/add/", name="李", number="B9", unit=closed)
    assert answer.status_code == 422
    with pytest.raises(UnitClosed):
        office.person("B9", unit="closed")
