"""A history of real appointments booked anew by the real services: how fast, in how much memory."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from portal.core.config import Environment, read_config
from portal.core.migrating import upgrade
from tests.bench.report import Figure, figure
from tests.bench.stock import Bench
from tests.support.postgres import OWNER
from tests.support.real_data import VARIABLE

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-c", "from portal.cli import main; main()", "replay")
FILE, EXPECTED = "appointments_replay.csv.gz", "appointments_replay.expected.json"


def measure(bench: Bench) -> Iterator[Figure]:
    """All of it at the usual capacity, in a process and a database of its own."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        print(f"NOT MEASURED: {VARIABLE} does not name the folder of real data", file=sys.stderr)
        return
    result = run(bench, Path(folder) / FILE)
    expected = json.loads((Path(folder) / EXPECTED).read_text(encoding="utf-8"))
    counted = {
        "rejected": result["outcomes"]["rejected: booked after the day"]
        + result["outcomes"]["rejected: negative age"],
        "repeats": result["outcomes"]["refused: booked already"],
        "accepted": result["outcomes"]["accepted"],
        "accepted_no_show": result["outcomes"]["no-show"],
        "accepted_clinic_day_max": result["busiest_clinic_day"],
    }
    wrong = {name: found for name, found in counted.items() if found != expected[name]}
    assert not wrong, f"the history came out otherwise than it must: {wrong}"
    rate, memory = result["rows_per_second"], result["peak_memory_mb"]
    yield figure("replay: booked, refused or missed", bench.database, "a second", [rate])
    yield figure("replay: peak memory", bench.database, "MB", [memory])


def run(bench: Bench, file: Path) -> dict[str, Any]:
    """Replay a file by the command, as an operator would; what it writes for programs."""
    var = bench.folder / "replay"
    var.mkdir()
    urls = {}
    if bench.server is not None:
        bench.server.create_database("replay")
        urls = {
            "database_url": bench.server.url("replay"),
            "owner_database_url": bench.server.url("replay", OWNER),
        }
    values = {
        "environment": str(Environment.TEST),
        "var": str(var),
        "secret_key": "measured-only",
        "log_level": "ERROR",
        **urls,
    }
    upgrade(read_config({}, **values))
    subprocess.run(
        [*COMMAND, str(file), "--json", str(var / "result.json")],
        cwd=ROOT,
        env={**os.environ, **{f"PORTAL_{name.upper()}": text for name, text in values.items()}},
        check=True,
        stdout=sys.stderr,
    )
    found: dict[str, Any] = json.loads((var / "result.json").read_text(encoding="utf-8"))
    return found
