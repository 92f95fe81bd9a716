"""Files belong to one thing of one institution, lie sealed on the disk, and go for good."""

from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.core.actor import SYSTEM, Actor
from portal.core.crypto import Undecipherable
from portal.core.errors import NotFound, TryAgain
from portal.core.ledger import LedgerEntry, salted
from portal.core.session import db, institution_scope
from portal.core.shelf import files_folder
from portal.core.worker import Worker
from portal.files.models import Attachment
from portal.files.queries import get_attachment, list_attachments, own_shelf, read_content
from portal.files.removing import REMOVING
from portal.files.rules import MOST_FILES, CheckedFile, TooManyFiles
from portal.files.services import attach, erase
from tests.support.attaching import SECRET, checked, paper
from tests.support.parallel import together
from tests.support.world import World, make_institution

T = TypeVar("T")
MATTER = ("matter", 7)
CITIZEN = Actor("citizen", 3)
NAME = "王小明門口.jpg"


def give(world: World, *files: CheckedFile, subject: tuple[str, int] = MATTER) -> list[Attachment]:
    """Attach files and commit."""
    return world.do(
        lambda session: attach(
            session, subject=subject, files=files, actor=CITIZEN, now=world.now, field="photos"
        )
    )


def on_disk(world: World) -> list[Path]:
    """All files of all institutions."""
    folder = files_folder(world.app.extensions["portal"].config)
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")


def remove_erased(world: World) -> None:
    """Have the worker do what an erasure left to it."""
    worker = Worker(
        world.app,
        deliveries=(REMOVING,),
        sweeps=(),
        name="remover",
        list_institutions=lambda: [world.id],
    )
    while worker.run_once():
        pass


def inside(world: World, work: Callable[[], T]) -> T:
    """Run something in the institution's scope, reading only."""
    return world.do(lambda session: work(), is_read_only=True)


def content_of(world: World, row: Attachment) -> bytes:
    """What a file holds, as its institution reads it."""
    return world.do(lambda session: read_content(row), is_read_only=True)


def test_what_is_attached_comes_back_in_its_order(institution: World) -> None:
    photo, form = checked(name=NAME), checked(paper(), "表.pdf")
    give(institution, photo, form)
    give(institution, third := checked())
    give(institution, checked(), subject=("matter", 8))

    def look(session: Session) -> None:
        rows = list_attachments(session, MATTER)
        assert [row.position for row in rows] == [1, 2, 3]
        assert [row.name for row in rows] == [NAME, "表.pdf", third.name]
        assert [row.is_photo for row in rows] == [True, False, True]
        assert [row.size for row in rows] == [len(f.content) for f in (photo, form, third)]
        assert [row.sha256 for row in rows] == [f.sha256 for f in (photo, form, third)]
        assert {(row.actor_kind, row.actor_id) for row in rows} == {("citizen", 3)}
        assert {row.uploaded_at for row in rows} == {institution.now}
        assert read_content(get_attachment(session, MATTER, rows[1].id)) == form.content

    institution.do(look, is_read_only=True)


def test_on_the_disk_and_in_the_database_nothing_can_be_read(institution: World) -> None:
    [row] = give(institution, checked(paper(b"(" + SECRET + b")"), NAME))
    [file] = on_disk(institution)
    assert file.name == row.stored_name
    assert file.parts[-3:-1] == (str(institution.id), row.stored_name[:2])
    content = file.read_bytes()
    assert SECRET not in content
    assert b"%PDF" not in content
    stored = institution.do(lambda s: s.scalar(text("SELECT name FROM attachment")))
    assert NAME.encode() not in bytes(stored)
    for path in (file, *file.parents[:3]):
        assert path.stat().st_mode & 0o077 == 0


def test_the_ledger_says_what_was_attached_without_a_word_of_it(institution: World) -> None:
    [row] = give(institution, checked(name=NAME))
    [line] = institution.do(lambda s: s.scalars(select(LedgerEntry)).all())
    assert (line.code, line.subject_kind, line.subject_id) == ("files.attachment.added", *MATTER)
    assert line.data == {
        "attachment": row.id,
        "content": salted(row.sha256, row.stored_name),
        "media_type": "image/jpeg",
    }
    assert row.sha256 not in str(line.data)


def test_a_file_of_another_thing_or_institution_is_not_there(app: Flask) -> None:
    ours, theirs = make_institution(app, "qingxi"), make_institution(app, "linjiang")
    [row] = give(ours, checked())
    give(theirs, checked())
    for world, subject in ((ours, ("matter", 8)), (ours, ("visit", 7)), (theirs, MATTER)):
        with pytest.raises(NotFound):
            world.do(partial(get_attachment, subject=subject, attachment_id=row.id))


def test_a_file_moved_to_another_institution_or_name_cannot_be_deciphered(app: Flask) -> None:
    ours, theirs = make_institution(app, "qingxi"), make_institution(app, "linjiang")
    [row], [other] = give(ours, checked()), give(theirs, checked())
    shelf, strange = inside(ours, own_shelf), inside(theirs, own_shelf)
    sealed = shelf.read_sealed(row.stored_name)
    strange.put_sealed(row.stored_name, sealed)
    with pytest.raises(Undecipherable):
        strange.read(row.stored_name)
    shelf.put_sealed(other.stored_name, sealed)
    with pytest.raises(Undecipherable):
        shelf.read(other.stored_name)
    shelf.put_sealed(row.stored_name, sealed[:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(Undecipherable):
        shelf.read(row.stored_name)


def test_no_name_leads_out_of_the_shelf(institution: World) -> None:
    shelf = inside(institution, own_shelf)
    for name in ("../keys.json", "", "a" * 31, "a" * 33, "A" * 32, "/etc/passwd" + "a" * 21):
        with pytest.raises(ValueError, match="name"):
            shelf.read(name)


def test_what_was_rolled_back_can_be_reached_by_nobody(institution: World) -> None:
    def fail(session: Session) -> None:
        attach(session, subject=MATTER, files=[checked()], actor=CITIZEN, now=institution.now)
        raise KeyError

    with pytest.raises(KeyError):
        institution.do(fail)
    assert institution.do(lambda s: list_attachments(s, MATTER)) == []
    assert institution.do(lambda s: s.scalars(select(Attachment)).all()) == []
    assert len(on_disk(institution)) == 1


def test_the_file_lies_there_whole_before_its_row_is_committed(institution: World) -> None:
    with (
        institution.app.app_context(),
        closing(db.session.session_factory()) as session,
        institution_scope(session, institution.id),
    ):
        file = checked()
        attach(session, subject=MATTER, files=[file], actor=CITIZEN, now=institution.now)
        assert own_shelf().read(file.stored_name) == file.content
        session.rollback()


def test_no_row_comes_when_the_disk_fails(
    institution: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("portal.core.shelf.os.fsync", full)
    with pytest.raises(OSError, match="space"):
        give(institution, checked())
    assert institution.do(lambda s: list_attachments(s, MATTER)) == []
    assert on_disk(institution) == []


def test_a_unit_of_work_run_again_keeps_its_files_once(institution: World) -> None:
    file, tries = checked(), []

    def stumble_once(session: Session) -> None:
        attach(session, subject=MATTER, files=[file], actor=CITIZEN, now=institution.now)
        tries.append(1)
        if len(tries) == 1:
            raise TryAgain

    institution.do(stumble_once)
    assert len(tries) == 2
    assert len(on_disk(institution)) == 1
    [row] = institution.do(lambda s: list_attachments(s, MATTER))
    assert content_of(institution, row) == file.content


def test_a_thing_has_no_more_files_than_it_may_have(institution: World) -> None:
    give(institution, *(checked() for _ in range(MOST_FILES - 1)))
    with pytest.raises(TooManyFiles) as refused:
        give(institution, checked(), checked())
    assert refused.value.field == "photos"
    give(institution, checked())
    assert give(institution) == []
    with pytest.raises(TooManyFiles):
        give(institution, checked())
    assert len(institution.do(lambda s: list_attachments(s, MATTER))) == MOST_FILES


def test_of_many_who_attach_at_once_no_more_than_may_get_through(institution: World) -> None:
    give(institution, *(checked() for _ in range(MOST_FILES - 2)))
    files = [checked() for _ in range(4)]

    def one(number: int) -> bool:
        try:
            give(institution, files[number])
        except TooManyFiles:
            return False
        return True

    taken = together(len(files), one)
    assert sum(taken) == 2
    rows = institution.do(lambda s: list_attachments(s, MATTER))
    assert [row.position for row in rows] == list(range(1, MOST_FILES + 1))
    for row in rows:
        assert content_of(institution, row)


def test_erasing_takes_name_and_content_and_leaves_that_there_was_a_file(
    institution: World,
) -> None:
    [row, _second] = give(institution, checked(name=NAME), checked())
    [other] = give(institution, checked(), subject=("matter", 8))
    gone = institution.do(lambda s: erase(s, subject=MATTER, actor=SYSTEM, now=institution.now))
    assert gone == 2
    remove_erased(institution)
    assert [file.name for file in on_disk(institution)] == [other.stored_name]

    def look(session: Session) -> None:
        kept = session.get_one(Attachment, row.id)
        assert (kept.name, kept.erased_at) == (None, institution.now)
        assert (kept.sha256, kept.size) == (row.sha256, row.size)
        assert list_attachments(session, MATTER) == []
        with pytest.raises(NotFound):
            get_attachment(session, MATTER, row.id)
        with pytest.raises(NotFound, match="no longer"):
            read_content(kept)

    institution.do(look, is_read_only=True)
    again = institution.do(lambda s: erase(s, subject=MATTER, actor=SYSTEM, now=institution.now))
    assert again == 0
    codes = institution.do(lambda s: list(s.scalars(select(LedgerEntry.code))))
    assert codes.count("files.attachment.erased") == 2


def test_an_erasure_that_is_rolled_back_takes_nothing(institution: World) -> None:
    [row] = give(institution, checked(name=NAME))

    def fail(session: Session) -> None:
        erase(session, subject=MATTER, actor=SYSTEM, now=institution.now)
        raise KeyError

    with pytest.raises(KeyError):
        institution.do(fail)
    remove_erased(institution)
    [kept] = institution.do(lambda s: list_attachments(s, MATTER))
    assert kept.name == NAME
    assert content_of(institution, row)


def test_a_removal_ordered_for_a_file_that_is_kept_does_nothing(institution: World) -> None:
    """As after a restore of rows from before an erasure."""
    [row] = give(institution, checked())
    entry = {"attachment": row.id, "stored_name": row.stored_name}
    place = institution.do(lambda s: REMOVING.load(s, entry))
    assert place is None
    with institution.app.app_context():
        REMOVING.send(place, "")
    assert len(on_disk(institution)) == 1


def test_removing_twice_is_harmless(institution: World) -> None:
    [row] = give(institution, checked())
    shelf = inside(institution, own_shelf)
    assert shelf.remove(row.stored_name)
    assert not shelf.remove(row.stored_name)
