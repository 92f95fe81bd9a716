"""The ledger keeps every line, and a change of any of them is named."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.core.actor import SYSTEM, Actor
from portal.core.base import Base
from portal.core.commands import ledger_group
from portal.core.crypto import current_keys
from portal.core.keys import new_keys
from portal.core.ledger import (
    LedgerBlock,
    LedgerEntry,
    LedgerSeal,
    new_salt,
    record,
    salted,
)
from portal.core.ledger_anchor import (
    accept_restore,
    anchor_file,
    anchor_head,
    anchor_text,
    append_anchor,
    read_anchors,
    read_printed,
    sign_head,
)
from portal.core.ledger_chain import Head, chain_head, seal_entries
from portal.core.ledger_verify import Fault, Verdict, verify
from portal.core.session import db, institution_scope
from portal.core.unit import run_unit

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CLERK = Actor("staff", 7)


class Book:
    """One institution's ledger as a test handles it; every act is a unit of its own."""

    def __init__(self, app: Flask, institution_id: int) -> None:
        self.app, self.id = app, institution_id

    @contextmanager
    def session(self) -> Iterator[Session]:
        with (
            self.app.app_context(),
            closing(db.session.session_factory()) as session,
            institution_scope(session, self.id),
        ):
            yield session

    def write(self, count: int, *, now: datetime = NOW, **data: Any) -> None:
        with self.session() as session:
            for number in range(count):
                add = partial(record, session, "booking.place.claimed", actor=CLERK, now=now)
                run_unit(session, partial(add, subject=("booking", number + 1), **data))

    def seal(self, *, now: datetime = NOW, batch: int = 1000) -> int:
        with self.session() as session:
            return run_unit(session, partial(seal_entries, session, now, batch=batch))

    def verify(self, folder: Path | None = None, **words: Any) -> Verdict:
        now = words.pop("now", NOW)
        anchors = read_anchors(folder, self.id) if folder else []
        with self.session() as session:
            work = partial(verify, session, anchors, now, **words)
            return run_unit(session, work, is_read_only=True)

    def anchor(self, folder: Path) -> bool:
        with self.session() as session:
            return anchor_head(session, folder, current_keys(), NOW) is not None

    def head(self) -> Head:
        with self.session() as session:
            return chain_head(session)

    def entry_ids(self) -> list[int]:
        with self.session() as session:
            return list(session.scalars(select(LedgerEntry.id).order_by(LedgerEntry.id)))

    def tamper(self, *statements: str) -> None:
        """Change history with the owner's power, behind the triggers' back."""
        tables = ("ledger_entry", "ledger_block", "ledger_seal")
        config = self.app.extensions["portal"].config
        engine = create_engine(config.owner_database_url)
        with engine.connect() as connection:
            is_sqlite = connection.dialect.name == "sqlite"
            saved: list[str] = []
            if is_sqlite:
                guards = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
                for name, sql in connection.execute(text(guards)).all():
                    connection.execute(text(f'DROP TRIGGER "{name}"'))
                    saved.append(sql)
            else:
                for table in tables:
                    connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
                    saved.append(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            for statement in statements:
                connection.execute(text(statement))
            for sql in saved:
                connection.execute(text(sql))
            connection.commit()
        engine.dispose()


@pytest.fixture
def book(app: Flask, institution: Any) -> Book:
    return Book(app, institution.id)


def fault(verdict: Verdict) -> tuple[Fault, int, int | None] | None:
    found = verdict.finding
    return (found.fault, found.block, found.entry_id) if found else None


def test_a_line_says_who_did_what_to_what_and_when(book: Book) -> None:
    book.write(1, slot=4, pool="public", is_priority=False, nothing=None)
    with book.session() as session:
        entry = session.scalars(select(LedgerEntry)).one()
    assert (entry.code, entry.at) == ("booking.place.claimed", NOW)
    assert (entry.actor_kind, entry.actor_id) == ("staff", 7)
    assert (entry.subject_kind, entry.subject_id) == ("booking", 1)
    assert entry.data == {"slot": 4, "pool": "public", "is_priority": False, "nothing": None}


@pytest.mark.parametrize("value", ["王小明", "Wang Xiaoming", "a" * 81, 1.5, NOW, ["x"]])
def test_a_line_takes_no_text_that_could_be_personal(book: Book, value: Any) -> None:
    with book.session() as session, pytest.raises(ValueError, match="name"):
        record(session, "a.b.c", subject=("booking", 1), actor=SYSTEM, now=NOW, name=value)


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_block", "ledger_seal"])
@pytest.mark.parametrize(
    "change", ["UPDATE {} SET institution_id = institution_id", "DELETE FROM {}"]
)
def test_the_database_refuses_to_change_history(book: Book, table: str, change: str) -> None:
    book.write(1)
    book.seal()
    with book.session() as session, pytest.raises(DBAPIError):
        session.execute(text(change.format(table)))


def test_sealing_takes_every_line_once_in_numbered_blocks(book: Book) -> None:
    book.write(5)
    assert [book.seal(batch=2) for _ in range(4)] == [2, 2, 1, 0]
    with book.session() as session:
        blocks = session.execute(
            select(LedgerBlock.number, LedgerBlock.entries).order_by(LedgerBlock.number)
        ).all()
        sealed = session.scalars(select(LedgerSeal.entry_id).order_by(LedgerSeal.id)).all()
    assert [tuple(block) for block in blocks] == [(1, 2), (2, 2), (3, 1)]
    assert list(sealed) == book.entry_ids()
    verdict = book.verify()
    assert (verdict.head.number, verdict.entries, verdict.finding) == (3, 5, None)


def test_a_line_that_commits_late_under_a_lower_number_is_sealed_by_the_next_block(
    book: Book,
) -> None:
    book.write(1)
    with book.session() as session:
        late = LedgerEntry(
            id=book.entry_ids()[0] + 50, at=NOW, code="a.b.c", actor_kind="system",
            subject_kind="x", subject_id=1, data={},
        )  # fmt: skip
        run_unit(session, partial(session.add, late))
    assert book.seal() == 2
    with book.session() as session:
        lower = LedgerEntry(
            id=book.entry_ids()[0] + 20, at=NOW, code="a.b.c", actor_kind="system",
            subject_kind="x", subject_id=1, data={},
        )  # fmt: skip
        run_unit(session, partial(session.add, lower))
    assert book.seal(now=NOW + timedelta(hours=3)) == 1
    assert book.verify().finding is None


def test_two_workers_sealing_at_once_seal_every_line_once(book: Book) -> None:
    book.write(12)
    start = threading.Barrier(3)
    failures: list[Exception] = []

    def work() -> None:
        start.wait()
        try:
            while book.seal(batch=3):
                pass
        except Exception as error:  # noqa: BLE001 any failure counts
            failures.append(error)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not failures
    verdict = book.verify()
    assert (verdict.entries, verdict.finding) == (12, None)


def test_an_empty_ledger_is_sound_and_has_no_head(book: Book, tmp_path: Path) -> None:
    assert book.seal() == 0
    assert not book.anchor(tmp_path)
    assert book.verify().finding is None
    assert book.head().number == 0


@pytest.mark.parametrize(
    "change",
    [
        "code = 'booking.place.freed'",
        "actor_id = 8",
        "actor_id = NULL",
        "subject_id = 99",
        "subject_kind = 'ticket'",
        "salt = 'x'",
        "at = '2026-03-02 09:00:01'",
        """data = '{"slot": 5}'""",
        """data = '{"slot": "4"}'""",
    ],
)
def test_an_altered_line_is_named(book: Book, change: str) -> None:
    book.write(4, slot=4)
    book.seal(batch=2)
    book.seal(batch=2)
    victim = book.entry_ids()[2]
    book.tamper(f"UPDATE ledger_entry SET {change} WHERE id = {victim}")
    assert fault(book.verify()) == (Fault.ALTERED_ENTRY, 2, victim)
    assert f"entry {victim}" in str(book.verify().finding)


def test_a_line_that_was_taken_out_with_its_seal_is_missed_at_its_place(book: Book) -> None:
    book.write(4)
    book.seal()
    victim = book.entry_ids()[1]
    book.tamper(
        f"DELETE FROM ledger_seal WHERE entry_id = {victim}",
        f"DELETE FROM ledger_entry WHERE id = {victim}",
    )
    finding = book.verify().finding
    assert finding is not None
    assert (finding.fault, finding.block, finding.position) == (Fault.MISSING_ENTRY, 1, 2)


def test_the_last_line_of_a_block_is_missed_too(book: Book) -> None:
    book.write(3)
    book.seal()
    victim = book.entry_ids()[-1]
    book.tamper(
        f"DELETE FROM ledger_seal WHERE entry_id = {victim}",
        f"DELETE FROM ledger_entry WHERE id = {victim}",
    )
    finding = book.verify().finding
    assert finding is not None
    assert (finding.fault, finding.position) == (Fault.MISSING_ENTRY, 3)


def test_a_line_altered_together_with_its_seal_breaks_the_block(book: Book) -> None:
    book.write(2)
    book.seal()
    other = "0" * 64
    book.tamper(f"UPDATE ledger_seal SET entry_hash = '{other}' WHERE position = 1")
    assert (f := book.verify().finding) is not None
    assert f.fault is Fault.ALTERED_ENTRY
    with book.session() as session:
        true = session.scalars(select(LedgerSeal.entry_hash).where(LedgerSeal.position == 2)).one()
    book.tamper(
        "DELETE FROM ledger_seal WHERE position = 1",
        f"UPDATE ledger_seal SET position = 1 WHERE entry_hash = '{true}'",
        "UPDATE ledger_block SET entries = 1",
    )
    assert fault(book.verify()) == (Fault.ALTERED_BLOCK, 1, None)


def test_altered_exchanged_and_missing_blocks_are_named(book: Book) -> None:
    book.write(6)
    while book.seal(batch=2):
        pass
    book.tamper("UPDATE ledger_block SET sealed_at = '2026-03-02 08:00:00' WHERE number = 2")
    assert fault(book.verify()) == (Fault.ALTERED_BLOCK, 2, None)
    book.tamper(f"UPDATE ledger_block SET previous_hash = '{'0' * 64}' WHERE number = 2")
    assert fault(book.verify()) == (Fault.BROKEN_CHAIN, 2, None)
    book.tamper("UPDATE ledger_block SET number = 9 WHERE number = 2")
    assert fault(book.verify()) == (Fault.MISSING_BLOCK, 2, None)


def cut_last_block(book: Book) -> None:
    last = book.head().number
    block = f"(SELECT id FROM ledger_block WHERE number = {last} AND institution_id = {book.id})"
    book.tamper(
        f"DELETE FROM ledger_seal WHERE block_id = {block}",
        f"DELETE FROM ledger_block WHERE number = {last} AND institution_id = {book.id}",
    )


def test_a_shortened_chain_falls_behind_its_anchor(book: Book, tmp_path: Path) -> None:
    book.write(4)
    book.seal(batch=2)
    book.seal(batch=2)
    assert book.anchor(tmp_path)
    assert not book.anchor(tmp_path), "the same head is anchored once"
    assert book.verify(tmp_path).finding is None
    cut_last_block(book)
    assert book.verify().finding is None, "without the anchor the cut does not show"
    assert fault(book.verify(tmp_path)) == (Fault.TRUNCATED, 2, None)
    book.write(1)
    book.seal()
    assert fault(book.verify(tmp_path)) == (Fault.REWRITTEN, 2, None)


def test_an_anchor_is_worth_its_signature(book: Book, tmp_path: Path) -> None:
    book.write(1)
    book.seal()
    book.anchor(tmp_path)
    file = anchor_file(tmp_path, book.id)
    line = file.read_text()
    for altered in (
        line.replace('"number":1', '"number":0'),
        line + "{}\n",
        line + "garbage\n",
        line + '{"institution_id":1,"number":"x","hash":3,"at":null}\n',
    ):
        file.write_text(altered)
        assert (found := book.verify(tmp_path).finding) is not None
        assert found.fault is Fault.BAD_SIGNATURE
    with book.session() as session:
        forged = sign_head(new_keys(), chain_head(session), now=NOW)
    file.write_text("")
    append_anchor(tmp_path, forged)
    assert (found := book.verify(tmp_path).finding) is not None
    assert found.fault is Fault.BAD_SIGNATURE


def test_the_anchor_on_paper_can_be_checked(book: Book) -> None:
    book.write(2)
    book.seal()
    paper = anchor_text(book.head())
    assert book.verify(printed=[read_printed(paper)]).finding is None
    wrong = paper[:-1] + ("0" if paper[-1] != "0" else "1")
    assert fault(book.verify(printed=[read_printed(wrong)])) == (Fault.REWRITTEN, 1, None)
    later = "2" + paper[1:]
    assert fault(book.verify(printed=[read_printed(later)])) == (Fault.TRUNCATED, 2, None)
    for nonsense in ("", "1", "x 1111 1111 1111 1111", "1 zzzz 1111 1111 1111"):
        with pytest.raises(ValueError):  # noqa: PT011 any of int's and ours
            read_printed(nonsense)


def test_a_restore_is_stated_in_the_anchors_and_lets_older_ones_bind(
    book: Book, tmp_path: Path
) -> None:
    for _ in range(3):
        book.write(1)
        book.seal()
        book.anchor(tmp_path)
    cut_last_block(book)
    with book.session() as session:
        head, lost = accept_restore(session, tmp_path, current_keys(), NOW)
        assert (head.number, lost) == (2, 1)
        assert accept_restore(session, tmp_path, current_keys(), NOW) == (head, 0)
    verdict = book.verify(tmp_path)
    assert (verdict.finding, verdict.set_aside) == (None, 1)
    cut_last_block(book)
    assert fault(book.verify(tmp_path)) == (Fault.TRUNCATED, 2, None)


def test_a_restore_statement_written_by_hand_does_not_count(book: Book, tmp_path: Path) -> None:
    for _ in range(2):
        book.write(1)
        book.seal()
        book.anchor(tmp_path)
    cut_last_block(book)
    with book.session() as session:
        honest = sign_head(current_keys(), chain_head(session), now=NOW)
    append_anchor(tmp_path, replace(honest, binds_up_to=1))
    assert (found := book.verify(tmp_path).finding) is not None
    assert found.fault is Fault.BAD_SIGNATURE


def test_lines_that_wait_too_long_for_their_seal_are_counted(book: Book) -> None:
    book.write(3)
    assert book.verify(now=NOW + timedelta(minutes=59)).unsealed == 0
    assert book.verify(now=NOW + timedelta(minutes=61)).unsealed == 3
    book.seal()
    assert book.verify(now=NOW + timedelta(days=1)).unsealed == 0


def test_a_salted_value_proves_itself_only_while_its_salt_exists() -> None:
    salt = new_salt()
    assert salted("王小明", salt) == salted("王小明", salt)
    assert salted("王小明", salt) != salted("王小明", new_salt())
    assert len(salted("王小明", salt)) == 64


def test_the_commands_seal_anchor_and_verify_every_institution(book: Book) -> None:
    runner = book.app.test_cli_runner()
    book.write(3)
    sealed = runner.invoke(ledger_group, ["seal"])
    assert sealed.exit_code == 0, sealed.output
    assert "3 entries sealed" in sealed.output
    assert "block 1 anchored" in runner.invoke(ledger_group, ["anchor"]).output
    sound = runner.invoke(ledger_group, ["verify"])
    assert (sound.exit_code, "sound, 1 blocks, 3 entries" in sound.output) == (0, True)
    folder = book.app.extensions["portal"].config.var / "anchors"
    line = json.loads(anchor_file(folder, book.id).read_text().splitlines()[-1])
    assert (line["number"], line["hash"]) == tuple(book.head())
    victim = book.entry_ids()[1]
    book.tamper(f"UPDATE ledger_entry SET subject_id = 99 WHERE id = {victim}")
    broken = runner.invoke(ledger_group, ["verify"])
    assert broken.exit_code == 1
    assert f"BROKEN: entry {victim}, block 1" in broken.output


def test_the_command_checks_a_printed_anchor_of_a_named_institution(
    book: Book, institution: Any
) -> None:
    book.write(1)
    book.seal()
    runner = book.app.test_cli_runner()
    paper = anchor_text(book.head())
    only = ["verify", "--institution", institution.slug, "--printed"]
    assert runner.invoke(ledger_group, [*only, paper]).exit_code == 0
    assert runner.invoke(ledger_group, [*only, "5" + paper[1:]]).exit_code == 1
    assert runner.invoke(ledger_group, [*only, "five"]).exit_code == 2
    assert runner.invoke(ledger_group, ["verify", "--printed", paper]).exit_code == 2
    assert runner.invoke(ledger_group, ["verify", "--institution", "nowhere"]).exit_code == 2


def a_neighbour(book: Book) -> Book:
    """Another institution, made like the first."""
    table = Base.metadata.tables["institution"]
    with book.app.app_context(), closing(db.session.session_factory()) as session:
        first = session.execute(select(table).where(table.c.id == book.id)).mappings().one()
        words = {name: value for name, value in first.items() if name not in ("id", "slug")}
        made = session.execute(insert(table).values(slug="neighbour", **words))
        session.commit()
        return Book(book.app, made.inserted_primary_key[0])  # type: ignore[attr-defined]


def test_each_institution_has_its_own_chain(book: Book) -> None:
    other = a_neighbour(book)
    for owner in (book, other, book, other):
        owner.write(2)
        assert owner.seal() == 2
    assert book.head().number == other.head().number == 2
    assert book.head().hash != other.head().hash
    victim = other.entry_ids()[0]
    other.tamper(f"UPDATE ledger_entry SET subject_id = 99 WHERE id = {victim}")
    assert book.verify().finding is None
    assert other.verify().finding is not None
