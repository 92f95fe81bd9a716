"""The migrations make what the models say, forth and back, and data survive."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import text

from portal.app import create_app
from portal.core.base import Base
from portal.core.config import Environment, read_config
from portal.core.migrating import alembic_config, downgrade, upgrade
from portal.core.session import db
from portal.demonstration.clock import DemoClock
from portal.identity.models import Unit
from portal.replay.models import Replay
from tests.support.postgres import OWNER, Server
from tests.support.world import make_institution


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory.from_config(alembic_config("sqlite://")).get_heads()) == 1


def test_the_schema_equals_the_models(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert {DemoClock.__tablename__, Replay.__tablename__} <= set(Base.metadata.tables)
        assert compare_metadata(context, Base.metadata) == []


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_data_of_the_base_survive_back_and_forth(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = owner_url = ""
    if kind == "postgresql":
        server: Server = request.getfixturevalue("postgres_server")
        server.create_database("back_and_forth")
        url, owner_url = server.url("back_and_forth"), server.url("back_and_forth", OWNER)
    config = read_config(
        {},
        environment=Environment.TEST,
        var=tmp_path,
        database_url=url,
        owner_database_url=owner_url,
        secret_key="tests-only",
    )
    upgrade(config)
    app = create_app(config)
    world = make_institution(app)
    world.do(lambda s: s.add(Unit(code="hall", name={"zh_Hant": "大廳"})))
    with app.app_context():
        db.engine.dispose()
    downgrade(config, "0001_base")
    upgrade(config)
    with app.app_context():
        assert world.do(lambda s: s.scalar(text("SELECT code FROM unit"))) == "hall"
        db.engine.dispose()
    downgrade(config, "base")
