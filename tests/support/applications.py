"""Applications on both databases, fresh for every test."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response
from flask import request as http_request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.app import create_app
from portal.core.clock import Clock
from portal.core.config import Config, Environment, read_config
from portal.core.crypto import install_keys
from portal.core.keys import load_keys
from portal.core.ledger_anchor import anchors_folder
from portal.core.migrating import upgrade
from portal.core.runtime import Runtime
from portal.core.session import db
from portal.core.shelf import files_folder
from portal.tenancy.queries import forget_settings
from portal.web.catalogs import Library, compile_catalogs
from tests.support.careless import write_carelessly
from tests.support.inspector import find_faults
from tests.support.postgres import OWNER, Server
from tests.support.snapshots import Snapshot
from tests.support.traces import Traces
from tests.support.world import MONDAY, World, make_institution

DATABASES = ("sqlite", "postgresql")
#: The database that tests write to, and the empty one it begins as.
USED, FRESH = "portal", "fresh"


class Browser(FlaskClient):
    """A client that takes in each answer whole, as a server sees it taken: what an application
    does once it is answered is done by then."""

    def open(self, *args: Any, buffered: bool = True, **kwargs: Any) -> TestResponse:
        """Ask for a page."""
        return super().open(*args, buffered=buffered, **kwargs)


class TestDatabase:
    """One kind of database with its application; every test gets it as new, keys and all."""

    __test__ = False

    def __init__(self, app: Flask, config: Config, copy: Callable[[str, str], None]) -> None:
        self.app = app
        self._config = config
        self._copy = copy
        assert config.keys_file is not None
        self._keys = config.keys_file.read_bytes()
        #: What was wrong with pages that were answered.
        self.faults: list[str] = []
        app.after_request(self._inspect)
        app.test_client_class = Browser

    def _inspect(self, response: Response) -> Response:
        if response.mimetype == "text/html" and response.status_code not in {301, 302, 303, 304}:
            found = find_faults(response.get_data(as_text=True))
            self.faults += [f"{http_request.path}: {fault}" for fault in found]
        return response

    def renew(self) -> None:
        """Put the freshly migrated database in place of the used one; the clock starts anew."""
        self.go_back_to(FRESH)

    def keep_as(self, name: str) -> None:
        """Keep the used database as it stands, to go back to it."""
        self._let_go()
        self._copy(USED, name)
        self._put_files(files_folder(self._config), self._kept_files(name))

    def go_back_to(self, name: str) -> None:
        """Put a kept database in place of the used one; the clock starts anew."""
        self._let_go()
        self._copy(name, USED)
        shutil.rmtree(anchors_folder(self._config), ignore_errors=True)
        self._put_files(self._kept_files(name), files_folder(self._config))
        assert self._config.keys_file is not None
        self._config.keys_file.write_bytes(self._keys)
        runtime: Runtime = self.app.extensions["portal"]
        runtime.keys = load_keys(self._config)
        install_keys(runtime.keys)
        runtime.clock.offset = timedelta()
        forget_settings()

    def _kept_files(self, name: str) -> Path:
        return self._config.var / f"files-of-{name}"

    @staticmethod
    def _put_files(source: Path, target: Path) -> None:
        """Have one folder of attached files hold what the other does, down to nothing."""
        shutil.rmtree(target, ignore_errors=True)
        if source.exists():
            shutil.copytree(source, target)

    def _let_go(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()


def _config(folder: Path, url: str = "", owner_url: str = "") -> Config:
    return read_config(
        {},
        environment=Environment.TEST,
        var=folder,
        database_url=url,
        owner_database_url=owner_url,
        secret_key="tests-only",
        worker_inside=False,
        log_level="ERROR",
    )


@pytest.fixture(scope="session", autouse=True)
def compiled_catalogs() -> None:
    """Pages speak all three languages."""
    compile_catalogs(Library())


@pytest.fixture(scope="session")
def sqlite_database(tmp_path_factory: pytest.TempPathFactory) -> TestDatabase:
    """An application on SQLite."""
    folder = tmp_path_factory.mktemp("sqlite")
    config = _config(folder)
    upgrade(config)

    def copy(source: str, target: str) -> None:
        for leftover in folder.glob(f"{target}.sqlite3-*"):
            leftover.unlink()
        shutil.copy(folder / f"{source}.sqlite3", folder / f"{target}.sqlite3")

    copy(USED, FRESH)
    app = create_app(config, clock=Clock(source=lambda: MONDAY))
    write_carelessly(app)
    return TestDatabase(app, config, copy)


@pytest.fixture(scope="session")
def postgresql_database(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: Server
) -> Iterator[TestDatabase]:
    """An application on PostgreSQL, connected as a role that owns nothing."""
    server = postgres_server
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    folder = tmp_path_factory.mktemp("postgresql")

    def named(name: str) -> str:
        return f"{name}_{worker}"

    def copy(source: str, target: str) -> None:
        if (source, target) == (FRESH, USED) and traces.remove_from(used):
            return
        if target == USED and source in snapshots and snapshots[source].put_back():
            return
        server.drop_database(named(target))
        server.create_database(named(target), named(source))
        if source == USED:
            snapshots[target] = Snapshot(server, used)

    fresh, used = named(FRESH), named(USED)
    snapshots: dict[str, Snapshot] = {}
    server.create_database(fresh)
    upgrade(_config(folder, server.url(fresh), server.url(fresh, OWNER)))
    traces = Traces(server, fresh)
    server.create_database(used, fresh)
    config = _config(folder, server.url(used), server.url(used, OWNER))
    database = TestDatabase(create_app(config, clock=Clock(source=lambda: MONDAY)), config, copy)
    yield database
    with database.app.app_context():
        db.engine.dispose()


@pytest.fixture(params=DATABASES)
def app(request: pytest.FixtureRequest) -> Iterator[Flask]:
    """An application on a fresh database, once on each kind; every page it answers is inspected."""
    database: TestDatabase = request.getfixturevalue(f"{request.param}_database")
    database.renew()
    database.faults.clear()
    yield database.app
    assert database.faults == []


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A fresh browser."""
    return app.test_client()


@pytest.fixture
def institution(app: Flask) -> World:
    """The one institution of a test."""
    return make_institution(app)
