"""Verdicts are frozen once, with the settings and the calendar that held."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.calendar.holidays import DayKind
from portal.calendar.services import set_holiday
from portal.core.actor import SYSTEM
from portal.matters.models import Matter
from portal.matters.queries import list_course
from portal.matters.rules import State
from portal.matters.services import handling, opening
from portal.matters.verdict_models import MatterVerdict
from tests.features.matters.test_contact import submit, verdicts
from tests.support.matters import Office, staff


def test_i_16_a_reopened_matter_is_judged_again_and_the_first_verdict_stays(
    office: Office,
) -> None:
    matter_id = office.bring_to(State.TOLD)
    office.reopen(matter_id)
    office.world.wait(hours=73)
    for step in (office._finish, office._feed_back, office._tell):
        office._make(step, matter_id)
    assert verdicts(office, matter_id) == [(1, "promise", True), (2, "promise", False)]


def test_withdrawing_what_is_late_does_not_make_it_kept(office: Office) -> None:
    in_time, late = office.bring_to(State.IN_PROGRESS), office.bring_to(State.IN_PROGRESS)
    office.withdraw(in_time)
    office.world.wait(hours=73)
    office.withdraw(late)
    assert verdicts(office, in_time) == []
    assert verdicts(office, late) == [(1, "promise", False)]


def test_voiding_what_came_online_and_is_late_does_not_make_it_kept(office: Office) -> None:
    matter_id = submit(office)
    office.world.wait(hours=3)

    def void(session: Session) -> None:
        matter = session.get_one(Matter, matter_id)
        opening.void(
            session,
            matter=matter,
            version=matter.version,
            reason="重複了",
            actor=staff(office.head),
            now=office.world.now,
        )

    office.world.do(void)
    assert verdicts(office, matter_id) == [(1, "contact", False)]
    # The person, who wrote it down, reads why.
    course = office.world.do(lambda session: list_course(session, matter_id, is_public=True))
    assert course[-1].words == "重複了"


def test_what_was_paused_in_time_and_withdrawn_during_the_pause_was_not_late(
    office: Office,
) -> None:
    matter_id = office.bring_to(State.IN_PROGRESS)

    def pause(session: Session) -> None:
        matter = session.get_one(Matter, matter_id)
        handling.pause(
            session,
            matter=matter,
            version=matter.version,
            reason="等配件",
            actor=staff(office.head),
            now=office.world.now,
        )

    office.world.do(pause)
    office.world.wait(hours=100)
    office.withdraw(matter_id)
    assert verdicts(office, matter_id) == []


def test_a_verdict_names_the_settings_and_the_calendar_that_held(office: Office) -> None:
    first = office.bring_to(State.TOLD)
    day = (office.world.now + timedelta(days=30)).date()
    office.world.do(
        lambda session: set_holiday(
            session,
            day=day,
            kind=DayKind.HOLIDAY,
            name={"zh_Hant": "鎮慶"},
            today=office.world.now.date(),
            actor=SYSTEM,
            now=office.world.now,
        )
    )
    second = office.bring_to(State.TOLD)
    rows = office.world.do(
        lambda session: {row.matter_id: row for row in session.scalars(select(MatterVerdict))}
    )
    assert rows[second].calendar_version == rows[first].calendar_version + 1
    assert rows[first].settings_version == rows[second].settings_version == 1


@pytest.mark.parametrize("change", [{"is_kept": False}, {"due_at": None}])
def test_nobody_changes_a_verdict(office: Office, change: dict[str, object]) -> None:
    office.bring_to(State.TOLD)
    with pytest.raises(DBAPIError):
        office.world.do(lambda session: session.execute(update(MatterVerdict).values(**change)))
