"""The portal and its floor, each in front of the same database by the same kind of server."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.cpu import used_seconds

PROCESSES = 2
#: What `portal serve` runs, and the same for the bare applications.
PORTAL = (
    "from portal.core.config import read_config; from portal.serving import serve_portal; "
    "serve_portal(read_config())"
)
FLOOR = (
    "from granian import Granian; from portal.core.config import read_config; c = read_config(); "
    "Granian('tests.bench.floors:app', address=c.host, port=c.port, interface='wsgi', "
    "workers=c.processes, blocking_threads=c.threads, log_access=False).serve()"
)


@dataclass(frozen=True)
class Address:
    """The database that a server works on."""

    url: str
    var: Path
    keys: Path


@dataclass(frozen=True)
class Running:
    """A server that answers."""

    port: int
    process: int

    def used(self, backend: int | None) -> float:
        """Processor seconds used so far by its processes and those of the database."""
        return used_seconds([self.process, *([backend] if backend else [])])


@contextmanager
def serve_both(address: Address) -> Iterator[tuple[Running, Running]]:
    """The portal and the floor, ready to answer."""
    with ExitStack() as stack:
        portal = stack.enter_context(_serve(PORTAL, address))
        yield portal, stack.enter_context(_serve(FLOOR, address))


@contextmanager
def _serve(code: str, address: Address) -> Iterator[Running]:
    port = _free_port()
    settings = {
        "PORTAL_ENVIRONMENT": "test",
        "PORTAL_VAR": str(address.var),
        "PORTAL_DATABASE_URL": address.url,
        "PORTAL_KEYS_FILE": str(address.keys),
        "PORTAL_SECRET_KEY": "measured-only",
        "PORTAL_WORKER_INSIDE": "false",
        "PORTAL_PROCESSES": str(PROCESSES),
        "PORTAL_PORT": str(port),
    }
    # Its log is written as in production, to a file that nobody reads unless it fails.
    log = (address.var / f"server-{port}.log").open("wb")
    with log:
        process = subprocess.Popen(
            [sys.executable, "-c", code], env={**os.environ, **settings}, stdout=log, stderr=log
        )
    try:
        _wait(port, process, Path(log.name))
        yield Running(port, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(port: int, process: subprocess.Popen[bytes], log: Path, seconds: float = 60) -> None:
    """Until every process answers: granian listens only then."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                time.sleep(1)
                return
        time.sleep(0.1)
    raise RuntimeError(f"the server did not start:\n{log.read_text()[-3000:]}")
