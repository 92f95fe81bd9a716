"""Real appointments booked anew: what the rules make of them is what plain Python says."""

from collections import Counter
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, Slot
from portal.appointments.no_show_models import NoShow
from portal.core.ledger import LedgerEntry
from portal.replay.commands import Result, run
from portal.replay.course import Course, Overtaken, begin_course
from portal.replay.history import survey
from portal.replay.institution import prepare
from portal.tenancy.queries import find_tenant
from tests.support.histories import Line, expect, invent, read_lines, write_lines
from tests.support.real_data import real_data
from tests.support.world import MONDAY, World


def replay(app: Flask, path: Path, *, capacity: int) -> Result:
    with app.app_context():
        return run(path, slug="replay", capacity=capacity)


def found_world(app: Flask) -> World:
    with app.app_context():
        tenant = find_tenant("replay")
    assert tenant is not None
    return World(app, tenant.id, "replay")


def check(app: Flask, lines: list[Line], result: Result, *, capacity: int) -> None:
    """The result, and what stands in the database, are what they must be."""
    expected = expect(lines, capacity=capacity)
    assert {name: count for name, count in result.outcomes.items() if count} == expected.outcomes
    assert result.busiest_clinic_day == expected.busiest <= capacity
    assert result.rows == len(lines)
    world = found_world(app)
    held = world.do(lambda session: list(session.scalars(select(Booking))))
    a_day = Counter((booking.service_id, booking.local_date) for booking in held)
    assert len(held) == expected.outcomes["accepted"]
    assert max(a_day.values()) == expected.busiest
    states = Counter(booking.state for booking in held)
    assert states["no_show"] == expected.outcomes.get("no-show", 0)
    assert states["no_show"] + states["booked"] == len(held)
    assert world.do(lambda session: session.scalar(select(func.sum(Slot.booked)))) == len(held)
    booked_at = Counter(f"{booking.created_at:%Y-%m-%dT%H:%M:%SZ}" for booking in held)
    assert not booked_at - Counter(line["booked_at"] for line in lines), "at its own time"
    counted = world.do(lambda session: list(session.scalars(select(NoShow.booking_id))))
    assert sorted(counted) == sorted(one.id for one in held if one.state == "no_show")
    codes = world.do(_codes)
    assert codes["appointments.booking.made"] == len(held)
    assert codes["appointments.booking.missed"] == states["no_show"]


def _codes(session: Session) -> Counter[str]:
    return Counter(session.scalars(select(LedgerEntry.code)))


@pytest.mark.parametrize("capacity", [400, 4])
def test_an_invented_history_comes_out_as_reckoned(
    app: Flask, tmp_path: Path, capacity: int
) -> None:
    lines = invent()
    expected = expect(lines, capacity=capacity).outcomes
    assert {"rejected: negative age", "rejected: booked after the day"} <= set(expected)
    assert {"refused: booked already", "no-show"} <= set(expected)
    assert ("refused: no place left" in expected) == (capacity == 4)
    file = write_lines(tmp_path / "history.csv.gz", lines)
    result = replay(app, file, capacity=capacity)
    check(app, lines, result, capacity=capacity)
    assert replay(app, file, capacity=capacity).outcomes == result.outcomes, "it is done already"
    check(app, lines, result, capacity=capacity)


@pytest.mark.parametrize("capacity", [400, 4])
def test_a_sample_of_the_real_history_comes_out_as_reckoned(
    app: Flask, tmp_path: Path, capacity: int
) -> None:
    """One clinic from its first booking to its last, and all that was booked after its day."""
    history = read_lines(real_data("appointments_replay.csv.gz"))
    lines = [
        line for line in history if line["clinic"] == "33" or line["booked_at"][:10] > line["day"]
    ]
    assert len(lines) == 260
    file = write_lines(tmp_path / "sample.csv.gz", lines)
    check(app, lines, replay(app, file, capacity=capacity), capacity=capacity)


def test_whoever_is_overtaken_by_another_process_stops(app: Flask, tmp_path: Path) -> None:
    lines = invent(40)
    file = write_lines(tmp_path / "history.csv.gz", lines)
    with app.app_context():
        institution = prepare("replay", survey(file), capacity=400, now=MONDAY)
        told: list[int] = []

        def overtake(_what: str, position: int, _tally: Counter[str]) -> None:
            told.append(position)
            if len(told) == 5:
                with begin_course(institution, file, lambda *_: None) as other:
                    Course.book_all(other)

        with begin_course(institution, file, overtake) as course, pytest.raises(Overtaken):
            course.book_all()
        assert told == [1, 2, 3, 4, 5]
        check(app, lines, run(file, slug="replay", capacity=400), capacity=400)
