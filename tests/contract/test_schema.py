"""The migrations make what the models say, forth and back, and data survive."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from portal.app import create_app
from portal.appointments.models import Visit
from portal.core.base import Base
from portal.core.config import Config, Environment, read_config
from portal.core.migrating import alembic_config, downgrade, upgrade
from portal.core.session import db
from portal.demonstration.clock import DemoClock
from portal.identity.models import HeadTwice, Staff, Unit
from portal.importing.models import ImportedRequest
from portal.replay.models import Replay
from tests.support.postgres import OWNER, Server
from tests.support.world import MONDAY, add_staff, furnish, make_institution


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory.from_config(alembic_config("sqlite://")).get_heads()) == 1


def test_the_schema_equals_the_models(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert {table.__tablename__ for table in (DemoClock, ImportedRequest, Replay)} <= set(
            Base.metadata.tables
        )
        assert compare_metadata(context, Base.metadata) == []


def _config_of(kind: str, name: str, folder: Path, request: pytest.FixtureRequest) -> Config:
    """An installation on a fresh database of its own."""
    url = owner_url = ""
    if kind == "postgresql":
        server: Server = request.getfixturevalue("postgres_server")
        server.create_database(name)
        url, owner_url = server.url(name), server.url(name, OWNER)
    return read_config(
        {},
        environment=Environment.TEST,
        var=folder,
        database_url=url,
        owner_database_url=owner_url,
        secret_key="tests-only",
    )


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_waivers_are_enciphered_and_survive_back_and_forth(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    config = _config_of(kind, "waivers", tmp_path, request)
    upgrade(config)
    app = create_app(config)
    world = make_institution(app)
    furnish(world)
    words = "下週要出遠門"

    def waive(session: Session) -> None:
        visit = Visit(service_id=1, post_id=1, local_date=MONDAY.date(), created_at=MONDAY)
        visit.outcome, visit.waiver = "continued", words
        session.add(visit)

    def look() -> tuple[object, list[str | None]]:
        """What stands in the database, and what the portal reads."""
        with app.app_context():
            stored = world.do(lambda s: s.scalar(text("SELECT waiver FROM visit")))
            read: list[str | None] = []
            if not isinstance(stored, str):
                read = world.do(lambda s: list(s.scalars(select(Visit.waiver))))
            db.engine.dispose()
        return stored, read

    world.do(waive)
    for _time in range(2):
        stored, read = look()
        assert words.encode() not in bytes(stored)  # type: ignore[call-overload]
        assert read == [words]
        downgrade(config, "0012_closure_offers")
        assert look() == (words, [])
        upgrade(config)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_data_of_the_base_survive_back_and_forth(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    config = _config_of(kind, "back_and_forth", tmp_path, request)
    upgrade(config)
    app = create_app(config)
    world = make_institution(app)
    world.do(lambda s: s.add(Unit(code="hall", name={"zh_Hant": "大廳"})))
    head_id = add_staff(world, "H1", [])
    world.do(lambda s: s.execute(update(Unit).values(head_id=head_id)))
    with app.app_context():
        db.engine.dispose()
    downgrade(config, "0001_base")
    upgrade(config)
    with app.app_context():
        assert world.do(lambda s: s.scalar(text("SELECT code FROM unit"))) == "hall"
        assert world.do(lambda s: s.scalar(select(Staff.number).where(Staff.id == head_id))) == "H1"
        assert world.do(lambda s: s.scalar(select(Unit.head_id))) is None
        with pytest.raises(HeadTwice):
            world.do(lambda s: s.execute(update(Unit).values(head_id=head_id, deputy_id=head_id)))
        db.engine.dispose()
    downgrade(config, "base")
