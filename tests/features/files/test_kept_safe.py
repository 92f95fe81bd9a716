"""A new key and a restored copy reach the files, too."""

import io
import json
import tarfile
import threading
from pathlib import Path

import click
import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.core import commands
from portal.core.actor import SYSTEM
from portal.core.backup import manifest_of
from portal.core.backup_files import copy_files_in
from portal.core.crypto import Undecipherable, current_keys, key_id_of, using_keys
from portal.core.keys import KeyRing, new_keys, with_new_key
from portal.core.reencryption import reencrypt
from portal.core.session import db
from portal.core.shelf import Shelf
from portal.files.models import Attachment
from portal.files.queries import list_attachments, own_shelf
from portal.files.services import erase
from tests.features.files.test_attaching import (
    MATTER,
    content_of,
    give,
    inside,
    on_disk,
    remove_erased,
)
from tests.support.attaching import SECRET, checked, paper
from tests.support.world import World, make_institution

SECRET_PAPER = paper(b"(" + SECRET + b")")


def run(app: Flask, command: click.Command, *words: str | Path) -> Result:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    result = app.test_cli_runner().invoke(command, [str(word) for word in words])
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    return result


def back_up(world: World, folder: Path) -> Path:
    """Make a copy; where its database lies."""
    result = run(world.app, commands.backup_command, folder)
    assert result.exit_code == 0, result.output
    [copy] = [path for path in folder.iterdir() if path.suffix in {".sqlite3", ".pgdump"}]
    return copy


def lose_files(world: World) -> None:
    for file in on_disk(world):
        file.unlink()


@pytest.fixture
def two(app: Flask) -> tuple[World, World]:
    """Two institutions with files of their own."""
    worlds = make_institution(app, "qingxi"), make_institution(app, "linjiang")
    for world in worlds:
        give(world, checked(SECRET_PAPER, "表.pdf"), checked())
    return worlds


def rows_of(world: World) -> list[Attachment]:
    return world.do(lambda session: list_attachments(session, MATTER))


def key_ids(world: World) -> set[str]:
    return {key_id_of(file.read_bytes()) for file in on_disk(world)}


def test_a_new_key_reaches_every_file_of_every_institution(two: tuple[World, World]) -> None:
    ours = two[0]
    before = {file: file.stat().st_mtime_ns for file in on_disk(ours)}
    told: list[tuple[str, int]] = []
    with using_keys(with_new_key(current_keys())):
        assert key_ids(ours) == {"k1"}
        with ours.app.app_context():
            # Four names in the database, four files.
            assert reencrypt(lambda name, count: told.append((name, count))) == 8
            assert reencrypt(lambda *_: None) == 0
        assert key_ids(ours) == {"k2"}
        assert ("files", 2) in told
        alone = KeyRing("k2", {"k2": current_keys().encryption["k2"]}, b"i" * 32, b"s" * 32)
        with using_keys(alone):
            for world in two:
                assert content_of(world, rows_of(world)[0]) == SECRET_PAPER
    assert {file: file.stat().st_mtime_ns for file in on_disk(ours)} == before


def test_a_move_to_a_new_key_that_was_stopped_goes_on(two: tuple[World, World]) -> None:
    ours = two[0]
    shelf = inside(ours, own_shelf)

    def stop() -> None:
        raise KeyboardInterrupt

    with using_keys(with_new_key(current_keys())):
        with pytest.raises(KeyboardInterrupt):
            shelf.move_to_current_key(stop)
        assert key_ids(ours) == {"k1", "k2"}
        for row in rows_of(ours):
            assert content_of(ours, row)
        moved: list[int] = []
        shelf.move_to_current_key(lambda: moved.append(1))
        assert len(moved) == 1


def test_a_file_erased_while_keys_move_does_not_come_back(
    two: tuple[World, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = two[0]
    shelf = inside(ours, own_shelf)
    name = rows_of(ours)[0].stored_name
    removals: list[threading.Thread] = []
    unhurried = Shelf.read

    def read(own: Shelf, wanted: str) -> bytes:
        content = unhurried(own, wanted)
        remover = threading.Thread(target=own.remove, args=(wanted,))
        remover.start()
        removals.append(remover)
        remover.join(timeout=0.3)
        return content

    monkeypatch.setattr(Shelf, "read", read)
    with using_keys(with_new_key(current_keys())):
        shelf.move_to_current_key(lambda: None)
    for remover in removals:
        remover.join()
    assert not shelf.path(name).exists()


def test_a_file_that_no_key_opens_is_named(two: tuple[World, World]) -> None:
    ours = two[0]
    name = rows_of(ours)[0].stored_name
    inside(ours, own_shelf).put_sealed(name, b"\x01k1" + b"\0" * 40)
    with using_keys(with_new_key(current_keys())):
        result = run(ours.app, commands.keys_group, "reencrypt")
    assert result.exit_code == 1
    assert f"files/{name}" in result.output


def test_the_drill_brings_files_back_with_their_rows(
    two: tuple[World, World], tmp_path: Path
) -> None:
    ours = two[0]
    copy = back_up(ours, tmp_path / "copies")
    manifest = json.loads(manifest_of(copy).read_text())
    archive = copy.with_name(manifest["files"]["file"])
    assert manifest["files"]["count"] == 4
    assert manifest["keys"] == [current_keys().current]
    assert archive.stat().st_mode & 0o077 == 0
    assert SECRET not in archive.read_bytes()
    assert len(list((tmp_path / "copies").iterdir())) == 3

    lose_files(ours)
    give(ours, checked())
    restored = run(ours.app, commands.restore_command, copy, "--replace")
    assert restored.exit_code == 0, restored.output
    for world in two:
        first, second = rows_of(world)
        assert content_of(world, first) == SECRET_PAPER
        assert content_of(world, second)
    for file in on_disk(ours):
        assert file.stat().st_mode & 0o077 == 0


def test_a_file_erased_after_the_copy_comes_back_with_its_row(
    two: tuple[World, World], tmp_path: Path
) -> None:
    ours = two[0]
    copy = back_up(ours, tmp_path / "copies")
    ours.do(lambda session: erase(session, subject=MATTER, actor=SYSTEM, now=ours.now))
    remove_erased(ours)
    assert len(on_disk(ours)) == 2
    assert run(ours.app, commands.restore_command, copy, "--replace").exit_code == 0
    assert content_of(ours, rows_of(ours)[0]) == SECRET_PAPER


def test_an_archive_that_is_missing_or_altered_is_refused_and_changes_nothing(
    two: tuple[World, World], tmp_path: Path
) -> None:
    ours = two[0]
    copy = back_up(ours, tmp_path / "copies")
    [archive] = (tmp_path / "copies").glob("*.files.tar")
    whole = archive.read_bytes()
    give(ours, checked())
    for damaged in (whole[:-1], whole[:600] + b"x" + whole[601:], None):
        archive.unlink()
        if damaged is not None:
            archive.write_bytes(damaged)
        result = run(ours.app, commands.restore_command, copy, "--replace")
        assert result.exit_code == 1
        assert "checksum" in result.output
        archive.touch()
    assert len(rows_of(ours)) == 3


def test_an_archive_that_would_write_elsewhere_is_refused(
    two: tuple[World, World], tmp_path: Path
) -> None:
    config = two[0].app.extensions["portal"].config
    for name in ("../keys.json", "1/../../keys.json", "/etc/passwd", "1/" + "A" * 32):
        archive = tmp_path / "bad.tar"
        with tarfile.open(archive, "w") as bad:
            member = tarfile.TarInfo(name)
            member.size = 1
            bad.addfile(member, io.BytesIO(b"x"))
        with pytest.raises(tarfile.TarError):
            copy_files_in(config, archive)


def test_missing_keys_of_files_are_named_at_the_restore(
    two: tuple[World, World], tmp_path: Path
) -> None:
    ours = two[0]
    with using_keys(with_new_key(current_keys())):
        give(ours, checked(), subject=("matter", 9))
        # Only a file needs the new key.
        ours.do(erase_names)
        copy = back_up(ours, tmp_path / "copies")
    assert "k2" in json.loads(manifest_of(copy).read_text())["keys"]
    with using_keys(new_keys()), pytest.raises(Undecipherable):
        content_of(ours, rows_of(ours)[0])


def erase_names(session: Session) -> None:
    session.execute(update(Attachment).values(name=None))
