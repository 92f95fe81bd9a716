"""No row of one institution is seen or written from another, on any way."""

from functools import partial

import pytest
from flask import Flask
from sqlalchemy import bindparam, delete, exists, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, aliased

from portal.core.base import owned_tables
from portal.core.session import db, institution_scope
from portal.core.tenant import ScopeError
from portal.identity.models import Unit
from portal.tenancy.models import Institution
from tests.support.world import World, make_institution


def _add_unit(session: Session, code: str) -> None:
    session.add(Unit(code=code, name={"zh_Hant": code}))


@pytest.fixture
def two(app: Flask) -> tuple[World, World]:
    worlds = make_institution(app, "qingxi"), make_institution(app, "linjiang", house="hospital")
    for world in worlds:
        world.do(partial(_add_unit, code=world.slug))
    return worlds


def test_every_statement_sees_its_own_rows_only(two: tuple[World, World]) -> None:
    ours, theirs = two
    other = aliased(Unit)
    foreign_id = theirs.do(lambda s: s.scalars(select(Unit.id)).one())

    def look(session: Session) -> None:
        assert session.scalars(select(Unit.code)).all() == ["qingxi"]
        assert session.get(Unit, foreign_id) is None
        assert session.scalars(select(other.code)).all() == ["qingxi"]
        with pytest.raises(ScopeError):
            session.scalar(select(exists().where(Unit.code == "linjiang")))
        hidden = exists().where(other.code == "linjiang")
        assert session.scalars(select(Unit.id).where(hidden)).all() == []
        assert session.scalars(select(Institution.slug).where(hidden)).all() == []
        inside = select(Unit.id).where(Unit.id.in_(select(other.id)))
        assert foreign_id not in session.scalars(inside).all()
        changed = session.scalars(update(Unit).values(position=7).returning(Unit.code))
        assert changed.all() == ["qingxi"]
        gone = session.scalars(delete(Unit).where(Unit.id == foreign_id).returning(Unit.id))
        assert gone.all() == []

    ours.do(look)
    assert theirs.do(lambda s: s.scalars(select(Unit.position)).one()) == 0


def test_a_statement_built_once_sees_the_rows_of_whoever_runs_it(two: tuple[World, World]) -> None:
    """What was made of it for one institution is kept; it must not carry that one's rows on."""
    ours, theirs = two
    built = select(Unit.code).where(Unit.code != bindparam("other"))
    for _ in range(2):
        for world in (ours, theirs):
            seen = world.do(lambda session: session.scalars(built, {"other": "x"}).all())
            assert seen == [world.slug]

    with ours.app.app_context(), pytest.raises(ScopeError):
        db.session().scalars(built, {"other": "x"})


def test_a_row_of_another_institution_cannot_be_written(two: tuple[World, World]) -> None:
    ours, theirs = two

    def flush(session: Session) -> None:
        session.add(Unit(code="x", name={}, institution_id=theirs.id))
        session.flush()

    def bulk(session: Session) -> None:
        session.execute(insert(Unit), [{"code": "x", "name": {}, "institution_id": theirs.id}])

    def built_once(session: Session) -> None:
        row = {"code": "x", "name": {}, "institution_id": theirs.id}
        session.execute(insert(Unit), row)

    def named(session: Session) -> None:
        statement = insert(Unit).values(code="x", name={}, institution_id=bindparam("whose"))
        session.execute(statement, {"whose": theirs.id})

    for write in (flush, bulk, built_once, named):
        with pytest.raises(ScopeError):
            ours.do(write)


def test_no_statement_runs_without_a_scope(app: Flask) -> None:
    with app.app_context(), pytest.raises(ScopeError):
        db.session().scalars(select(Unit)).all()


def test_a_session_belongs_to_one_institution_for_its_whole_life(two: tuple[World, World]) -> None:
    ours, theirs = two
    with (
        ours.session() as session,
        pytest.raises(ScopeError),
        institution_scope(session, theirs.id),
    ):
        pass


def test_postgresql_itself_hides_foreign_rows_from_raw_sql(two: tuple[World, World]) -> None:
    ours, theirs = two
    with ours.app.app_context():
        if db.engine.dialect.name != "postgresql":
            assert len(owned_tables()) > 20
            return

    def look(session: Session) -> None:
        for table in owned_tables():
            count = session.scalar(
                text(f'SELECT count(*) FROM "{table}" WHERE institution_id = {theirs.id}')
            )
            assert count == 0, table
        with pytest.raises(DBAPIError):
            session.execute(
                text(
                    f"INSERT INTO unit (institution_id, code, name, position, is_active, version) "
                    f"VALUES ({theirs.id}, 'raw', '{{}}', 0, true, 0)"
                )
            )

    with ours.session() as session:
        look(session)
        session.rollback()


def test_history_refuses_change_by_raw_sql(two: tuple[World, World]) -> None:
    ours, _theirs = two
    for verb in ("UPDATE ledger_entry SET code = 'x'", "DELETE FROM ledger_entry"):

        def change(session: Session, statement: str = verb) -> None:
            session.execute(
                text(
                    "INSERT INTO ledger_entry (institution_id, at, code, actor_kind, subject_kind,"
                    f" subject_id, data, salt) VALUES ({ours.id}, '2026-11-23', 'a.b.c', 'system',"
                    " 'x', 1, '{}', 'x')"
                )
            )
            session.execute(text(statement))

        with pytest.raises(DBAPIError):
            ours.do(change)


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_history_refuses_to_be_replaced_in_the_embedded_database(
    two: tuple[World, World],
) -> None:
    ours, _theirs = two
    row = f"(1, {ours.id}, '2026-11-23', %s, 'system', 'x', 1, '{{}}', 'x')"
    columns = "(id, institution_id, at, code, actor_kind, subject_kind, subject_id, data, salt)"

    def write(session: Session, how: str, code: str) -> None:
        session.execute(text(f"{how} INTO ledger_entry {columns} VALUES {row % code}"))

    ours.do(lambda session: write(session, "INSERT", "'a.b.c'"))
    with pytest.raises(DBAPIError):
        ours.do(lambda session: write(session, "REPLACE", "'x.y.z'"))
