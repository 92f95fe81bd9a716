"""The drill: what was backed up comes back readable, whole and with a ledger that verifies."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import (
    Column,
    Engine,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    create_engine,
    insert,
    make_url,
    select,
    text,
    type_coerce,
    update,
)
from sqlalchemy.orm import Session

from portal.core import backup_postgresql, commands
from portal.core.actor import SYSTEM
from portal.core.backup import manifest_of, sha256_of
from portal.core.backup_stock import DatabaseError
from portal.core.base import Base
from portal.core.config import Config
from portal.core.crypto import (
    EncryptedText,
    Undecipherable,
    current_keys,
    install_keys,
    key_id_of,
    using_keys,
)
from portal.core.hardening import protect_rows
from portal.core.keys import new_keys, read_keys, with_new_key
from portal.core.ledger import record
from portal.core.ledger_chain import seal_entries
from portal.core.reencryption import reencrypt
from portal.core.session import crossing, db, institution_scope
from portal.core.unit import run_unit

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Site:
    """An installation with one table of secrets, as a test breaks and mends it."""

    def __init__(self, app: Flask, institution_id: int, table: Table) -> None:
        self.app, self.id, self.table = app, institution_id, table
        self.config: Config = app.extensions["portal"].config

    @contextmanager
    def owner(self) -> Iterator[Engine]:
        engine = create_engine(self.config.owner_database_url)
        yield engine
        engine.dispose()

    @contextmanager
    def session(self) -> Iterator[Session]:
        with (
            self.app.app_context(),
            closing(db.session.session_factory()) as session,
            institution_scope(session, self.id),
            crossing(session, reason="the probe's table is no mapped class"),
        ):
            yield session

    def write(self, *secrets: str) -> None:
        with self.session() as session:

            def work() -> None:
                for number, secret in enumerate(secrets):
                    values = {"institution_id": self.id, "secret": secret}
                    session.execute(insert(self.table).values(values))
                    subject = ("secret", number + 1)
                    record(session, "test.secret.kept", subject=subject, actor=SYSTEM, now=NOW)

            run_unit(session, work)
            run_unit(session, partial(seal_entries, session, NOW))

    def read(self) -> list[str]:
        with self.session() as session:
            own = self.table.c.institution_id == self.id
            return list(session.scalars(select(self.table.c.secret).where(own)))

    def key_ids(self) -> set[str]:
        with self.session() as session:
            stored = session.scalars(select(type_coerce(self.table.c.secret, LargeBinary)))
            return {key_id_of(value) for value in stored}

    def run(self, command: Any, *words: str | Path) -> Result:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        return self.app.test_cli_runner().invoke(command, [str(word) for word in words])

    def back_up(self, folder: Path) -> Path:
        result = self.run(commands.backup_command, folder)
        assert result.exit_code == 0, result.output
        return next(path for path in folder.iterdir() if path.suffix != ".json")

    def destroy(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        if self.config.is_sqlite:
            file = Path(make_url(self.config.database_url).database or "")
            for part in (
                file,
                file.with_name(file.name + "-wal"),
                file.with_name(file.name + "-shm"),
            ):
                part.unlink(missing_ok=True)
            return
        with self.owner() as engine, engine.begin() as connection:
            tables = MetaData()
            tables.reflect(connection)
            for name in tables.tables:
                connection.execute(text(f'DROP TABLE "{name}" CASCADE'))


@pytest.fixture
def site(app: Flask, institution: Any) -> Iterator[Site]:
    table = Table(
        "probe_secret",
        Base.metadata,
        Column("id", Integer, primary_key=True),
        Column("institution_id", ForeignKey("institution.id"), nullable=False),
        Column("secret", EncryptedText("probe_secret.secret")),
    )
    site = Site(app, institution.id, table)
    keys = current_keys()
    try:
        with site.owner() as engine, engine.begin() as connection:
            table.create(connection)
            protect_rows(connection, [table.name])
            if connection.dialect.name == "postgresql":
                role = make_url(site.config.database_url).username
                connection.execute(text(f"GRANT ALL ON probe_secret TO {role}"))
                connection.execute(text(f"GRANT USAGE ON SEQUENCE probe_secret_id_seq TO {role}"))
        yield site
    finally:
        install_keys(keys)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        with site.owner() as engine, engine.begin() as connection:
            table.drop(connection, checkfirst=True)
        Base.metadata.remove(table)


def test_the_drill_brings_everything_back_readable_and_verified(site: Site, tmp_path: Path) -> None:
    site.write("王小明", "陳大文")
    site.run(commands.ledger_group, "anchor")
    copy = site.back_up(tmp_path / "copies")
    site.destroy()
    restored = site.run(commands.restore_command, copy)
    assert restored.exit_code == 0, restored.output
    assert "sound, 1 blocks, 2 entries" in restored.output
    assert site.read() == ["王小明", "陳大文"]
    site.write("after")
    assert len(site.read()) == 3
    with site.session() as session, pytest.raises(Exception, match=r"append-only|denied"):
        session.execute(text("DELETE FROM ledger_entry"))


def test_a_copy_is_described_and_closed_to_others_and_holds_no_key(
    site: Site, tmp_path: Path
) -> None:
    site.write("王小明", "陳大文")
    result = site.run(commands.backup_command, tmp_path / "copies")
    assert "keys file" in result.output
    assert "NOT in this copy" in result.output
    copy = next(path for path in (tmp_path / "copies").iterdir() if path.suffix != ".json")
    manifest = json.loads(manifest_of(copy).read_text())
    assert manifest["rows"]["probe_secret"] == 2
    assert manifest["rows"]["ledger_entry"] == 2
    assert manifest["keys"] == [current_keys().current]
    assert manifest["size"] == copy.stat().st_size
    assert copy.stat().st_mode & 0o077 == 0
    for file in (tmp_path / "copies").iterdir():
        content = file.read_bytes()
        for key in (*current_keys().encryption.values(), current_keys().index):
            assert key not in content
        assert "王小明".encode() not in content
    assert len(list((tmp_path / "copies").iterdir())) == 2


def test_a_copy_made_while_others_write_is_consistent(site: Site, tmp_path: Path) -> None:
    site.write("first")
    stop = threading.Event()

    def keep_writing() -> None:
        while not stop.is_set():
            site.write("more", "and more")

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        result = site.app.test_cli_runner().invoke(
            commands.backup_command, [str(tmp_path / "copies")]
        )
    finally:
        stop.set()
        writer.join()
    assert result.exit_code == 0, result.output
    copy = next(path for path in (tmp_path / "copies").iterdir() if path.suffix != ".json")
    manifest = json.loads(manifest_of(copy).read_text())
    restored = site.run(commands.restore_command, copy, "--replace")
    assert restored.exit_code == 0, restored.output
    assert len(site.read()) == manifest["rows"]["probe_secret"]
    assert manifest["rows"]["probe_secret"] == manifest["rows"]["ledger_entry"]


def test_rows_that_are_there_are_lost_only_on_request(site: Site, tmp_path: Path) -> None:
    site.write("old")
    copy = site.back_up(tmp_path / "copies")
    site.write("new")
    refused = site.run(commands.restore_command, copy)
    assert refused.exit_code == 1
    assert "not empty" in refused.output
    assert site.read() == ["old", "new"]
    assert site.run(commands.restore_command, copy, "--replace").exit_code == 0
    assert site.read() == ["old"]


def test_what_the_anchors_knew_beyond_the_copy_is_said(site: Site, tmp_path: Path) -> None:
    site.write("old")
    copy = site.back_up(tmp_path / "copies")
    site.write("new")
    site.run(commands.ledger_group, "anchor")
    restored = site.run(commands.restore_command, copy, "--replace")
    assert restored.exit_code == 0, restored.output
    assert "the copy ends with block 1; 1 later anchors show that there was more" in restored.output
    verified = site.run(commands.ledger_group, "verify")
    assert verified.exit_code == 0
    assert "set aside by a restore" in verified.output


def test_an_altered_or_incomplete_copy_is_refused_and_changes_nothing(
    site: Site, tmp_path: Path
) -> None:
    site.write("kept")
    copy = site.back_up(tmp_path / "copies")
    whole = copy.read_bytes()
    for damaged in (whole[:-1], whole[:-1] + bytes([whole[-1] ^ 1]), b""):
        copy.write_bytes(damaged)
        result = site.run(commands.restore_command, copy, "--replace")
        assert result.exit_code == 1
        assert "checksum" in result.output
    copy.write_bytes(whole)
    manifest = manifest_of(copy)
    manifest.write_text("{}")
    assert "not the manifest" in site.run(commands.restore_command, copy, "--replace").output
    manifest.unlink()
    assert "is missing" in site.run(commands.restore_command, copy, "--replace").output
    assert site.read() == ["kept"]


def test_a_copy_that_fails_half_way_changes_nothing(site: Site, tmp_path: Path) -> None:
    site.write("kept")
    copy = site.back_up(tmp_path / "copies")
    whole = copy.read_bytes()
    copy.write_bytes(whole[: len(whole) * 2 // 3])
    manifest = json.loads(manifest_of(copy).read_text())
    manifest["sha256"] = sha256_of(copy)
    manifest_of(copy).write_text(json.dumps(manifest))
    result = site.run(commands.restore_command, copy, "--replace")
    assert result.exit_code == 1, result.output
    assert "nothing was restored" in result.output
    assert site.read() == ["kept"]


def test_a_copy_of_the_other_database_is_refused(site: Site, tmp_path: Path) -> None:
    site.write("kept")
    copy = site.back_up(tmp_path / "copies")
    manifest = json.loads(manifest_of(copy).read_text())
    manifest["database"] = "postgresql" if site.config.is_sqlite else "sqlite"
    manifest_of(copy).write_text(json.dumps(manifest))
    result = site.run(commands.restore_command, copy, "--replace")
    assert result.exit_code == 1
    assert "another" in result.output


def test_missing_keys_are_named_at_the_restore(site: Site, tmp_path: Path) -> None:
    site.write("kept")
    copy = site.back_up(tmp_path / "copies")
    site.destroy()
    ring = with_new_key(new_keys())
    with using_keys(type(ring)("k2", {"k2": ring.encryption["k2"]}, ring.index, ring.signing)):
        restored = site.run(commands.restore_command, copy)
        assert "lacks encryption key k1" in restored.output
        assert "index key" in restored.output
        with pytest.raises(Undecipherable):
            site.read()
    assert site.read() == ["kept"]


def test_a_second_copy_in_the_same_second_does_not_overwrite(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "_true_time", lambda: NOW)
    site.back_up(tmp_path / "copies")
    again = site.run(commands.backup_command, tmp_path / "copies")
    assert again.exit_code == 1
    assert "exists already" in again.output


def test_rotation_and_reencryption_move_every_value_to_the_new_key(
    site: Site, tmp_path: Path
) -> None:
    secrets = [f"secret {number}" for number in range(7)]
    site.write(*secrets)
    path = site.config.keys_file
    assert path is not None
    before = path.read_bytes()
    try:
        assert site.run(commands.keys_group, "rotate").exit_code == 0
        assert path.stat().st_mode & 0o777 == 0o600
        install_keys(read_keys(path))
        assert site.read() == secrets
        told: list[int] = []
        with site.app.app_context():
            assert reencrypt(lambda _, count: told.append(count), batch=3) == 7
            assert told == [3, 3, 1]
            assert reencrypt(lambda _, count: told.append(count)) == 0
        assert site.key_ids() == {current_keys().current}
        assert site.read() == secrets
        done = site.run(commands.keys_group, "reencrypt")
        assert "0 values moved" in done.output
    finally:
        path.write_bytes(before)


def test_a_reencryption_that_was_stopped_goes_on_where_it_was(site: Site) -> None:
    site.write("a", "b", "c", "d")
    with using_keys(with_new_key(current_keys())):

        def stop(_: str, __: int) -> None:
            raise KeyboardInterrupt

        with site.app.app_context(), pytest.raises(KeyboardInterrupt):
            reencrypt(stop, batch=2)
        assert len(site.key_ids()) == 2
        with site.app.app_context():
            assert reencrypt(lambda *_: None, batch=2) == 2
        assert site.read() == ["a", "b", "c", "d"]


def test_a_reencryption_names_the_column_of_a_value_it_cannot_open(site: Site) -> None:
    site.write("a")
    with site.session() as session:
        broken = update(site.table).values(secret=type_coerce(b"\x01k1" + b"\0" * 40, LargeBinary))
        run_unit(session, lambda: session.execute(broken))
    with using_keys(with_new_key(current_keys())):
        result = site.run(commands.keys_group, "reencrypt")
    assert result.exit_code == 1
    assert "probe_secret.secret" in result.output


def test_empty_values_stay_empty(site: Site) -> None:
    with site.session() as session:
        empty = insert(site.table).values(institution_id=site.id, secret=None)
        run_unit(session, lambda: session.execute(empty))
    with using_keys(with_new_key(current_keys())), site.app.app_context():
        assert reencrypt(lambda *_: None) == 0


def test_an_absent_embedded_database_cannot_be_copied(site: Site, tmp_path: Path) -> None:
    if not site.config.is_sqlite:
        return
    site.destroy()
    result = site.run(commands.backup_command, tmp_path / "copies")
    assert result.exit_code == 1
    assert "no copy was made" in result.output
    assert list((tmp_path / "copies").iterdir()) == []


def test_missing_client_tools_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(backup_postgresql, "INSTALLED", tmp_path)
    with pytest.raises(DatabaseError, match="pg_dump is not installed"):
        backup_postgresql.find_tool("pg_dump")
    for version in ("9.6", "15", "17"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "pg_dump").touch()
    assert "/17/" in backup_postgresql.find_tool("pg_dump")
