"""An import killed in the middle (kill -9) goes on where it was: nothing twice, nothing lost."""

import json
import os
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from portal.app import create_app
from portal.core.config import read_config
from portal.importing.commands import run
from portal.importing.models import ImportedRequest
from portal.tenancy.queries import find_tenant
from tests.features.importing.test_requests import check, figures, take_in
from tests.support.registers import Line, count, line, write_lines
from tests.support.world import World

PATIENCE = 120.0


def take_in_until_killed(settings: str, file: str) -> None:
    """What the process of this test does."""
    app = create_app(read_config({}, **json.loads(settings)))
    with app.app_context():
        run(Path(file), slug="import")


def invent_many(number: int) -> list[Line]:
    """Requests an hour apart, every third still open."""
    lines = []
    for position in range(number):
        at = datetime(2014, 4, 1, 6) + timedelta(hours=position)  # noqa: DTZ001 local
        opened, due, closed = (
            f"{at + timedelta(hours=later):%m-%d %H:%M:%S}" for later in (0, 24, position % 48)
        )
        lines.append(line(f"N{position}", opened, due, closed if position % 3 else ""))
    return lines


def taken(app: Flask) -> int:
    """How many are taken in; none before there is an institution."""
    with app.app_context():
        tenant = find_tenant("import")
    if tenant is None:
        return 0
    rows = select(func.count(ImportedRequest.id))
    world = World(app, tenant.id, "import")
    return world.do(lambda session: session.scalar(rows), is_read_only=True) or 0


def kill_when(app: Flask, file: Path, *, rows: int) -> None:
    """Begin or go on, and end it without a warning once so many are taken in."""
    root = Path(__file__).parents[3]
    settings = app.extensions["portal"].config.model_dump_json()
    process = subprocess.Popen(
        [sys.executable, __file__, settings, str(file)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    deadline = time.monotonic() + PATIENCE
    try:
        while process.poll() is None and taken(app) < rows:
            assert time.monotonic() < deadline, "it did not come so far"
            time.sleep(0.01)
    finally:
        process.kill()
        process.wait()


def test_an_import_killed_again_and_again_comes_out_the_same(app: Flask, tmp_path: Path) -> None:
    lines = invent_many(60)
    file = write_lines(tmp_path / "register.csv.gz", lines)
    for rows in (8, 20):
        kill_when(app, file, rows=rows)
        assert rows <= taken(app) < len(lines), "it was met in the act"
    assert figures(take_in(app, file)) == count(lines)
    check(app, lines)


if __name__ == "__main__":
    take_in_until_killed(sys.argv[1], sys.argv[2])
