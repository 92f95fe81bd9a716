"""Two people who change the same thing in the same moment: one is told, nothing is lost."""

from collections import Counter
from typing import Any

from sqlalchemy.orm import Session

from portal.core.actor import SYSTEM
from portal.core.errors import Stale
from portal.identity.models import Role, Staff, Unit
from portal.identity.services import arranging, staffing
from portal.identity.services.staffing import Details
from tests.support.parallel import together


def outcomes(office: Any, change: Any) -> Counter[str]:
    def act(number: int) -> str:
        try:
            office.act(lambda session: change(session, number))
        except Stale:
            return "told"
        return "done"

    return Counter(together(4, act))


def test_a_role_changed_by_four_at_once_is_changed_by_one(office: Any) -> None:
    office.administrator()
    role = office.act(lambda session: session.query(Role).first().id)

    def change(session: Session, number: int) -> None:
        row = session.get_one(Role, role)
        arranging.change_role(
            session,
            role_id=role,
            version=0,
            code=f"role-{number}",
            name=row.name,
            permissions=row.permissions,
            needs_second_factor=row.needs_second_factor,
            actor=SYSTEM,
            now=office.now,
        )

    assert outcomes(office, change) == {"done": 1, "told": 3}


def test_a_unit_changed_by_four_at_once_is_changed_by_one(office: Any) -> None:
    unit = office.unit("hall")

    def change(session: Session, number: int) -> None:
        arranging.change_unit(
            session,
            unit_id=unit,
            version=0,
            code=f"hall-{number}",
            name={"zh_Hant": "大廳"},
            parent_id=None,
            actor=SYSTEM,
            now=office.now,
        )

    assert outcomes(office, change) == {"done": 1, "told": 3}
    assert office.act(lambda session: session.get_one(Unit, unit).version) == 1


def test_a_person_changed_by_four_at_once_is_changed_by_one(office: Any) -> None:
    person = office.person("B2")

    def change(session: Session, number: int) -> None:
        row = session.get_one(Staff, person)
        staffing.change_staff(
            session,
            staff_id=person,
            version=0,
            details=Details(row.number, f"張{number}三", row.unit_id, "", ""),
            actor=SYSTEM,
            now=office.now,
        )

    assert outcomes(office, change) == {"done": 1, "told": 3}
