"""What must reach the world does: after the commit, at least once, and nobody waits for poison."""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal.core import outbox, worker
from portal.core.commands import outbox_group
from portal.core.errors import NotFound
from portal.core.ledger import LedgerEntry
from portal.core.outbox import (
    LEASE,
    MAX_ATTEMPTS,
    Claimed,
    Delivery,
    OutboxEntry,
    claim,
    finish,
    put_back,
    release,
    start,
)
from portal.core.session import db
from portal.core.sweeps import Sweep
from portal.core.worker import Worker, WorkerBeat, is_worker_alive
from tests.support.parallel import together
from tests.support.world import MONDAY, World, make_institution

NOW = MONDAY
DAY = timedelta(days=1)
Send = Callable[[dict[str, Any], str], str]


def put(world: World, *keys: str, kind: str = "mail", due: datetime = NOW, **payload: Any) -> None:
    def write(session: Session) -> None:
        for key in keys:
            outbox.put(session, kind, {"to": key, **payload}, key=key, due=due)

    world.do(write)


def take(
    world: World, name: str, *, now: datetime = NOW, limit: int = 10, kind: str = "mail"
) -> list[Claimed]:
    return world.do(partial(claim, kind=kind, worker=name, now=now, limit=limit))


def entry(world: World, key: str) -> OutboxEntry:
    with world.session() as session:
        return session.scalars(select(OutboxEntry).where(OutboxEntry.key == key)).one()


def parked(world: World) -> list[OutboxEntry]:
    with world.session() as session:
        return outbox.list_parked(session)


def states(world: World) -> dict[str, int]:
    count = select(OutboxEntry.state, func.count()).group_by(OutboxEntry.state)
    return world.do(lambda s: {row[0]: row[1] for row in s.execute(count)}, is_read_only=True)


def make_worker(
    app: Flask,
    send: Send,
    *worlds: World,
    name: str = "a",
    record: Callable[..., None] = lambda *_: None,
    one_by_one: bool = False,
    sweeps: tuple[Sweep, ...] = (),
) -> Worker:
    return Worker(
        app,
        deliveries=[Delivery("mail", lambda _, payload: payload, send, record, one_by_one)],
        sweeps=sweeps,
        name=name,
        list_institutions=lambda: [world.id for world in worlds],
    )


class Outside:
    """The world outside: remembers what reached it."""

    def __init__(self, *, poison: str = "", seconds: float = 0) -> None:
        self.got: list[str] = []
        self._poison, self._seconds = poison, seconds

    def send(self, payload: dict[str, Any], key: str) -> str:
        time.sleep(self._seconds)
        if key == self._poison:
            raise ValueError("no such mailbox: wang@example.org")
        self.got.append(key)
        return f"sent {payload['to']}"


def test_what_is_rolled_back_never_leaves(institution: World) -> None:
    with institution.session() as session:
        outbox.put(session, "mail", {}, key="a", due=NOW)
        session.rollback()
    assert take(institution, "w") == []


def test_a_key_that_stands_stays_as_it_is_and_the_transaction_goes_on(institution: World) -> None:
    put(institution, "a", text="first")
    put(institution, "a", "b", text="second")
    assert entry(institution, "a").payload == {"to": "a", "text": "first"}
    assert entry(institution, "b").payload == {"to": "b", "text": "second"}
    assert entry(institution, "a").created_at == NOW


def test_nothing_is_taken_before_it_is_due_and_the_oldest_goes_first(institution: World) -> None:
    put(institution, "late", due=NOW + DAY)
    put(institution, "second", due=NOW - timedelta(minutes=1))
    put(institution, "first", due=NOW - timedelta(minutes=2))
    assert [e.key for e in take(institution, "w", limit=1)] == ["first"]
    assert [e.key for e in take(institution, "w")] == ["second"]
    assert take(institution, "w") == []


def test_institutions_and_kinds_do_not_meet(app: Flask, institution: World) -> None:
    other = make_institution(app, "other")
    put(institution, "a")
    put(other, "a", "b")
    put(institution, "text", kind="sms")
    assert [e.key for e in take(institution, "w")] == ["a"]
    assert [e.key for e in take(other, "w", limit=1)] == ["a"]
    assert entry(other, "b").worker == ""


def test_claims_at_once_take_each_entry_once_and_no_more_than_asked(institution: World) -> None:
    put(institution, *(f"k{number}" for number in range(120)))

    def empty(number: int) -> list[list[int]]:
        batches = []
        while batch := take(institution, f"w{number}", limit=7):
            batches.append([e.id for e in batch])
        return batches

    batches = [batch for mine in together(4, empty) for batch in mine]
    taken = [id_ for batch in batches for id_ in batch]
    assert sorted(taken) == sorted(set(taken))
    assert len(taken) == 120
    assert max(map(len, batches)) == 7


def test_a_dead_workers_entry_is_free_after_the_lease_and_the_dead_cannot_speak(
    institution: World,
) -> None:
    put(institution, "a")
    (dead,) = take(institution, "dead")
    assert take(institution, "heir", now=NOW + LEASE / 2) == []
    later = NOW + LEASE
    (heir,) = take(institution, "heir", now=later)
    assert institution.do(partial(start, entry=dead, now=later)) is None
    assert not institution.do(partial(finish, entry=dead, now=later))
    institution.do(partial(put_back, entry=dead, error="x", now=later))
    institution.do(partial(release, entries=[dead]))
    assert entry(institution, "a").worker == "heir"
    assert entry(institution, "a").last_error == ""
    assert institution.do(partial(finish, entry=heir, now=later))
    assert not institution.do(partial(finish, entry=heir, now=later))
    assert (entry(institution, "a").state, entry(institution, "a").done_at) == ("done", later)


def test_two_workers_of_the_same_name_are_two_hands(institution: World) -> None:
    put(institution, "a")
    (first,) = take(institution, "inside-1")
    take(institution, "inside-1", now=NOW + LEASE)
    assert not institution.do(partial(finish, entry=first, now=NOW + LEASE))


def test_tries_are_further_and_further_apart_and_end_in_the_parking_place(
    institution: World,
) -> None:
    put(institution, "a")
    now, pauses = NOW, []
    while batch := take(institution, "w", now=now):
        begun = institution.do(partial(start, entry=batch[0], now=now))
        assert begun is not None
        institution.do(partial(put_back, entry=begun, error="TimeoutError", now=now))
        pauses.append(entry(institution, "a").due - now)
        now = entry(institution, "a").due
    assert len(pauses) == MAX_ATTEMPTS
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(seconds=10)
    assert timedelta(hours=8) < sum(pauses[:-1], timedelta()) < timedelta(hours=24)
    (given_up,) = parked(institution)
    assert (given_up.key, given_up.attempts, given_up.last_error) == ("a", 8, "TimeoutError")


def test_a_parked_entry_begins_anew_when_told_to_and_only_in_its_institution(
    app: Flask, institution: World
) -> None:
    put(institution, "a")
    for _ in range(MAX_ATTEMPTS):
        make_worker(app, Outside(poison="a").send, institution).run_once(
            entry(institution, "a").due
        )
    other, given_up = make_institution(app, "other"), entry(institution, "a")
    assert given_up.state == "parked"
    with pytest.raises(NotFound):
        other.do(partial(outbox.retry_parked, entry_id=given_up.id, now=NOW))
    institution.do(partial(outbox.retry_parked, entry_id=given_up.id, now=NOW))
    with pytest.raises(NotFound):
        institution.do(partial(outbox.retry_parked, entry_id=given_up.id, now=NOW))
    outside = Outside()
    make_worker(app, outside.send, institution).run_once(NOW)
    assert outside.got == ["a"]
    assert entry(institution, "a").last_error == ""


def test_an_entry_that_kills_its_worker_every_time_is_parked_and_the_next_goes_on(
    app: Flask, institution: World
) -> None:
    put(institution, "killer")
    put(institution, "good", due=NOW + timedelta(seconds=1))
    outside, now = Outside(), NOW + timedelta(seconds=1)

    def send(payload: dict[str, Any], key: str) -> str:
        if key == "killer":
            raise SystemExit  # as good as kill -9: nothing catches it, nothing is put back
        return outside.send(payload, key)

    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(SystemExit):
            make_worker(app, send, institution).run_once(now)
        now = max(entry(institution, "killer").due, now + LEASE)
    assert outside.got == ["good"]
    make_worker(app, send, institution).run_once(now)
    killer = entry(institution, "killer")
    assert (killer.state, killer.last_error) == ("parked", outbox.CUT_OFF)
    assert [e.id for e in parked(institution)] == [killer.id]


def test_poison_blocks_nobody_is_parked_and_quotes_nobody(app: Flask, institution: World) -> None:
    put(institution, "a", "poison", "b", "c")
    outside = Outside(poison="poison")
    delivering = make_worker(app, outside.send, institution)
    delivering.run_once(NOW)
    assert outside.got == ["a", "b", "c"]
    for _ in range(MAX_ATTEMPTS):
        delivering.run_once(entry(institution, "poison").due)
    assert states(institution) == {"done": 3, "parked": 1}
    assert entry(institution, "poison").last_error == "ValueError"


def test_sending_happens_with_no_transaction_open_and_loading_cannot_write(
    app: Flask, institution: World
) -> None:
    put(institution, "a")
    connections = []

    def send(_payload: object, _key: str) -> None:
        connections.append(db.engine.pool.checkedout())  # type: ignore[attr-defined]

    make_worker(app, send, institution).run_once(NOW)  # type: ignore[arg-type]
    assert connections == [0]

    def load(session: Session, _payload: dict[str, Any]) -> None:
        outbox.put(session, "mail", {}, key="smuggled", due=NOW)

    put(institution, "b")
    writing = Delivery("mail", load, send, lambda *_: None)
    Worker(
        app,
        deliveries=[writing],
        sweeps=(),
        name="a",
        list_institutions=lambda: [institution.id],
    ).run_once(NOW)
    assert connections == [0]
    assert entry(institution, "b").state == "ready"
    assert states(institution) == {"done": 1, "ready": 1}


def test_the_outcome_and_the_end_of_the_entry_are_written_together_or_not_at_all(
    app: Flask, institution: World
) -> None:
    put(institution, "a")
    outside, tries = Outside(), []

    def record(session: Session, payload: dict[str, Any], outcome: str, now: datetime) -> None:
        outbox.put(session, "note", payload, key=outcome, due=now)
        tries.append(outcome)
        if len(tries) == 1:
            raise ArithmeticError

    make_worker(app, outside.send, institution, record=record).run_once(NOW)
    assert states(institution) == {"ready": 1}
    make_worker(app, outside.send, institution, record=record).run_once(NOW + DAY)
    assert entry(institution, "sent a").kind == "note"
    assert entry(institution, "a").state == "done"
    # At least once is the truth: the receiver sees the same key twice.
    assert outside.got == ["a", "a"]


def test_a_worker_that_was_too_slow_records_nothing(app: Flask, institution: World) -> None:
    put(institution, "a")
    recorded: list[str] = []

    def send(_payload: dict[str, Any], _key: str) -> str:
        take(institution, "heir", now=NOW + DAY)
        return "slow"

    def record(_session: Session, _payload: object, outcome: str, _now: datetime) -> None:
        recorded.append(outcome)

    make_worker(app, send, institution, record=record).run_once(NOW)
    assert recorded == []
    assert entry(institution, "a").worker == "heir"


@pytest.mark.parametrize(("one_by_one", "in_hand"), [(True, 1), (False, outbox.BATCH)])
def test_what_must_not_be_repeated_is_taken_one_by_one(
    app: Flask, institution: World, one_by_one: bool, in_hand: int
) -> None:
    put(institution, *(f"k{number}" for number in range(12)))
    held = []

    def send(_payload: dict[str, Any], _key: str) -> str:
        leased = select(func.count(OutboxEntry.id)).where(OutboxEntry.lease_until.is_not(None))
        held.append(institution.do(lambda s: s.scalar(leased), is_read_only=True))
        return ""

    make_worker(app, send, institution, one_by_one=one_by_one).run_once(NOW)
    assert held[0] == in_hand


def test_two_workers_with_many_messages_send_each_once(app: Flask, institution: World) -> None:
    other, outside = make_institution(app, "other"), Outside()
    put(institution, *(f"k{number}" for number in range(60)))
    put(other, *(f"o{number}" for number in range(30)))

    def work(number: int) -> None:
        mine = make_worker(app, outside.send, institution, other, name=f"w{number}")
        while mine.run_once(NOW):
            pass

    together(2, work)
    assert sorted(outside.got) == sorted(set(outside.got))
    assert len(outside.got) == 90
    assert states(institution) == {"done": 60}
    assert states(other) == {"done": 30}


def test_what_fails_in_one_institution_stops_no_other_and_no_sweep(
    app: Flask, institution: World
) -> None:
    put(institution, "a")
    outside, swept = Outside(), []
    nowhere = World(app, institution.id + 1000, "nowhere")

    def sweep(_session: Session, _now: datetime) -> None:
        swept.append(1)

    delivering = make_worker(
        app,
        outside.send,
        nowhere,
        institution,
        sweeps=(Sweep("s", DAY, sweep),),
    )
    with pytest.MonkeyPatch.context() as patch:
        real = outbox.list_due_kinds

        def fail_once(session: Session, *, now: datetime) -> list[str]:
            if not outside.got and session.institution_id == nowhere.id:  # type: ignore[attr-defined]
                raise ArithmeticError
            return real(session, now=now)

        patch.setattr(outbox, "list_due_kinds", fail_once)
        with pytest.raises(ArithmeticError):
            delivering.run_once(NOW)
    assert outside.got == ["a"]
    assert swept == [1, 1]


def test_a_message_of_a_sweep_leaves_before_the_next_sweep(app: Flask, institution: World) -> None:
    seen: list[str] = []

    def send(_payload: object, key: str) -> str:
        seen.append(key)
        return ""

    def first(session: Session, now: datetime) -> None:
        outbox.put(session, "mail", {}, key="message", due=now)

    def second(_session: Session, _now: datetime) -> None:
        seen.append("second sweep")

    sweeps = (Sweep("first", DAY, first), Sweep("second", DAY, second))
    make_worker(app, send, institution, sweeps=sweeps).run_once(NOW)
    assert seen == ["message", "second sweep"]


def test_an_idle_worker_writes_nothing(app: Flask, institution: World) -> None:
    idle = make_worker(app, Outside().send, institution, sweeps=(Sweep("s", DAY, lambda *_: None),))
    put(institution, "parked long ago", due=NOW + DAY)
    idle.run_once(NOW)
    said: list[str] = []

    def listen(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", listen)
    assert idle.run_once(NOW) == 0
    event.remove(engine, "before_cursor_execute", listen)
    assert said
    assert [s for s in said if s.startswith(("INSERT", "UPDATE", "DELETE", "BEGIN IMM"))] == []


def test_a_kind_that_nobody_delivers_is_said_and_waits(
    app: Flask, institution: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    class Log:
        def error(self, event: str, **facts: str) -> None:
            said.append(f"{event} {facts['kind']}")

    monkeypatch.setattr(worker, "log", Log())
    put(institution, "a", kind="fax")
    mine = make_worker(app, Outside().send, institution)
    assert mine.run_once(NOW) == mine.run_once(NOW) == 0
    assert said == ["no_delivery_for_kind fax"]


def test_a_living_worker_is_seen_and_a_silent_one_forgotten(app: Flask, institution: World) -> None:
    def alive(now: datetime) -> bool:
        return institution.do(partial(is_worker_alive, now=now), is_read_only=True)

    assert not alive(NOW)
    make_worker(app, Outside().send, institution, name="old").run_once(NOW)
    assert alive(NOW + timedelta(seconds=30))
    assert not alive(NOW + timedelta(minutes=3))
    mine = make_worker(app, Outside().send, institution, name="new")
    mine.run_once(NOW + 2 * DAY)
    mine.run_once(NOW + 2 * DAY + timedelta(minutes=1))
    assert alive(NOW + 2 * DAY + timedelta(minutes=2))
    names = institution.do(lambda s: list(s.scalars(select(WorkerBeat.name))), is_read_only=True)
    assert names == ["new"]


def test_a_worker_outlives_a_failing_database_and_stops_when_told(
    app: Flask, institution: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "FIRST_WAIT", 0.01)
    put(institution, "a")
    outside, stop, outages = Outside(), threading.Event(), iter(range(3))

    def list_institutions() -> list[int]:
        if next(outages, None) is not None:
            raise OperationalError("SELECT", {}, Exception("the database is gone"))
        return [institution.id]

    mine = make_worker(app, outside.send, institution)
    mine._list_institutions = list_institutions
    thread = threading.Thread(target=mine.run_forever, args=(stop,))
    thread.start()
    deadline = time.monotonic() + 20
    while states(institution) != {"done": 1} and time.monotonic() < deadline:
        time.sleep(0.02)
    stop.set()
    thread.join(timeout=5)
    assert not thread.is_alive()
    assert outside.got == ["a"]


def test_a_worker_told_to_stop_lets_go_of_what_it_has_not_begun(
    app: Flask, institution: World
) -> None:
    put(institution, "a", "b", "c")
    outside, stop = Outside(), threading.Event()

    def send(payload: dict[str, Any], key: str) -> str:
        stop.set()
        return outside.send(payload, key)

    make_worker(app, send, institution).run_forever(stop)
    assert outside.got == ["a"]
    assert [e.key for e in take(institution, "next")] == ["b", "c"]


def test_what_is_parked_is_listed_and_tried_again_by_command(
    app: Flask, institution: World
) -> None:
    put(institution, "a")
    for _ in range(MAX_ATTEMPTS):
        make_worker(app, Outside(poison="a").send, institution).run_once(
            entry(institution, "a").due
        )
    run = app.test_cli_runner().invoke
    parked = entry(institution, "a").id
    listed = run(outbox_group, ["parked"]).output
    assert f"qingxi {parked}: " in listed
    assert "1 parked" in listed
    assert run(outbox_group, ["retry", "nowhere", str(parked)]).exit_code == 2
    assert run(outbox_group, ["retry", "qingxi", "999"]).exit_code == 1
    assert run(outbox_group, ["retry", "qingxi", str(parked)]).exit_code == 0
    assert entry(institution, "a").state == "ready"
    codes = institution.do(lambda s: s.scalars(select(LedgerEntry.code)).all())
    assert codes == ["core.outbox.retried"]
    assert "0 parked" in run(outbox_group, ["parked"]).output
