"""Whoever has set nothing yet is helped, not thrown at."""

import pytest
from click.testing import CliRunner

from portal import cli
from portal.core.config import ConfigError


def test_help_lists_the_commands_before_anything_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_ENVIRONMENT", "production")
    shown = CliRunner().invoke(cli.group, ["--help"])
    assert shown.exit_code == 0
    assert "Traceback" not in shown.output
    assert {"run", "serve", "demo", "institution"} <= set(cli.group.commands)
    assert all(name in shown.output for name in cli.group.commands)


@pytest.mark.parametrize(("environment", "is_told"), [("", True), ("production", False)])
def test_a_refused_start_says_how_the_demonstration_is_meant(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    environment: str,
    is_told: bool,
) -> None:
    monkeypatch.delenv("PORTAL_ENVIRONMENT", raising=False)
    if environment:
        monkeypatch.setenv("PORTAL_ENVIRONMENT", environment)

    def refuse(**_: object) -> None:
        raise ConfigError("PORTAL_SECRET_KEY must be random")

    monkeypatch.setattr(cli.group, "main", refuse)
    with pytest.raises(SystemExit):
        cli.main()
    said = capsys.readouterr().err
    assert "PORTAL_SECRET_KEY must be random" in said
    assert ("PORTAL_ENVIRONMENT=demonstration" in said) == is_told
