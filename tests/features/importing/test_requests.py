"""Real requests become matters: each as far as its row says, and the figures are the city's."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.alarms.models import Alarm, Watch
from portal.alarms.services.raising import raise_due
from portal.core.actor import Actor
from portal.core.ledger import LedgerEntry
from portal.importing.commands import run
from portal.importing.course import Overtaken, begin_course
from portal.importing.figures import Month
from portal.importing.institution import prepare, read_zone
from portal.importing.models import ImportedRequest
from portal.importing.rows import survey
from portal.matters.models import Matter, MatterEvent
from portal.matters.rules import ENDED
from portal.matters.services import handling
from portal.messages.models import Message
from portal.tenancy.queries import find_tenant
from tests.support.real_data import real_data
from tests.support.registers import (
    BAD,
    Line,
    count,
    invent,
    is_impossible,
    read_lines,
    read_official,
    write_lines,
)
from tests.support.world import MONDAY, World

ZONE = ZoneInfo("America/New_York")
STRAIGHT = ["confirm", "report", "acknowledge", "finish", "feed_back", "tell", "close"]


def take_in(app: Flask, path: Path) -> dict[str, Month]:
    with app.app_context():
        return run(path, slug="import")


def found_world(app: Flask) -> World:
    with app.app_context():
        tenant = find_tenant("import")
    assert tenant is not None
    return World(app, tenant.id, "import")


def matters_of(world: World) -> dict[str, Matter]:
    """By the number in the file."""
    held = select(ImportedRequest.key, Matter).join(Matter, Matter.id == ImportedRequest.matter_id)
    return world.do(lambda session: dict(session.execute(held).all()))


def moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE) if text else None


def check(app: Flask, lines: Iterable[Line]) -> World:
    """What stands in the database is what these lines say, each of which can be."""
    world, expected = found_world(app), {one["case_enquiry_id"]: one for one in lines}
    held = matters_of(world)
    assert held.keys() == expected.keys()
    assert world.do(lambda session: session.scalar(select(func.count(Matter.id)))) == len(held)
    for key, matter in held.items():
        one = expected[key]
        closed = moment(one["closed_dt"])
        assert matter.opened_at == matter.accepted_at == moment(one["open_dt"])
        assert matter.due_at == moment(one["sla_target_dt"]), "as given, or none"
        assert (matter.due_told_at is None) == (matter.due_at is None)
        assert matter.done_at == matter.told_at == closed
        assert matter.state == ("closed" if closed else "in_progress")
        assert matter.outcome == ("unanswered" if closed else ""), "nobody said that it is solved"
    numbers: dict[int, list[int]] = {}
    for matter in held.values():
        numbers.setdefault(matter.year, []).append(matter.number)
    for drawn in numbers.values():
        assert sorted(drawn) == list(range(1, len(drawn) + 1)), "without gaps in each year"
    check_silence(world, held.values())
    return world


def check_silence(world: World, held: Iterable[Matter]) -> None:
    """Nobody was written to, and only what is still open is watched."""
    assert world.do(lambda session: session.scalar(select(func.count(Message.id)))) == 0
    assert world.do(lambda session: session.scalar(select(func.count(Alarm.id)))) == 0
    watches = world.do(lambda session: list(session.scalars(select(Watch))))
    watched = {(one.subject_id, one.code) for one in watches if one.ended_at is None}
    assert watched == {
        (matter.id, "AL-04")
        for matter in held
        if matter.state not in ENDED and matter.due_at is not None
    }


def figures(months: dict[str, Month]) -> dict[str, tuple[int, int, int]]:
    return {name: (one.with_due, one.on_time, one.told) for name, one in months.items()}


def test_an_invented_register_comes_in_as_reckoned(
    app: Flask, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = invent()
    good = [one for number, one in enumerate(lines, start=1) if number not in BAD]
    months = take_in(app, write_lines(tmp_path / "register.csv.gz", lines))
    assert figures(months) == count(good) == {"2014-03": (3, 2, 3), "2014-04": (4, 2, 3)}
    said = capsys.readouterr().err
    for number, reason in BAD.items():
        assert f"row {number} ({lines[number - 1]['case_enquiry_id']}): {reason}; not" in said
    world = check(app, good)
    codes = world.do(lambda session: Counter(session.scalars(select(LedgerEntry.code))))
    assert codes["matters.matter.opened"] == len(good)
    assert codes["matters.matter.closed"] == sum(bool(one["closed_dt"]) for one in good)


def test_each_goes_the_straight_way_by_the_door_through_which_it_came(
    app: Flask, tmp_path: Path
) -> None:
    take_in(app, write_lines(tmp_path / "register.csv.gz", invent()))
    world = found_world(app)
    held = matters_of(world)

    def course(key: str) -> list[str]:
        of = select(MatterEvent.code).where(MatterEvent.matter_id == held[key].id)
        return world.do(lambda session: list(session.scalars(of.order_by(MatterEvent.number))))

    assert course("1") == ["opened", *STRAIGHT]
    assert course("4") == ["opened", "take", *STRAIGHT], "written down online by the person"
    assert course("6") == ["opened", "take", *STRAIGHT[:3]], "still open"
    assert (held["1"].channel, held["4"].channel, held["5"].channel) == (
        "phone",
        "online",
        "internal",
    )
    assert held["1"].unit_id != held["2"].unit_id, "by department"
    assert held["10"].title == "Pick up Dead Animal"
    assert held["1"].ended_at is not None
    assert held["1"].told_at is not None
    assert held["1"].ended_at - held["1"].told_at == timedelta(days=3)


def test_what_is_still_open_and_late_reaches_the_head_and_nobody_outside(
    app: Flask, tmp_path: Path
) -> None:
    take_in(app, write_lines(tmp_path / "register.csv.gz", invent()))
    world = found_world(app)
    late = matters_of(world)["6"]
    world.do(lambda session: raise_due(session, MONDAY))
    alarms = world.do(lambda session: list(session.scalars(select(Alarm))))
    assert [alarm.recipient_id for alarm in alarms] == [late.holder_staff_id]
    watch = world.do(lambda session: session.get_one(Watch, alarms[0].watch_id))
    assert (watch.subject_id, watch.code, watch.failures) == (late.id, "AL-04", 0)
    assert world.do(lambda session: session.scalar(select(func.count(Message.id)))) == 0


def test_what_was_promised_for_no_time_can_be_paused_and_goes_on(
    app: Flask, tmp_path: Path
) -> None:
    take_in(app, write_lines(tmp_path / "register.csv.gz", invent()))
    world = found_world(app)
    matter_id = matters_of(world)["5"].id

    def step(make: Callable[..., None], **given: str) -> str:
        def work(session: Session) -> str:
            matter = session.get_one(Matter, matter_id)
            head = Actor("staff", matter.holder_staff_id)
            make(session, matter=matter, version=matter.version, actor=head, now=MONDAY, **given)
            assert matter.due_at is None
            return matter.state

        return world.do(work)

    assert step(handling.pause, reason="The part is ordered") == "waiting"
    assert step(handling.resume) == "in_progress"


def test_an_import_that_is_done_changes_nothing(app: Flask, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "register.csv.gz", invent())
    months = take_in(app, path)
    world = found_world(app)
    entries = select(func.count(LedgerEntry.id))
    before = world.do(lambda session: session.scalar(entries))
    assert take_in(app, path) == months
    assert world.do(lambda session: session.scalar(entries)) == before


def test_whoever_is_overtaken_by_another_process_stops(app: Flask, tmp_path: Path) -> None:
    lines = invent()
    path = write_lines(tmp_path / "register.csv.gz", lines)
    with app.app_context():
        institution_id = prepare("import", survey(path, read_zone(), MONDAY)).institution_id
        told: list[int] = []

        def overtake(number: int) -> None:
            told.append(number)
            if len(told) == 2:
                with begin_course(institution_id, path, now=MONDAY, tell=lambda _: None) as other:
                    other.take_all()

        mine = begin_course(institution_id, path, now=MONDAY, tell=overtake)
        with mine as course, pytest.raises(Overtaken):
            course.take_all()
        assert told == [1, 2]
    check(app, [one for number, one in enumerate(lines, start=1) if number not in BAD])


def test_a_sample_of_the_real_register_has_the_figures_of_the_city(
    app: Flask, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The smallest month as a whole, the first of some others, and the impossible ones."""
    lines = read_lines(real_data("requests_311.csv.gz"))
    firsts = {
        one["case_enquiry_id"]
        for month in ("2013-01", "2015-02", "2016-08", "2018-12")
        for one in [each for each in lines if each["open_dt"].startswith(month)][:5]
    }
    sample = [
        one
        for one in lines
        if one["open_dt"].startswith("2013-02")
        or is_impossible(one)
        or one["case_enquiry_id"] in firsts
    ]
    good = [one for one in sample if not is_impossible(one)]
    months = take_in(app, write_lines(tmp_path / "sample.csv.gz", sample))
    assert capsys.readouterr().err.count("closed before it was opened; not taken in") == 10
    assert len(sample) - len(good) == 10
    found = figures(months)
    official = read_official(real_data("requests_311.expected.csv"))
    assert found["2013-02"] == official["2013-02"] == (107, 87, 104)
    assert {name: found[name] for name in count(good)} == count(good)
    check(app, good)
