"""What the database itself refuses about matters, whatever the code does."""

from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.matters.models import Matter, MatterEvent
from portal.matters.rules import State
from tests.support.matters import Office


def rewrite(office: Office, matter_id: int, **values: Any) -> None:
    def change(session: Session) -> None:
        session.execute(update(Matter).where(Matter.id == matter_id).values(**values))

    office.world.do(change)


def test_w_sw_1_who_was_asked_first_can_never_be_somebody_else(office: Office) -> None:
    matter_id = office.open()
    with pytest.raises(DBAPIError):
        rewrite(office, matter_id, first_asked_id=office.head)
    with pytest.raises(DBAPIError):
        rewrite(office, matter_id, first_asked_id=None)
    assert office.read(matter_id).first_asked_id == office.gardener


@pytest.mark.parametrize("values", [{"number": 7}, {"year": 2030}, {"reference": "X-2026-00001"}])
def test_p_3_1b_a_number_stays(office: Office, values: dict[str, Any]) -> None:
    matter_id = office.open()
    with pytest.raises(DBAPIError):
        rewrite(office, matter_id, **values)


def test_p_3_1b_a_matter_is_never_deleted(office: Office) -> None:
    matter_id = office.open()
    with pytest.raises(DBAPIError):
        office.world.do(lambda session: session.execute(delete(Matter)))
    assert office.read(matter_id).reference == "Q-2026-00001"


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"holder_staff_id": None}, id="nobody"),
        pytest.param({"holder_post_id": 1}, id="two"),
        pytest.param({"due_told_at": None}, id="untold"),
        pytest.param({"state": "closed"}, id="closed"),
    ],
)
def test_i_1_i_2_one_holder_and_no_promise_that_was_not_told(
    office: Office, values: dict[str, Any]
) -> None:
    matter_id = office.bring_to(State.VERIFIED)
    with pytest.raises(DBAPIError):
        rewrite(office, matter_id, **values)


def test_what_happened_is_never_changed(office: Office) -> None:
    office.open()
    for statement in (update(MatterEvent).values(code="closed"), delete(MatterEvent)):
        with pytest.raises(DBAPIError):
            office.world.do(lambda session, act=statement: session.execute(act))  # type: ignore[misc]
    codes = office.world.do(lambda session: session.scalars(select(MatterEvent.code)).all())
    assert codes == ["opened"]
