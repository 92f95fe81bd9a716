"""Copies the production database out and in with PostgreSQL's own tools, as its owner."""

import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE, Popen
from tempfile import TemporaryFile

from sqlalchemy import URL, NullPool, create_engine, make_url, text

from portal.core.backup_stock import DatabaseError, Stock, holds_rows, take_stock
from portal.core.config import Config
from portal.core.hardening import grant_application

SUFFIX = ".pgdump"
#: How long to wait for others' transactions to end.
PATIENCE = "20s"
INSTALLED = Path("/usr/lib/postgresql")
#: Objects of the owner's in the schema, apart from those that an extension brought.
OWN_OBJECTS = """
SELECT format('DROP TABLE IF EXISTS %I CASCADE;', relname) FROM pg_class
 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
   AND pg_has_role(relowner, 'USAGE')
UNION ALL
SELECT format('DROP ROUTINE IF EXISTS %s CASCADE;', oid::regprocedure) FROM pg_proc
 WHERE pronamespace = 'public'::regnamespace AND pg_has_role(proowner, 'USAGE')
   AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
"""


def find_tool(name: str) -> str:
    """Where one of PostgreSQL's programs is: on the path, else the newest installed.

    Raises DatabaseError when the client tools are not installed.
    """
    found = shutil.which(name)
    if found:
        return found
    versions = INSTALLED.glob(f"*/bin/{name}")
    newest = max(versions, key=lambda path: float(path.parts[-3]), default=None)
    if newest is None:
        raise DatabaseError(f"{name} is not installed: install the PostgreSQL client tools")
    return str(newest)


def _connection(url: URL) -> tuple[str, dict[str, str]]:
    """Address and environment for the tools; the password never stands in the arguments."""
    words = {**url.translate_connect_args(username="user", database="dbname"), **url.query}
    password = str(words.pop("password", ""))
    escaped = {
        name: str(word).replace("\\", "\\\\").replace("'", "\\'") for name, word in words.items()
    }
    address = " ".join(f"{name}='{word}'" for name, word in escaped.items())
    return address, {**os.environ, **({"PGPASSWORD": password} if password else {})}


def copy_out(config: Config, target: Path) -> Stock:
    """Dump and count in one snapshot while others write; raises DatabaseError."""
    url = make_url(config.owner_database_url)
    address, environment = _connection(url)
    engine = create_engine(url, isolation_level="REPEATABLE READ", poolclass=NullPool)
    with engine.connect() as connection:
        snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
        dump = [find_tool("pg_dump"), "--format=custom", f"--snapshot={snapshot}"]
        dump += [f"--file={target}", f"--dbname={address}"]
        done = subprocess.run(dump, env=environment, capture_output=True, check=False)  # noqa: S603
        if done.returncode:
            raise DatabaseError(done.stderr.decode(errors="replace").strip())
        return take_stock(connection)


def has_rows(config: Config) -> bool:
    """Whether the database holds anything but the schema."""
    engine = create_engine(config.owner_database_url, poolclass=NullPool)
    with engine.connect() as connection:
        return holds_rows(connection)


def copy_in(config: Config, copy: Path) -> None:
    """Replace all tables by the copy's in one transaction; raises DatabaseError.

    The application's role gets its rights anew, so the copy may come from a server where it
    had another name.
    """
    url, role = make_url(config.owner_database_url), make_url(config.database_url).username
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        known = connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :r"), {"r": role})
        if not known:
            raise DatabaseError(f"the application's role {role} does not exist; create it first")
        drops = connection.scalars(text(OWN_OBJECTS)).all()
    _replay(url, copy, "\n".join([f"SET lock_timeout = '{PATIENCE}';", *drops, ""]).encode())
    if role != url.username:
        with engine.begin() as connection:
            grant_application(connection, str(role))


def _replay(url: URL, copy: Path, before: bytes) -> None:
    """Pour ``before`` and the copy's statements into one transaction of psql."""
    address, environment = _connection(url)
    unpack = [find_tool("pg_restore"), "--no-owner", "--no-privileges", "--no-comments"]
    unpack += ["--file=-", str(copy)]
    replay = [find_tool("psql"), "--no-psqlrc", "--quiet", "--single-transaction"]
    replay += ["--set=ON_ERROR_STOP=1", "--output=/dev/null", "--file=-", f"--dbname={address}"]
    with (
        TemporaryFile() as complaints,
        Popen(unpack, stdout=PIPE, stderr=complaints) as source,  # noqa: S603
        Popen(replay, env=environment, stdin=PIPE, stderr=complaints) as target,  # noqa: S603
    ):
        assert source.stdout is not None
        assert target.stdin is not None
        with suppress(BrokenPipeError):  # psql gave up; its complaint follows
            target.stdin.write(before)
            shutil.copyfileobj(source.stdout, target.stdin)
        source.stdout.close()
        if source.wait():
            target.kill()  # half a copy must not be committed
        with suppress(BrokenPipeError):
            target.stdin.close()
        if target.wait() or source.returncode:
            complaints.seek(0)
            raise DatabaseError(complaints.read().decode(errors="replace").strip())
