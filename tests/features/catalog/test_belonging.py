"""Nobody leaves a window unanswered, and no unit closes under its windows."""

from typing import Any

import pytest
from sqlalchemy import select

from portal.catalog.models import Post, PostStaff
from portal.catalog.services.posts import assign_staff
from portal.core.actor import SYSTEM
from portal.identity.models import Staff, Unit
from portal.identity.queries.staff import HasLeft
from portal.identity.services import staffing
from portal.identity.services.staffing import StillHolds
from tests.features.catalog.conftest import EDITS, Office, codes, rows
from tests.features.catalog.test_posts_pages import add_colleague
from tests.support.parallel import together
from tests.support.world import World, add_staff

KEEPERS = [*EDITS, "identity.staff.edit", "identity.unit.edit", "identity.role.edit"]


@pytest.fixture
def keeper(town: World) -> Office:
    add_staff(town, "A1", KEEPERS)
    return Office(town, "A1")


def staff_window(town: World, staff_id: int, position: str = "A") -> None:
    def work(session: Any) -> None:
        assign_staff(
            session,
            post=session.get_one(Post, 1),
            staff_id=staff_id,
            position=position,
            actor=SYSTEM,
            now=town.now,
        )

    town.do(work)


def places(town: World) -> list[tuple[int, str]]:
    return [(row.staff_id, row.position) for row in rows(town, PostStaff)]


def test_who_serves_a_window_hands_it_over_before_leaving(keeper: Office, town: World) -> None:
    leaver, colleague = add_colleague(town, "B2", "張一"), add_colleague(town, "B3", "李二")
    staff_window(town, leaver, "B")
    path = f"people/{leaver}/leave/"
    assert "Window 3" in keeper.get(path).text
    done = keeper.send(path, action="/hand-over/", colleague=str(colleague))
    assert done.status == 200
    assert places(town) == [(colleague, "B")]
    assert codes(town)[-2:] == ["catalog.post.unstaffed", "catalog.post.staffed"]
    keeper.send(path, action="/leave/")
    assert town.do(lambda s: s.get_one(Staff, leaver).left_at) is not None


def test_a_colleague_who_serves_there_already_keeps_the_own_position(
    keeper: Office, town: World
) -> None:
    leaver, colleague = add_colleague(town, "B2", "張一"), add_colleague(town, "B3", "李二")
    staff_window(town, leaver, "B")
    staff_window(town, colleague, "A")
    keeper.send(f"people/{leaver}/leave/", action="/hand-over/", colleague=str(colleague))
    assert places(town) == [(colleague, "A")]


def test_a_unit_with_windows_is_not_closed_and_names_them(keeper: Office, town: World) -> None:
    unit = town.do(lambda s: s.scalars(select(Post.unit_id)).one())
    page = keeper.get(f"units/{unit}/close/")
    assert "Window 3" in page.text
    assert town.do(lambda s: s.get_one(Unit, unit).is_active)


def test_leaving_and_being_put_at_a_window_exclude_each_other(keeper: Office, town: World) -> None:
    for number in range(6):
        person = add_colleague(town, f"C{number}", f"王{number}")

        def act(turn: int, person: int = person) -> str:
            try:
                if turn:
                    staff_window(town, person)
                else:
                    town.do(
                        lambda session: staffing.let_go(
                            session, staff_id=person, actor=SYSTEM, now=town.now
                        )
                    )
            except (HasLeft, StillHolds) as refused:
                return type(refused).__name__
            return "done"

        assert sorted(together(2, act))[1] == "done"
        serves = person in {staff_id for staff_id, _position in places(town)}
        [row] = [row for row in rows(town, Staff) if row.id == person]
        assert serves is (row.left_at is None)
