"""A replay killed in the middle (kill -9) goes on where it was: nothing twice, nothing lost."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from portal.app import create_app
from portal.core.config import read_config
from portal.replay.commands import run
from portal.replay.models import Replay
from portal.tenancy.queries import find_tenant
from tests.features.replay.test_replay import check
from tests.support.histories import expect, invent, write_lines
from tests.support.world import World

CAPACITY = 5
PATIENCE = 120.0


def replay_until_killed(settings: str, file: str) -> None:
    """What the process of this test does."""
    app = create_app(read_config({}, **json.loads(settings)))
    with app.app_context():
        run(Path(file), slug="replay", capacity=CAPACITY)


@dataclass(frozen=True)
class Position:
    """How far it is."""

    rows_done: int = 0
    looked_at: int = 0


def position(app: Flask) -> Position:
    """How far it is; nowhere before there is an institution."""
    with app.app_context():
        tenant = find_tenant("replay")
    if tenant is None:
        return Position()
    world, columns = World(app, tenant.id, "replay"), (Replay.rows_done, Replay.looked_at)
    return Position(
        *world.do(lambda session: session.execute(select(*columns)).one(), is_read_only=True)
    )


def kill_when(app: Flask, file: Path, *, rows_done: int, looked_at: int = 0) -> None:
    """Begin or go on, and end it without a warning once it is so far."""
    root = Path(__file__).parents[3]
    settings = app.extensions["portal"].config.model_dump_json()
    process = subprocess.Popen(
        [sys.executable, __file__, settings, str(file)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    deadline = time.monotonic() + PATIENCE
    try:
        while process.poll() is None:
            assert time.monotonic() < deadline, "it did not come so far"
            now = position(app)
            if now.rows_done >= rows_done and now.looked_at >= looked_at:
                break
            time.sleep(0.01)
    finally:
        process.kill()
        process.wait()


def test_a_replay_killed_again_and_again_comes_out_the_same(app: Flask, tmp_path: Path) -> None:
    lines = invent(240)
    file = write_lines(tmp_path / "history.csv.gz", lines)
    kill_when(app, file, rows_done=40)
    met = position(app)
    assert 40 <= met.rows_done < len(lines), "it was met in the act"
    kill_when(app, file, rows_done=len(lines), looked_at=30)
    met = position(app)
    assert 30 <= met.looked_at <= len(lines) == met.rows_done
    with app.app_context():
        result = run(file, slug="replay", capacity=CAPACITY)
    check(app, lines, result, capacity=CAPACITY)
    assert expect(lines, capacity=CAPACITY).outcomes["no-show"] > 20
    assert result.rows_now < len(lines), "what was done was not done again"


if __name__ == "__main__":
    replay_until_killed(sys.argv[1], sys.argv[2])
