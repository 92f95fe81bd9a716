"""A worker killed in the middle (kill -9) loses nothing, and at most repeats what it was doing."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.app import create_app
from portal.core.clock import Clock
from portal.core.config import read_config
from portal.core.outbox import Delivery, OutboxEntry, put
from portal.core.worker import Worker
from tests.support.world import MONDAY, World

MESSAGES = 150
PATIENCE = 60.0


def build(app: Flask, name: str, institution: int, sink: Path) -> Worker:
    """A worker that sends into a file, slowly enough to be killed in the act."""

    def send(_loaded: object, key: str) -> None:
        line = os.open(sink, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(line, f"{name} {key}\n".encode())
        os.close(line)
        time.sleep(0.01)

    def record(session: Session, _payload: object, _outcome: object, now: datetime) -> None:
        put(session, "done", {}, key=f"done:{time.monotonic_ns()}:{name}", due=now)

    return Worker(
        app,
        deliveries=[Delivery("mail", lambda _, payload: payload, send, record)],
        sweeps=(),
        name=name,
        list_institutions=lambda: [institution],
    )


def work_until_told(settings: str, name: str, institution: str, sink: str) -> None:
    """What the worker process of this test does."""
    begun, stop = time.monotonic(), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    clock = Clock(source=lambda: MONDAY + timedelta(seconds=time.monotonic() - begun))
    app = create_app(read_config({}, **json.loads(settings)), clock=clock)
    build(app, name, int(institution), Path(sink)).run_forever(stop)


@contextmanager
def running(world: World, name: str, sink: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker in a process of its own."""
    root = Path(__file__).parents[3]
    settings = world.app.extensions["portal"].config.model_dump_json()
    process = subprocess.Popen(
        [sys.executable, __file__, settings, name, str(world.id), str(sink)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def lines(sink: Path) -> list[tuple[str, str]]:
    """Who sent what, in order."""
    written = sink.read_text().splitlines() if sink.exists() else []
    return [(name, key) for name, _, key in (line.partition(" ") for line in written)]


def wait_for(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.005)


def count(world: World, kind: str, state: str) -> int:
    wanted = select(func.count(OutboxEntry.id)).where(
        OutboxEntry.kind == kind, OutboxEntry.state == state
    )
    return world.do(lambda session: session.scalar(wanted) or 0, is_read_only=True)


def queue(world: World, keys: list[str]) -> None:
    def write(session: Session) -> None:
        for key in keys:
            put(session, "mail", {}, key=key, due=MONDAY)

    world.do(write)


def test_a_killed_worker_loses_nothing_and_repeats_at_most_what_it_had_begun(
    app: Flask, institution: World, tmp_path: Path
) -> None:
    sink, keys = tmp_path / "sent", [f"k{number:03}" for number in range(MESSAGES)]
    queue(institution, keys)

    def sent_by(name: str) -> int:
        return sum(sender == name for sender, _ in lines(sink))

    with (
        running(institution, "victim", sink) as victim,
        running(institution, "other", sink) as other,
    ):
        wait_for(lambda: sent_by("victim") >= 15)
        victim.send_signal(signal.SIGKILL)
        assert victim.wait() == -signal.SIGKILL
        in_hand = count_in_hand(institution, "victim")
        wait_for(lambda: count(institution, "mail", "ready") <= in_hand)
        other.terminate()
        assert other.wait(timeout=PATIENCE) == 0

    heir = build(app, "heir", institution.id, sink)
    while heir.run_once(MONDAY + timedelta(days=1)):
        pass
    assert count(institution, "mail", "done") == MESSAGES
    times = Counter(key for _, key in lines(sink))
    assert sorted(times) == keys
    assert sum(times.values()) - MESSAGES <= 1
    # The outcome of each is on record once, also of those that were sent twice.
    assert count(institution, "done", "ready") == MESSAGES


def count_in_hand(world: World, name: str) -> int:
    held = select(func.count(OutboxEntry.id)).where(
        OutboxEntry.worker == name, OutboxEntry.lease_until.is_not(None)
    )
    return world.do(lambda session: session.scalar(held) or 0, is_read_only=True)


def test_a_worker_told_to_stop_ends_at_once_and_leaves_nothing_in_its_hand(
    institution: World, tmp_path: Path
) -> None:
    sink = tmp_path / "sent"
    queue(institution, [f"k{number:03}" for number in range(MESSAGES)])
    with running(institution, "w", sink) as process:
        wait_for(lambda: len(lines(sink)) >= 3)
        process.terminate()
        assert process.wait(timeout=10) == 0
    assert count_in_hand(institution, "w") == 0
    assert count(institution, "mail", "done") == len(lines(sink)) < MESSAGES


if __name__ == "__main__":
    work_until_told(*sys.argv[1:])
