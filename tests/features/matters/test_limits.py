"""Time limits of a matter: who is told when a report is not read, or a promise is near or past."""

from datetime import timedelta

from sqlalchemy.orm import Session

from portal.alarms.queries import list_alarms_of
from portal.alarms.services.raising import raise_due
from portal.identity.models import Unit
from portal.matters.models import Matter
from portal.matters.rules import State
from portal.matters.services import handling
from tests.support.matters import Office, staff


def alarms(office: Office, staff_id: int) -> list[str]:
    """The codes of what somebody is told at this moment, once all that is due was raised."""
    office.world.do(lambda session: raise_due(session, office.world.now))
    listing = office.world.do(lambda session: list_alarms_of(session, staff_id))
    return [row.watch.code for row in listing.rows]


def name_deputy(office: Office) -> None:
    def name(session: Session) -> None:
        session.get_one(Unit, office.unit).deputy_id = office.colleague

    office.world.do(name)


def test_p_4_1_1b_a_report_that_nobody_acknowledges_goes_to_the_deputy(office: Office) -> None:
    name_deputy(office)
    matter_id = office.bring_to(State.REPORTED)
    office.world.wait(minutes=14)
    assert alarms(office, office.colleague) == []
    office.world.wait(minutes=1)
    assert alarms(office, office.colleague) == ["AL-02"]
    office.bring_to(State.IN_PROGRESS, matter_id)
    assert alarms(office, office.colleague) == []


def test_al_04_the_holder_is_warned_a_day_before_and_the_first_asked_is_told_when_it_is_late(
    office: Office,
) -> None:
    office.bring_to(State.IN_PROGRESS)
    office.world.wait(hours=47)
    assert alarms(office, office.head) == []
    office.world.wait(hours=1)
    assert alarms(office, office.head) == ["AL-04"]
    assert alarms(office, office.gardener) == []
    office.world.wait(hours=24)
    assert alarms(office, office.gardener) == ["AL-04"]


def test_whoever_was_told_in_time_is_not_chased(office: Office) -> None:
    office.bring_to(State.TOLD)
    office.world.wait(days=10)
    assert alarms(office, office.head) == []
    assert alarms(office, office.gardener) == []


def test_a_pause_stops_the_limit_and_waking_does_not_escalate(office: Office) -> None:
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

    def resume(session: Session) -> None:
        matter = session.get_one(Matter, matter_id)
        handling.resume(
            session,
            matter=matter,
            version=matter.version,
            actor=staff(office.head),
            now=office.world.now,
        )

    office.world.do(pause)
    office.world.wait(days=6)
    assert alarms(office, office.head) == []
    office.world.do(resume)
    assert alarms(office, office.head) == []
    due = office.read(matter_id).due_at
    assert due is not None
    office.world.wait(seconds=(due - timedelta(days=1) - office.world.now).total_seconds())
    assert alarms(office, office.head) == ["AL-04"]


def test_i_16_a_reopened_matter_is_watched_anew(office: Office) -> None:
    matter_id = office.bring_to(State.TOLD)

    def reopen(session: Session) -> None:
        matter = session.get_one(Matter, matter_id)
        handling.reopen(
            session,
            matter=matter,
            version=matter.version,
            words="還在漏",
            hours=72,
            actor=staff(office.gardener),
            now=office.world.now,
        )

    office.world.do(reopen)
    office.world.wait(hours=48)
    assert alarms(office, office.head) == ["AL-04"]


def test_a_report_that_was_settled_meanwhile_needs_no_acknowledgement(office: Office) -> None:
    name_deputy(office)
    matter_id = office.bring_to(State.REPORTED)

    def finish(session: Session) -> None:
        matter = session.get_one(Matter, matter_id)
        handling.finish(
            session,
            matter=matter,
            version=matter.version,
            result="當場換了燈泡",
            actor=staff(office.gardener),
            now=office.world.now,
        )

    office.world.do(finish)
    office.world.wait(minutes=20)
    assert alarms(office, office.colleague) == []
