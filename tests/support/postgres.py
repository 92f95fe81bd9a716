"""A private PostgreSQL server for tests and measurements, started from installed binaries."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

Role = Literal["portal_owner", "portal_app"]

#: The owner runs migrations; the application's role, used by all tests, owns nothing.
OWNER: Role = "portal_owner"
APPLICATION: Role = "portal_app"
#: Both roles live in servers that only tests use; a given server may ask for a password.
PASSWORD = "portal"
#: Where systems keep several versions side by side; the newest wins.
FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
#: A test that dies takes nothing with it: losing the data of a crash is no loss here. Nobody tidies
#: up meanwhile either, so that what a test finds does not depend on how long the others took.
CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
#: Runs the server until this process says so or is gone, then stops it and removes its folder.
KEEPER = """
folder=$1; shift
"$@" </dev/null >"$folder/log" 2>&1 &
server=$!
read -r _
kill -INT $server
wait $server
rm -rf "$folder"
"""


@dataclass(frozen=True)
class Unavailable:
    """No server can be had; the reason says what to install or set."""

    reason: str


@dataclass
class Server:
    """A running server on which tests make and drop databases."""

    admin: URL
    #: Set on a server that was only lent to us, so that runs do not meet in one database.
    prefix: str = ""
    _keeper: "subprocess.Popen[str] | None" = None
    _made: set[str] = field(default_factory=set)

    def url(self, name: str, role: Role = APPLICATION) -> str:
        """The address of a database as one of the two roles reaches it."""
        url = self.admin.set(username=role, password=PASSWORD, database=self.prefix + name)
        return url.render_as_string(hide_password=False)

    def create_database(self, name: str, template: str | None = None) -> None:
        """Make a database that the owner's role owns, empty or as a copy of an unused one."""
        with self.connect() as connection:
            statement = sql.SQL("CREATE DATABASE {} OWNER {}").format(
                sql.Identifier(self.prefix + name), sql.Identifier(OWNER)
            )
            if template:
                copied = sql.SQL(" TEMPLATE {}").format(sql.Identifier(self.prefix + template))
                statement = sql.Composed([statement, copied])
                if connection.info.server_version >= 150000:
                    # The other strategy waits for two checkpoints.
                    statement = sql.Composed([statement, sql.SQL(" STRATEGY wal_log")])
            connection.execute(statement)
        self._made.add(name)
        if template is None:
            self._close_schema(name)

    def drop_database(self, name: str) -> None:
        """Remove a database with whoever is still connected to it."""
        with self.connect() as connection:
            dropped = sql.Identifier(self.prefix + name)
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(dropped))
        self._made.discard(name)

    def analyze(self, name: str) -> None:
        """Look at all tables as the server itself does in time after many changes."""
        with self.connect(name) as connection:
            connection.execute("VACUUM ANALYZE")

    def find_process(self) -> int | None:
        """The server's process when it runs on this machine and its work can be counted."""
        with self.connect() as connection:
            stat = Path(f"/proc/{connection.info.backend_pid}/stat")
            # The parent of whoever serves a connection.
            return int(stat.read_text().rpartition(")")[2].split()[1]) if stat.exists() else None

    def stop(self) -> None:
        """End the server and delete all it held; of a lent one, only what was made there."""
        if self._keeper is None:
            for name in list(self._made):
                self.drop_database(name)
            return
        try:
            self._keeper.communicate("stop\n", timeout=60)
        except subprocess.TimeoutExpired:
            self._keeper.kill()
            raise

    def create_roles(self) -> None:
        """Make the two roles, neither of which may pass row-level security."""
        with self.connect() as connection, connection.transaction():
            # Several test processes may be at it at once on a server that was lent.
            connection.execute("SELECT pg_advisory_xact_lock(7265)")
            known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
            for role in (OWNER, APPLICATION):
                if role not in known:
                    made = "CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD {}"
                    connection.execute(sql.SQL(made).format(sql.Identifier(role), PASSWORD))

    def connect(self, database: str | None = None) -> psycopg.Connection:
        """A connection of the server's own account; each statement is a transaction."""
        url = self.admin.set(drivername="postgresql")
        if database:
            url = url.set(database=self.prefix + database)
        return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)

    def _close_schema(self, name: str) -> None:
        """Before version 15 everybody may make tables in a new database; end that."""
        with self.connect(name) as connection:
            owner = sql.Identifier(OWNER)
            connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
            connection.execute(sql.SQL("GRANT ALL ON SCHEMA public TO {}").format(owner))


def start_server(*, is_durable: bool = False, max_connections: int = 200) -> Server | Unavailable:
    """A server with the two roles: the one of TEST_DATABASE_URL, else a private one.

    A durable server writes as production does; measurements ask for it, tests do not.
    """
    lent = os.environ.get("TEST_DATABASE_URL")
    if lent:
        url = make_url(lent).set(drivername="postgresql+psycopg")
        server = Server(url, prefix=f"portal_test_{os.getpid()}_")
    else:
        binaries = find_binaries()
        if binaries is None:
            return Unavailable(
                "no PostgreSQL: install its server (Debian: postgresql, macOS: postgresql@17) "
                "or set TEST_DATABASE_URL to a server for tests"
            )
        options = [f"max_connections={max_connections}", *(() if is_durable else CARELESS)]
        started = _start_private(binaries, options)
        if isinstance(started, Unavailable):
            return started
        server = started
    try:
        server.create_roles()
    except psycopg.Error as error:
        server.stop()
        return Unavailable(f"the PostgreSQL server does not do as asked: {error}")
    return server


def find_binaries() -> Path | None:
    """The folder with the newest installed server, else the one on the PATH."""
    found = [
        folder
        for pattern in FOLDERS
        for folder in Path("/").glob(pattern.lstrip("/"))
        if (folder / "initdb").is_file() and (folder / "postgres").is_file()
    ]
    if found:
        return max(found, key=_version)
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def _version(folder: Path) -> tuple[int, ...]:
    digits = folder.parent.name.rpartition("@")[2].split(".")
    return tuple(int(part) for part in digits if part.isdigit())


@dataclass(frozen=True)
class _Someone:
    """As whom to start programs; nothing said means: as ourselves."""

    user: int | None = None
    group: int | None = None
    extra_groups: list[int] | None = None


def _someone() -> _Someone:
    """Somebody else when root asks, since the server refuses to run as root."""
    if os.getuid() != 0:
        return _Someone()
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get("postgres") or known["nobody"]
    return _Someone(entry.pw_uid, entry.pw_gid, [])


def _start_private(binaries: Path, options: list[str]) -> Server | Unavailable:
    # The path of a socket may have about a hundred characters: not below the checkout.
    folder = Path(tempfile.mkdtemp(prefix="portal-pg-"))
    someone = _someone()
    if someone.user is not None:
        os.chown(folder, someone.user, someone.group or 0)
    if complaint := _make_cluster(binaries, folder, someone):
        shutil.rmtree(folder, ignore_errors=True)
        return Unavailable(f"initdb failed: {complaint}")
    command = [str(binaries / "postgres"), "-D", str(folder / "data"), "-k", str(folder)]
    for option in ("listen_addresses=", *options):
        command += ["-c", option]
    keeper = subprocess.Popen(
        ["/bin/sh", "-c", KEEPER, "keeper", str(folder), *command],
        cwd=folder,
        stdin=subprocess.PIPE,
        text=True,
        # An interrupt at the keyboard is for the tests; the server stays until they stop it.
        start_new_session=True,
        user=someone.user,
        group=someone.group,
        extra_groups=someone.extra_groups,
    )
    socket = {"host": str(folder)}
    url = URL.create("postgresql+psycopg", "postgres", database="postgres", query=socket)
    return _wait(Server(url, _keeper=keeper), folder / "log")


def _make_cluster(binaries: Path, folder: Path, someone: _Someone) -> str:
    """Make the files of a server; what went wrong, or nothing."""
    options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--no-instructions"]
    locale = "C.UTF-8" if sys.platform == "linux" else "C"
    made = subprocess.run(
        [binaries / "initdb", "-D", folder / "data", f"--locale={locale}", *options],
        capture_output=True,
        check=False,
        cwd=folder,
        text=True,
        user=someone.user,
        group=someone.group,
        extra_groups=someone.extra_groups,
    )
    return (made.stderr.strip() or "without a word") if made.returncode else ""


def _wait(server: Server, log: Path, *, seconds: float = 60) -> Server | Unavailable:
    """Wait until the server takes connections."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            server.connect().close()
        except psycopg.OperationalError as error:
            if time.monotonic() < deadline and not _has_given_up(log):
                time.sleep(0.05)
                continue
            reason = f"the PostgreSQL server did not start: {error}\n{_tail(log)}"
            server.stop()
            return Unavailable(reason)
        return server


def _has_given_up(log: Path) -> bool:
    lines = _tail(log).splitlines()
    return any("FATAL" in line and "starting up" not in line for line in lines)


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:] if log.exists() else ""
