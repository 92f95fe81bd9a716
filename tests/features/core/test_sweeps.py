"""A sweep runs once for each stretch of time, whichever worker lives, and never in a burst."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.background import Background
from portal.core.outbox import OutboxEntry, put
from portal.core.sweeps import (
    KEPT,
    LEASE,
    Sweep,
    SweepSlot,
    TakenSlot,
    close_slot,
    keep_slot,
    list_open,
    run_slot,
    take_slot,
)
from portal.core.tenant import current_institution_id
from portal.core.worker import Worker
from tests.support.parallel import together
from tests.support.world import MONDAY, World, make_institution

NOW = MONDAY
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def idle(_session: Session, _now: datetime) -> None:
    """A sweep that finds nothing to do."""


class Broom:
    """A sweep that remembers where and when it ran."""

    def __init__(self) -> None:
        self.runs: list[tuple[int, datetime]] = []

    def run(self, _session: Session, now: datetime) -> None:
        self.runs.append((current_institution_id(), now))


def make_worker(app: Flask, sweep: Sweep, *worlds: World, name: str = "a") -> Worker:
    return Worker(
        app,
        deliveries=(),
        sweeps=(sweep,),
        name=name,
        list_institutions=lambda: [world.id for world in worlds],
    )


def take(world: World, sweep: Sweep, worker: str, now: datetime) -> TakenSlot | None:
    return Background(world.app).globally(partial(take_slot, sweep=sweep, worker=worker, now=now))


def slots(world: World) -> list[SweepSlot]:
    with world.session() as session:
        return list(session.scalars(select(SweepSlot).order_by(SweepSlot.slot)))


@pytest.mark.parametrize(
    ("every", "slot"),
    [
        (timedelta(minutes=1), datetime(2026, 3, 2, 9, 41, tzinfo=UTC)),
        (timedelta(minutes=15), datetime(2026, 3, 2, 9, 30, tzinfo=UTC)),
        (HOUR, datetime(2026, 3, 2, 9, tzinfo=UTC)),
        (DAY, datetime(2026, 3, 2, tzinfo=UTC)),
    ],
)
def test_a_slot_begins_on_the_clock(every: timedelta, slot: datetime) -> None:
    now = datetime(2026, 3, 2, 9, 41, 37, 250_001, tzinfo=UTC)
    assert Sweep("s", every, idle).slot(now) == slot
    assert Sweep("s", every, idle).slot(slot) == slot


def test_a_sweep_runs_once_a_slot_in_each_institution(app: Flask, institution: World) -> None:
    other, broom = make_institution(app, "other"), Broom()
    mine = make_worker(app, Sweep("s", HOUR, broom.run), institution, other)
    for minutes in (0, 1, 59, 60):
        mine.run_once(NOW + timedelta(minutes=minutes))
    assert broom.runs == [
        (institution.id, NOW),
        (other.id, NOW),
        (institution.id, NOW + HOUR),
        (other.id, NOW + HOUR),
    ]


def test_workers_at_once_run_each_slot_once(app: Flask, institution: World) -> None:
    broom = Broom()
    sweep = Sweep("s", HOUR, broom.run)
    hours = [NOW + HOUR * number for number in range(12)]

    def work(number: int) -> None:
        mine = make_worker(app, sweep, institution, name=f"w{number}")
        for now in hours:
            mine.run_once(now)

    together(4, work)
    assert sorted(now for _, now in broom.runs) == hours
    assert all(slot.done_at for slot in slots(institution))


def test_a_slot_is_taken_by_one_of_many(institution: World) -> None:
    sweep = Sweep("s", HOUR, idle)
    taken = together(8, lambda number: take(institution, sweep, f"w{number}", NOW))
    assert len([slot for slot in taken if slot]) == 1


def test_a_long_outage_is_followed_by_one_run(app: Flask, institution: World) -> None:
    broom = Broom()
    mine = make_worker(app, Sweep("s", timedelta(minutes=1), broom.run), institution)
    mine.run_once(NOW)
    back = NOW + 40 * DAY
    mine.run_once(back)
    mine.run_once(back)
    assert [now for _, now in broom.runs] == [NOW, back]


def test_a_failing_institution_is_written_down_and_stops_no_other(
    app: Flask, institution: World
) -> None:
    worlds = [institution, *(make_institution(app, slug) for slug in ("second", "third"))]

    def run(session: Session, now: datetime) -> None:
        put(session, "mail", {}, key="trace", due=now)
        if current_institution_id() == worlds[1].id:
            raise ZeroDivisionError("wang@example.org")

    mine = make_worker(app, Sweep("s", HOUR, run), *worlds)
    mine.run_once(NOW)
    (slot,) = slots(institution)
    assert slot.failure == f"{worlds[1].id}: ZeroDivisionError"
    assert slot.done_at == NOW

    def count(world: World) -> int:
        return world.do(lambda s: len(s.scalars(select(OutboxEntry.id)).all()), is_read_only=True)

    assert [count(world) for world in worlds] == [1, 0, 1]


def test_the_slot_of_a_dead_worker_is_taken_over_once_and_the_dead_cannot_close_it(
    institution: World,
) -> None:
    sweep, background = Sweep("s", DAY, idle), Background(institution.app)
    dead = take(institution, sweep, "dead", NOW)
    assert dead is not None
    before, after = NOW + LEASE - timedelta(seconds=1), NOW + LEASE
    assert take(institution, sweep, "w", before) is None
    heirs = together(4, lambda number: take(institution, sweep, f"heir{number}", after))
    (heir,) = [slot for slot in heirs if slot]
    assert background.globally(partial(keep_slot, taken=dead, now=after)) is None
    background.globally(partial(close_slot, taken=dead, failure="", now=after))
    assert slots(institution)[0].done_at is None
    background.globally(partial(close_slot, taken=heir, failure="", now=after))
    assert slots(institution)[0].done_at == after
    assert take(institution, sweep, "w", after + LEASE) is None


def test_a_worker_that_dies_in_a_sweep_leaves_it_to_the_next(
    app: Flask, institution: World
) -> None:
    broom = Broom()

    def die(_session: Session, _now: datetime) -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        make_worker(app, Sweep("s", DAY, die), institution, name="dead").run_once(NOW)
    heir = make_worker(app, Sweep("s", DAY, broom.run), institution, name="heir")
    heir.run_once(NOW + LEASE / 2)
    assert broom.runs == []
    heir.run_once(NOW + LEASE)
    assert len(broom.runs) == 1


def test_a_long_sweep_keeps_its_slot_and_one_that_lost_it_goes_no_further(
    app: Flask, institution: World
) -> None:
    worlds = [institution, *(make_institution(app, slug) for slug in ("second", "third"))]
    now, seen, thief = [NOW], [], [""]

    def run(_session: Session, _now: datetime) -> None:
        seen.append(current_institution_id())
        now[0] += LEASE * 3 / 4

    def steal(session: Session, at: datetime) -> None:
        run(session, at)
        now[0] += LEASE
        assert thief[0] == ""
        thief[0] = "somebody"

    background = Background(app)
    ids = [world.id for world in worlds]
    held = take(institution, Sweep("long", DAY, run), "w", NOW)
    assert held is not None
    assert run_slot(background, held, ids, tell_time=lambda: now[0])
    assert seen == ids
    assert slots(institution)[0].done_at == now[0]

    seen.clear()
    lost = take(institution, sweep := Sweep("lost", DAY, steal), "w", now[0])
    assert lost is not None

    def tell_time() -> datetime:
        if thief[0] == "somebody":
            thief[0] = "done"
            assert take(institution, sweep, "somebody", now[0]) is not None
        return now[0]

    assert not run_slot(background, lost, ids, tell_time=tell_time)
    assert seen == ids[:1]


def test_old_slots_are_forgotten_and_the_present_one_never(institution: World) -> None:
    background = Background(institution.app)
    weekly = Sweep("weekly", timedelta(days=7), idle)

    def run(sweep: Sweep, now: datetime) -> None:
        taken = take(institution, sweep, "w", now)
        assert taken is not None
        background.globally(partial(close_slot, taken=taken, failure="", now=now))

    # Six days into its week, as after an outage: older than what is kept, and still present.
    late = weekly.slot(NOW) + timedelta(days=6)
    run(weekly, late)
    assert take(institution, weekly, "w", late) is None

    hourly = Sweep("hourly", HOUR, idle)
    for hour in range(3):
        run(hourly, NOW + HOUR * hour)
    run(hourly, NOW + KEPT + HOUR * 2)
    kept = [slot.slot for slot in slots(institution) if slot.job == "hourly"]
    assert kept == [NOW + HOUR * 2, NOW + KEPT + HOUR * 2]


def test_looking_for_open_sweeps_is_one_statement_that_only_reads(institution: World) -> None:
    sweeps = [Sweep(f"s{number}", HOUR, idle) for number in range(3)]
    for number, done in ((0, True), (1, False)):
        taken = take(institution, sweeps[number], "w", NOW)
        assert taken is not None
        if done:
            Background(institution.app).globally(
                partial(close_slot, taken=taken, failure="", now=NOW)
            )

    def names(now: datetime) -> list[str]:
        found = institution.do(partial(list_open, sweeps=sweeps, now=now), is_read_only=True)
        return [sweep.name for sweep in found]

    assert names(NOW) == ["s2"]
    assert names(NOW + LEASE) == ["s1", "s2"]
    assert names(NOW + HOUR) == ["s0", "s1", "s2"]
    assert institution.do(partial(list_open, sweeps=[], now=NOW), is_read_only=True) == []
