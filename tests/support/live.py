"""The demonstration on a real address of this machine, for tests that hold a browser."""

import fcntl
import shutil
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

from portal.alarms.models import Watch
from portal.alarms.services.watching import end_all
from portal.app import create_app
from portal.appointments.models import Booking, Hold, Slot
from portal.appointments.offers_rules import OfferKind
from portal.appointments.rules import new_reference
from portal.appointments.services.holds import give_back
from portal.appointments.services.keeping import NO_NETWORK
from portal.appointments.services.offers import offer_place
from portal.appointments.waiting_models import Waiting
from portal.appointments.waiting_queries import offer_token
from portal.core.actor import SYSTEM, Actor
from portal.core.clock import Clock
from portal.core.config import Config, Environment, read_config
from portal.core.crypto import install_keys
from portal.core.migrating import upgrade
from portal.core.runtime import Runtime
from portal.core.session import db
from portal.core.worker import Worker
from portal.demonstration.making import make_demonstration
from portal.duty.leave_rules import LeaveKind
from portal.duty.services.leaving import LeaveDetails, ask_leave
from portal.identity.models import Staff
from portal.matters.models import Matter
from portal.matters.rules import State
from portal.matters.services.assisting import ask_help
from portal.serving import build_worker
from portal.tenancy.models import Institution
from tests.support.careless import write_carelessly
from tests.support.missing import add_missed
from tests.support.world import World

#: Ten in the morning of a Monday in Shanghai.
TEN_O_CLOCK = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


class _Silent(WSGIRequestHandler):
    """Writes no line for each request."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 named by werkzeug
        if type == "error":
            super().log(type, message, *args)


def _whole(app: Flask) -> WSGIApplication:
    """Give each answer whole: werkzeug's server leaves a file open where a browser hangs up."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return Response.from_app(app, environ, buffered=True)(environ, start_response)

    return answer


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
        for world in self.worlds().values():
            world.do(partial(_give_all_back, now=world.now))

    def keep_time(self, slug: str) -> str:
        """Keep a time for whoever joined a waiting list last; the path of its page."""
        world = self.worlds()[slug]
        return world.do(partial(_keep_time, now=world.now))

    def miss(self, slug: str) -> int:
        """Have whoever booked last have missed an appointment yesterday; the booking's id."""
        world = self.worlds()[slug]
        return world.do(partial(_miss, now=world.now))

    def ask_for_help(self, slug: str, number: str) -> int:
        """Have whoever holds a matter ask somebody for help; the id of the request."""
        world = self.worlds()[slug]
        return world.do(partial(_ask_for_help, number=number, now=world.now))

    def ask_for_leave(self, slug: str, number: str) -> int:
        """Have somebody ask for a Sunday's leave; its id."""
        world = self.worlds()[slug]
        return world.do(partial(_ask_for_leave, number=number, now=world.now))

    def worlds(self) -> dict[str, World]:
        """The institutions by their slugs, to look behind the pages."""
        with self.app.app_context():
            found = list(db.session.execute(select(Institution.id, Institution.slug)).all())
            db.session.remove()
        return {slug: World(self.app, institution_id, slug) for institution_id, slug in found}

    def take_over(self) -> None:
        """Make this application's keys those of the process, whatever other tests installed."""
        install_keys(self.runtime.keys)

    @property
    def runtime(self) -> Runtime:
        """Clock, configuration and keys of the served application."""
        runtime: Runtime = self.app.extensions["portal"]
        return runtime


def _give_all_back(session: Session, now: datetime) -> None:
    for hold in session.scalars(select(Hold).where(Hold.network != NO_NETWORK)).all():
        give_back(session, hold, now=now)


def _miss(session: Session, now: datetime) -> int:
    booked = select(Booking).where(Booking.state == "booked").order_by(Booking.id.desc()).limit(1)
    like, yesterday = session.scalars(booked).one(), now - timedelta(days=1)
    reference = new_reference()
    missed = add_missed(session, like, reference=reference, starts_at=yesterday, now=yesterday)
    return missed.booking_id


def _ask_for_help(session: Session, number: str, now: datetime) -> int:
    held = select(Matter).where(Matter.state == State.IN_PROGRESS).order_by(Matter.id).limit(1)
    matter = session.scalars(held).one()
    row = ask_help(
        session,
        matter=matter,
        version=matter.version,
        helper_id=session.scalars(select(Staff.id).where(Staff.number == number)).one(),
        words="請借兩張桌子",
        day=None,
        actor=Actor("staff", matter.holder_staff_id),
        now=now,
    )
    return row.id


def _ask_for_leave(session: Session, number: str, now: datetime) -> int:
    staff_id = session.scalars(select(Staff.id).where(Staff.number == number)).one()
    details = LeaveDetails(
        staff_id=staff_id,
        start=now + timedelta(days=6),
        end=now + timedelta(days=6, hours=8),
        kind=LeaveKind.ANNUAL,
        reason="回老家",
        cover_id=None,
    )
    return ask_leave(session, details=details, actor=Actor("staff", staff_id), now=now).id


def _keep_time(session: Session, now: datetime) -> str:
    entry = session.scalars(select(Waiting).order_by(Waiting.id.desc()).limit(1)).one()
    free = select(Slot.id).where(
        Slot.service_id == entry.service_id,
        Slot.pool == "public",
        Slot.booked < Slot.capacity,
        Slot.starts_at > now + timedelta(days=2),
    )
    entry.state = "offered"
    offer = offer_place(
        session,
        slot_id=session.scalars(free.order_by(Slot.starts_at).limit(1)).one(),
        kind=OfferKind.WAITING,
        contact_id=entry.contact_id,
        waiting_id=entry.id,
        expires_at=now + timedelta(hours=1),
        actor=SYSTEM,
        now=now,
    )
    return f"o/{offer.id}/{offer_token(offer)}/"


def _make_once(kept: Path) -> None:
    """Make the three institutions and send what is due; of several processes one does it."""
    kept.mkdir(exist_ok=True)
    with (kept / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = kept / "made"
        if made.exists():
            return
        making = kept / "making"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir()
        config = _config(making, "http://127.0.0.1")
        upgrade(config)
        app = create_app(config, clock=Clock(source=lambda: TEN_O_CLOCK))
        write_carelessly(app)
        with app.app_context():
            make_demonstration(say=lambda _words: None)
            worker = build_worker(app, "maker")
            while worker.run_once():
                pass
            db.engine.dispose()
        making.rename(made)


def _config(folder: Path, address: str) -> Config:
    return read_config(
        {},
        base_url=address,
        environment=Environment.DEMONSTRATION,
        var=folder,
        secret_key="tests-only",
        worker_inside=False,
        log_level="ERROR",
    )


@contextmanager
def serve_demonstration(folder: Path, *, kept: Path) -> Iterator[Live]:
    """Serve the three institutions on SQLite and a free port.

    They are copied from ``kept``, where the first process that asks makes them.
    """
    _make_once(kept)
    shutil.copytree(kept / "made", folder, dirs_exist_ok=True)
    place = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{place.getsockname()[1]}"
    app = create_app(_config(folder, address), clock=Clock(source=lambda: TEN_O_CLOCK))
    write_carelessly(app)
    server = make_server(
        "127.0.0.1", 0, _whole(app), threaded=True, request_handler=_Silent, fd=place.fileno()
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


def end_limits(session: Session, now: datetime) -> None:
    """What an institution waits for by itself is done: none of its alarms is raised any more."""
    for watch in session.scalars(select(Watch).where(Watch.ended_at.is_(None))).all():
        subject = watch.subject_kind, watch.subject_id
        end_all(session, subject=subject, actor=SYSTEM, now=now)
