"""Production neither makes the demonstration nor serves one: its passwords are known to all."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cli import run_demonstration
from portal.core.config import Config, ConfigError, Environment
from portal.core.keys import new_keys, write_keys
from portal.core.runtime import runtime
from portal.core.session import db
from portal.demonstration import making
from portal.demonstration.clock import DemoClock, check_database
from portal.demonstration.commands import demo_commands
from portal.tenancy.queries import list_tenants
from tests.support.world import World


def test_production_makes_no_demonstration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_keys(tmp_path / "keys.json", new_keys())
    settings = {
        "ENVIRONMENT": "production",
        "VAR": str(tmp_path / "var"),
        "KEYS_FILE": str(tmp_path / "keys.json"),
        "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz",
        "BASE_URL": "https://portal.example",
        "TRUSTED_PROXIES": "1",
        "SMTP_URL": "smtp://mail.example",
        "MAIL_FROM": "portal@portal.example",
        "SMS_URL": "https://sms.example",
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"PORTAL_{name}", value)
    assert run_demonstration.callback is not None
    with pytest.raises(ConfigError, match="portal serve"):
        run_demonstration.callback()
    assert not (tmp_path / "var").exists()


def in_production() -> Config:
    return runtime().config.model_copy(update={"environment": Environment.PRODUCTION})


def test_production_serves_no_database_of_the_demonstration(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "_make_one", lambda *_arguments: None)
    with app.app_context():
        check_database(in_production())
        making.make_demonstration(say=lambda _words: None)
        check_database(runtime().config)
        with pytest.raises(ConfigError, match="known to everybody"):
            check_database(in_production())


@pytest.mark.parametrize("command", [["advance", "2h"], ["create"]])
def test_elsewhere_the_demonstration_s_commands_refuse(app: Flask, command: list[str]) -> None:
    ran = app.test_cli_runner().invoke(demo_commands, command)
    assert ran.exit_code == 1
    assert "Only in the demonstration" in ran.output
    with app.app_context():
        assert db.session().scalars(select(DemoClock)).all() == []


def test_the_demonstration_takes_no_database_that_holds_somebody_elses_institution(
    app: Flask, institution: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = app.extensions["portal"].config
    demonstration = config.model_copy(update={"environment": Environment.DEMONSTRATION})
    monkeypatch.setattr(app.extensions["portal"], "config", demonstration)
    with app.app_context():
        with pytest.raises(ConfigError, match="database of its own"):
            check_database(demonstration)
        with pytest.raises(ConfigError, match="database of its own"):
            making.make_demonstration(say=lambda _words: None)
        assert db.session().scalars(select(DemoClock)).all() == []
        assert [tenant.slug for tenant in list_tenants()] == [institution.slug]
