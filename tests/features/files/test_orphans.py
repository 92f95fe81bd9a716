"""Files that no row speaks of go after a day; files of committed rows never do."""

import os
import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal.core.shelf import Shelf
from portal.files.models import Attachment
from portal.files.queries import list_attachments, own_shelf
from portal.files.removing import GRACE, SWEEP, remove_orphans
from portal.files.services import attach, keep
from tests.features.files.test_attaching import CITIZEN, content_of, give, inside, on_disk
from tests.support.attaching import checked
from tests.support.world import World


def sweep(world: World) -> None:
    world.do(lambda session: remove_orphans(session, world.now))


def age(world: World, *, of: timedelta = GRACE + timedelta(minutes=1)) -> None:
    """Have all files lie there for some time."""
    at = time.time() - of.total_seconds()
    for file in on_disk(world):
        os.utime(file, (at, at))


def leave_orphan(world: World) -> str:
    file = checked()
    inside(world, lambda: keep([file]))
    return file.stored_name


def test_an_orphan_goes_after_a_day_and_not_before(institution: World) -> None:
    [row] = give(institution, checked())
    orphan = leave_orphan(institution)
    age(institution, of=GRACE - timedelta(minutes=1))
    sweep(institution)
    assert {file.name for file in on_disk(institution)} == {row.stored_name, orphan}
    age(institution)
    sweep(institution)
    assert [file.name for file in on_disk(institution)] == [row.stored_name]
    assert content_of(institution, row)


def test_setting_the_clock_of_the_demonstration_forward_makes_no_file_old(
    institution: World,
) -> None:
    orphan = leave_orphan(institution)
    institution.wait(days=30)
    sweep(institution)
    assert [file.name for file in on_disk(institution)] == [orphan]


def test_an_erased_file_that_its_worker_left_behind_goes_too(institution: World) -> None:
    give(institution, checked())

    def erase_row_only(session: Session) -> None:
        session.query(Attachment).one().erased_at = institution.now

    institution.do(erase_row_only)
    age(institution)
    sweep(institution)
    assert on_disk(institution) == []


def test_drafts_of_a_crash_go_and_files_that_are_not_ours_stay(institution: World) -> None:
    [row] = give(institution, checked())
    folder = inside(institution, lambda: own_shelf().path(row.stored_name)).parent
    draft = folder / f".{row.stored_name}.12345678"
    draft.write_bytes(b"half")
    sweep(institution)
    assert draft.exists()
    age(institution)
    sweep(institution)
    assert not draft.exists()
    assert content_of(institution, row)


def test_a_file_whose_row_is_committed_while_the_sweep_looks_is_kept(
    institution: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old file gets its row between the look at the shelf and the question for its row."""
    file = checked()
    inside(institution, lambda: keep([file]))
    age(institution)
    look, rows = Shelf.list_older, []

    def look_slowly(shelf: Shelf, length: timedelta) -> list[str]:
        names = look(shelf, length)
        writer = threading.Thread(target=lambda: rows.extend(give(institution, file)))
        writer.start()
        writer.join()
        return names

    monkeypatch.setattr(Shelf, "list_older", look_slowly)
    sweep(institution)
    [row] = rows
    assert content_of(institution, row) == file.content


def test_a_file_whose_act_is_under_way_is_kept(institution: World) -> None:
    """The sweep runs after the file was written and before its row is committed."""
    file, written, swept = checked(), threading.Event(), threading.Event()
    is_sqlite = institution.app.extensions["portal"].config.is_sqlite

    def act(session: Session) -> None:
        attach(session, subject=("matter", 1), files=[file], actor=CITIZEN, now=institution.now)
        written.set()
        # The embedded database lets the sweep begin when this act is over.
        swept.wait(timeout=0.3 if is_sqlite else 20)

    writer = threading.Thread(target=lambda: institution.do(act))
    writer.start()
    assert written.wait(timeout=20)
    sweep(institution)
    swept.set()
    writer.join()
    [row] = institution.do(lambda s: list_attachments(s, ("matter", 1)))
    assert content_of(institution, row) == file.content


def test_sweeping_without_pause_while_people_attach_loses_nothing(institution: World) -> None:
    stop = threading.Event()
    for _ in range(5):
        leave_orphan(institution)
    age(institution)

    def keep_sweeping() -> None:
        while not stop.is_set():
            sweep(institution)

    sweepers = [threading.Thread(target=keep_sweeping) for _ in range(2)]
    for sweeper in sweepers:
        sweeper.start()
    try:
        rows = [give(institution, checked(), subject=("matter", n))[0] for n in range(12)]
    finally:
        stop.set()
        for sweeper in sweepers:
            sweeper.join()
    assert {file.name for file in on_disk(institution)} == {row.stored_name for row in rows}
    for row in rows:
        assert content_of(institution, row)


def test_the_worker_knows_the_sweep(institution: World) -> None:
    features = institution.app.extensions["features"]
    assert SWEEP in [sweep for feature in features for sweep in feature.sweeps]
