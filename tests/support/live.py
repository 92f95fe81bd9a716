"""The demonstration on a real address of this machine, for tests that hold a browser."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.serving import WSGIRequestHandler, make_server

from portal.app import create_app
from portal.appointments.models import Hold
from portal.appointments.services.holds import give_back
from portal.core.clock import Clock
from portal.core.config import Environment, read_config
from portal.core.crypto import install_keys
from portal.core.migrating import upgrade
from portal.core.runtime import Runtime
from portal.core.session import db
from portal.core.worker import Worker
from portal.demonstration.making import make_demonstration
from portal.serving import build_worker
from portal.tenancy.models import Institution
from tests.support.world import World

#: Ten in the morning of a Monday in Shanghai.
TEN_O_CLOCK = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


class _Silent(WSGIRequestHandler):
    """Writes no line for each request."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 named by werkzeug
        if type == "error":
            super().log(type, message, *args)


@dataclass
class Live:
    """A served demonstration; its clock stands still and its worker works when told to."""

    app: Flask
    address: str
    worker: Worker

    def url(self, path: str = "") -> str:
        """The full address of a path like ``qingxi/book/``."""
        return f"{self.address}/{path}"

    def deliver(self) -> None:
        """Send the messages that are due."""
        while self.worker.run_once():
            pass

    def wait(self, **length: float) -> None:
        """Let time pass."""
        self.runtime.clock.offset += timedelta(**length)

    def let_go(self) -> None:
        """Give back the times that visitors kept and left; the clock here never does."""
        with self.app.app_context():
            found = list(db.session.execute(select(Institution.id, Institution.slug)).all())
            db.session.remove()
        for institution_id, slug in found:
            World(self.app, institution_id, slug).do(_give_all_back)

    def take_over(self) -> None:
        """Make this application's keys those of the process, whatever other tests installed."""
        install_keys(self.runtime.keys)

    @property
    def runtime(self) -> Runtime:
        """Clock, configuration and keys of the served application."""
        runtime: Runtime = self.app.extensions["portal"]
        return runtime


def _give_all_back(session: Session) -> None:
    for hold in session.scalars(select(Hold)).all():
        give_back(session, hold)


@contextmanager
def serve_demonstration(folder: Path) -> Iterator[Live]:
    """Make the three institutions on SQLite and serve them on a free port."""
    place = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{place.getsockname()[1]}"
    config = read_config(
        {},
        base_url=address,
        environment=Environment.DEMONSTRATION,
        var=folder,
        secret_key="tests-only",
        worker_inside=False,
        log_level="ERROR",
    )
    upgrade(config)
    app = create_app(config, clock=Clock(source=lambda: TEN_O_CLOCK))
    with app.app_context():
        make_demonstration(say=lambda _words: None)
    server = make_server(
        "127.0.0.1", 0, app, threaded=True, request_handler=_Silent, fd=place.fileno()
    )
    thread = threading.Thread(target=server.serve_forever, name="live", daemon=True)
    thread.start()
    try:
        yield Live(app, address, build_worker(app, "live"))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        place.close()
        with app.app_context():
            db.engine.dispose()
