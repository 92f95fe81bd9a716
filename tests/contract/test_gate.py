"""The gate itself: a real server that ends with its tests, and no quiet skip."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from tests.support.postgres import APPLICATION, OWNER, Server
from tests.support.skips import MARK

ROOT = Path(__file__).parents[2]
QUIET = """
import pytest
from tests.support.skips import cannot_run
def test_lacking(): cannot_run("no such thing")
def test_skipped(): pytest.skip("quietly")
@pytest.mark.xfail
def test_known(): raise AssertionError
"""
ORPHAN = """
import os, signal
from tests.support.postgres import start_server
server = start_server()
print(server.admin.query["host"], flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def rows(address: str, statement: str) -> list[tuple[object, ...]]:
    engine = create_engine(address)
    with engine.begin() as connection:
        found = [tuple(row) for row in connection.execute(text(statement)).all()]
    engine.dispose()
    return found


@pytest.mark.parametrize("role", [OWNER, APPLICATION])
def test_neither_role_may_pass_row_security(postgres_server: Server, role: str) -> None:
    powers = "rolsuper, rolbypassrls, rolcreaterole, rolcreatedb"
    address = postgres_server.admin.render_as_string(hide_password=False)
    found = rows(address, f"SELECT {powers} FROM pg_roles WHERE rolname = '{role}'")
    assert found == [(False, False, False, False)]


def test_a_database_is_copied_from_its_template(postgres_server: Server) -> None:
    postgres_server.create_database("gate_template")
    made = "CREATE TABLE seen AS SELECT 1 AS number; GRANT SELECT ON seen TO portal_app"
    address = postgres_server.url("gate_template", OWNER)
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text(made))
    engine.dispose()
    postgres_server.create_database("gate_copy", template="gate_template")
    assert rows(postgres_server.url("gate_copy"), "SELECT number FROM seen") == [(1,)]
    for name in ("gate_copy", "gate_template"):
        postgres_server.drop_database(name)
    with pytest.raises(OperationalError, match="does not exist"):
        rows(postgres_server.url("gate_copy"), "SELECT 1")


def test_the_application_makes_no_tables(postgres_server: Server) -> None:
    postgres_server.create_database("gate_closed")
    with (
        psycopg.connect(
            postgres_server.url("gate_closed").replace("+psycopg", ""), autocommit=True
        ) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("CREATE TABLE mine (number integer)")
    postgres_server.drop_database("gate_closed")


@pytest.mark.skipif(bool(os.environ.get("TEST_DATABASE_URL")), reason="a lent server stays")
def test_the_server_ends_with_a_killed_test_process(postgres_server: Server) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", ORPHAN], capture_output=True, check=False, cwd=ROOT, text=True
    )
    folder = Path(killed.stdout.strip())
    assert folder.name.startswith("portal-pg-"), killed.stderr
    deadline = time.monotonic() + 30
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("ci", "outcome"), [("", "2 skipped, 1 xfailed"), ("true", "2 failed, 1 xfailed")]
)
def test_a_skip_is_counted_and_in_ci_an_error(tmp_path: Path, ci: str, outcome: str) -> None:
    (tmp_path / "test_quiet.py").write_text(QUIET)
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-c", "pyproject.toml"]
    ran = subprocess.run(
        [*command, "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "CI": ci},
        text=True,
    )
    assert outcome in ran.stdout
    assert "no such thing" in ran.stdout
    assert ("1 tests COULD NOT RUN" in ran.stdout) != bool(ci)
    assert (MARK in ran.stdout) or ci
