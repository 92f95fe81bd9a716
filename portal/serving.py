"""Serving the portal: granian in front, and the worker inside its process or apart."""

import gc
import os
import signal
import threading

from flask import Flask, current_app
from granian import Granian
from granian.constants import Interfaces

from portal.core import idempotency, ledger_sweeps, throttle
from portal.core.config import Config
from portal.core.runtime import runtime
from portal.core.worker import Worker
from portal.tenancy.queries import list_tenants
from portal.web.feature import Feature

#: Sweeps of the machinery itself.
CORE_SWEEPS = (*ledger_sweeps.SWEEPS, throttle.SWEEP, idempotency.SWEEP)


def build_worker(app: Flask, name: str) -> Worker:
    """The worker with every feature's deliveries and sweeps."""
    features: tuple[Feature, ...] = app.extensions["features"]
    return Worker(
        app,
        deliveries=[delivery for feature in features for delivery in feature.deliveries],
        sweeps=[*CORE_SWEEPS, *(sweep for feature in features for sweep in feature.sweeps)],
        name=name,
        list_institutions=lambda: [tenant.id for tenant in list_tenants()],
    )


def start_worker_inside(app: Flask) -> None:
    """Run the worker as a thread of this process when the configuration says so."""
    with app.app_context():
        if not runtime().config.worker_inside:
            return
    worker = build_worker(app, f"inside-{os.getpid()}")
    stop = threading.Event()
    threading.Thread(target=worker.run_forever, args=(stop,), name="worker", daemon=True).start()


def work_alone() -> None:
    """Run the worker in the foreground until it is told to stop."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    build_worker(app, f"alone-{os.getpid()}").run_forever(stop)


def settle() -> None:
    """Spare the collector what stays for good, and let a request's litter gather a little.

    Statements and pages are built of many small objects that die with the request; looking
    through the whole application after every seven hundred of them costs a sixth of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def serve_portal(config: Config) -> None:
    """Serve until told to stop."""
    Granian(
        "wsgi:app",
        address=config.host,
        port=config.port,
        interface=Interfaces.WSGI,
        workers=config.processes,
        blocking_threads=config.threads,
        respawn_failed_workers=True,
        log_access=False,
    ).serve()
