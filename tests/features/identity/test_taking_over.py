"""Nobody weakens or shuts out an account that may do more than his own."""

from typing import Any

from tests.features.identity.conftest import ROLES, STAFF, UNITS


def test_the_number_of_somebody_who_may_do_more_is_not_changed(office: Any) -> None:
    chief = office.administrator()
    clerk = office.person("B1")
    office.grant(clerk, office.role("people", STAFF))
    browser = office.signed_in("B1")
    path = f"admin/people/{chief}/edit/"
    kept = {"number": "A1", "name": "王主任", "unit": office.unit(), "phone": "8001"}
    assert browser.send(path, **kept).status_code == 303
    assert browser.send(path, **{**kept, "number": "Z9"}).status_code == 422
    assert office.staff(chief).number == "A1"


def test_the_second_factor_of_a_role_above_ones_own_stays(office: Any) -> None:
    office.administrator()
    above = office.role("chief", STAFF, ROLES, UNITS, "tenancy.settings.edit")
    clerk = office.person("B1")
    office.grant(clerk, office.role("roles", ROLES))
    browser = office.signed_in("B1")
    names = {"name-zh_Hant": "主任", "code": "chief"}
    permissions = [STAFF, ROLES, UNITS, "tenancy.settings.edit"]
    path = f"admin/roles/{above}/"
    answer = browser.send(path, permissions=permissions, **names)
    assert answer.status_code == 303, browser.errors(answer)
    answer = browser.send(path, permissions=permissions, needs_second_factor="y", **names)
    assert answer.status_code == 422
