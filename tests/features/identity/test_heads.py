"""Who answers for a unit: named on its page, found from below, and given up on leaving."""

from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.core.actor import SYSTEM
from portal.core.errors import DomainError, Stale
from portal.core.ledger import LedgerEntry
from portal.identity.models import HeadTwice, Staff, Unit
from portal.identity.queries.heads import find_deputy, find_head, list_heads
from portal.identity.queries.staff import HasLeft
from portal.identity.services import arranging, staffing
from portal.identity.services.heads import Heads
from tests.support.parallel import together
from tests.support.statements import count_statements

MANY = 400


def name(office: Any, unit: int, head: int | None, deputy: int | None = None) -> None:
    office.act(lambda session: change(session, office, unit, Heads(head, deputy)))


def change(
    session: Session, office: Any, unit: int, heads: Heads | None, version: int | None = None
) -> None:
    row = session.get_one(Unit, unit)
    arranging.change_unit(
        session,
        unit_id=unit,
        version=row.version if version is None else version,
        code=row.code,
        name=row.name,
        parent_id=row.parent_id,
        heads=heads,
        actor=SYSTEM,
        now=office.now,
    )


def leave(office: Any, staff_id: int) -> None:
    office.act(
        lambda session: staffing.let_go(session, staff_id=staff_id, actor=SYSTEM, now=office.now)
    )


def named(office: Any, unit: int) -> tuple[int | None, int | None]:
    heads: dict[int, tuple[int | None, int | None]] = office.act(list_heads)
    return heads[unit]


def found(office: Any, unit: int) -> tuple[str | None, str | None]:
    """Numbers of those who are asked for a unit."""

    def look(session: Session) -> tuple[str | None, str | None]:
        head, deputy = find_head(session, unit), find_deputy(session, unit)
        return head.number if head else None, deputy.number if deputy else None

    return office.act(look)


@pytest.fixture
def hall(office: Any) -> int:
    """A unit, and an administrator who keeps units."""
    office.administrator()
    return int(office.unit("hall"))


def test_head_and_deputy_are_named_on_the_page_of_the_unit(office: Any, hall: int) -> None:
    head, deputy = office.person("B2", name="李四"), office.person("B3", name="趙五")
    admin, path = office.signed_in("A1"), f"admin/units/{hall}/"
    assert admin.send(path, head=head, deputy=deputy).status_code == 303
    assert named(office, hall) == (head, deputy)
    page = admin.text(path)
    assert f'<option selected value="{head}">李四 (B2)</option>' in page
    assert f'<option selected value="{deputy}">趙五 (B3)</option>' in page
    listed = admin.text("admin/units/")
    assert "李四" in listed
    assert "趙五" in listed
    assert admin.send(path, head=0, deputy=deputy).status_code == 303
    assert named(office, hall) == (None, deputy)


def test_a_new_unit_has_the_head_it_is_founded_with(office: Any, hall: int) -> None:
    head = office.person("B2")
    fields = {"code": "repair", "parent": hall, "name-zh_Hant": "工程班"}
    answer = office.signed_in("A1").send("admin/units/add/", head=head, **fields)
    assert answer.status_code == 303
    assert named(office, office.unit("repair")) == (head, None)


def test_who_is_named_is_in_the_ledger_by_ids_alone(office: Any, hall: int) -> None:
    head, deputy = office.person("B2"), office.person("B3")
    name(office, hall, head, deputy)
    leave(office, deputy)
    lines = select(LedgerEntry).order_by(LedgerEntry.id.desc()).limit(3)
    left, deputy_left, changed = office.act(lambda session: session.scalars(lines).all())
    assert (changed.code, changed.data) == (
        "identity.unit.changed",
        {"head": head, "deputy": deputy},
    )
    assert (deputy_left.code, deputy_left.data) == (
        "identity.unit.deputy_left",
        {"staff": deputy},
    )
    assert {changed.subject_id, deputy_left.subject_id} == {hall}
    assert left.code == "identity.staff.left"


def test_one_person_twice_is_refused_on_the_field(office: Any, hall: int) -> None:
    head = office.person("B2")
    admin = office.signed_in("A1")
    answer = admin.send(f"admin/units/{hall}/", head=head, deputy=head)
    assert answer.status_code == 422
    assert 'id="deputy-error"' in answer.text
    assert named(office, hall) == (None, None)
    with pytest.raises(HeadTwice):
        name(office, hall, head, head)


def test_who_left_while_the_page_was_open_is_refused_on_the_field(office: Any, hall: int) -> None:
    head, deputy = office.person("B2"), office.person("B3")
    leave(office, head)
    admin, path = office.signed_in("A1"), f"admin/units/{hall}/"
    assert f'value="{head}"' not in admin.text(path)
    answer = admin.send(path, head=head, deputy=deputy)
    assert answer.status_code == 422
    assert 'id="head-error"' in answer.text
    assert 'id="deputy-error"' not in answer.text
    for heads, field in ((Heads(head, deputy), "head"), (Heads(deputy, head), "deputy")):
        with pytest.raises(HasLeft) as refused:
            name(office, hall, heads.head_id, heads.deputy_id)
        assert refused.value.field == field
    assert named(office, hall) == (None, None)


def test_nobody_from_next_door_heads_a_unit(office: Any, next_door: Any, hall: int) -> None:
    for staff_id in range(1, 4):
        next_door.person(f"N{staff_id}", unit="there")
    stranger = next_door.person("N9", name="隔壁老王", unit="there")
    with pytest.raises(HasLeft):
        name(office, hall, stranger)
    # Behind the service the database refuses as well.
    with pytest.raises((IntegrityError, DomainError)):
        office.act(
            lambda session: session.execute(
                update(Unit).where(Unit.id == hall).values(head_id=stranger)
            )
        )
    assert "隔壁老王" not in office.signed_in("A1").text(f"admin/units/{hall}/")


def test_changing_a_unit_without_a_word_of_heads_leaves_them(office: Any, hall: int) -> None:
    head, deputy = office.person("B2"), office.person("B3")
    name(office, hall, head, deputy)
    office.act(lambda session: change(session, office, hall, None))
    assert named(office, hall) == (head, deputy)


def test_a_unit_without_a_head_has_that_of_the_unit_above(office: Any, hall: int) -> None:
    below = office.unit("below", parent=hall)
    chief, second, third = (office.person(number) for number in ("B1", "B2", "B3"))
    assert found(office, below) == (None, None)
    name(office, hall, chief, second)
    assert found(office, below) == ("B1", "B2")
    name(office, below, third)
    assert found(office, below) == ("B3", "B2")
    assert found(office, hall) == ("B1", "B2")
    name(office, below, None, third)
    assert found(office, below) == ("B1", "B3")


def test_who_is_asked_as_the_head_is_not_asked_again_as_the_deputy(office: Any, hall: int) -> None:
    below = office.unit("below", parent=hall)
    chief, second = office.person("B1"), office.person("B2")
    name(office, hall, chief, second)
    name(office, below, second)
    assert found(office, below) == ("B2", None)
    name(office, below, None, chief)
    assert found(office, below) == ("B1", "B2")


def test_only_who_works_here_is_found(office: Any, hall: int) -> None:
    below = office.unit("below", parent=hall)
    chief, own = office.person("B1"), office.person("B2")
    name(office, hall, chief)
    name(office, below, own)
    gone = update(Staff).where(Staff.id == own).values(left_at=office.now)
    office.act(lambda session: session.execute(gone))
    assert found(office, below) == ("B1", None)


def test_the_leaving_page_names_the_units_and_leaving_frees_them(office: Any, hall: int) -> None:
    leaver, other = office.person("B2"), office.person("B3")
    second, third = office.unit("second"), office.unit("third")
    name(office, hall, leaver, other)
    name(office, second, other, leaver)
    name(office, third, other)
    admin = office.signed_in("A1")
    page = admin.text(f"admin/people/{leaver}/leave/")
    assert "單位hall" in page
    assert "單位second" in page
    assert "單位third" not in page
    assert admin.send(f"admin/people/{leaver}/leave/").status_code == 303
    assert named(office, hall) == (None, other), "the deputy does not move up"
    assert named(office, second) == (other, None)
    assert named(office, third) == (other, None)
    codes = [code for code in office.codes() if code.endswith("_left")]
    assert codes == ["identity.unit.head_left", "identity.unit.deputy_left"]
    admin.send(f"admin/people/{leaver}/take-back/")
    assert named(office, hall) == (None, other), "who comes back heads nothing"


def test_a_page_opened_before_the_head_left_is_stale(office: Any, hall: int) -> None:
    head, other = office.person("B2"), office.person("B3")
    name(office, hall, head)
    version = office.act(lambda session: session.get_one(Unit, hall).version)
    leave(office, head)
    with pytest.raises(Stale):
        office.act(lambda session: change(session, office, hall, Heads(other), version))


def test_heads_named_by_four_at_once_are_those_of_one(office: Any, hall: int) -> None:
    people = [office.person(f"B{number}") for number in range(4)]

    def act(number: int) -> str:
        heads = Heads(people[number], people[number - 1])
        try:
            office.act(lambda session: change(session, office, hall, heads, version=0))
        except Stale:
            return "told"
        return "done"

    assert Counter(together(4, act)) == {"done": 1, "told": 3}
    assert named(office, hall) in {(people[n], people[n - 1]) for n in range(4)}


@pytest.mark.parametrize("_time", range(3))
def test_nobody_leaves_and_becomes_head_in_the_same_moment(
    office: Any, hall: int, _time: int
) -> None:
    leaver, other = office.person("B2"), office.person("B3")
    second = office.unit("second")
    name(office, second, other, leaver)

    def act(number: int) -> None:
        if number:
            leave(office, leaver)
        else:
            with suppress(HasLeft):
                name(office, hall, leaver, other)

    together(2, act)
    assert office.staff(leaver).left_at is not None
    assert named(office, hall) in {(None, other), (None, None)}
    assert named(office, second) == (other, None)


def test_the_page_asks_as_often_however_many_work_here(office: Any, hall: int) -> None:
    def add(session: Session) -> None:
        session.add_all(
            Staff(
                number=f"M{number}",
                name="王小明",
                name_key="王小明",
                unit_id=hall,
                password_hash="-",
                stamp=str(number),
                joined_at=office.now,
            )
            for number in range(MANY)
        )

    def asked(path: str) -> int:
        with count_statements(office) as statements:
            admin.text(path)
        return len(statements)

    admin = office.signed_in("A1")
    page, listing = f"admin/units/{hall}/", "admin/units/"
    admin.text(page)
    few, without = asked(page), asked(listing)
    office.act(add)
    assert asked(page) == few
    assert admin.text(page).count("王小明") == 2 * MANY
    last = office.act(lambda session: session.scalars(select(func.max(Staff.id))).one())
    for number, unit in enumerate((hall, office.unit("second"), office.unit("third"))):
        name(office, unit, last - number, last - number - 1)
    assert asked(listing) <= without + 1
