"""A start that would be nonsense or unsafe is refused, with every reason by its name."""

from pathlib import Path

import pytest

from portal.core.config import ConfigError, Environment, read_config
from portal.demonstration.clock import FollowingClock, clock_for

GOOD = {
    "PORTAL_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz",
    "PORTAL_KEYS_FILE": "/etc/portal/keys.json",
    "PORTAL_BASE_URL": "https://portal.example",
    "PORTAL_DATABASE_URL": "postgresql://portal@db/portal",
    "PORTAL_OWNER_DATABASE_URL": "postgresql://owner@db/portal",
    "PORTAL_SMTP_URL": "smtps://user:p%40ss@mail.example",
    "PORTAL_MAIL_FROM": "portal@town.example",
    "PORTAL_SMS_URL": "https://sms.example/send",
    "PORTAL_TRUSTED_PROXIES": "1",
    "PORTAL_PROCESSES": "4",
}


def refusal(**changes: str) -> str:
    """Why production does not start with these settings changed; an empty one is left out."""
    environ = {**GOOD, **{f"PORTAL_{name.upper()}": value for name, value in changes.items()}}
    with pytest.raises(ConfigError) as caught:
        read_config({name: value for name, value in environ.items() if value})
    return str(caught.value)


def test_production_is_the_default_and_starts_when_all_is_said() -> None:
    config = read_config(GOOD)
    assert config.is_production
    assert config.database_url == "postgresql+psycopg://portal@db/portal"
    assert not isinstance(clock_for(config), FollowingClock)


def test_an_empty_environment_is_told_everything_that_is_missing() -> None:
    with pytest.raises(ConfigError) as caught:
        read_config({})
    lines = str(caught.value).splitlines()
    for name in (
        "SECRET_KEY",
        "KEYS_FILE",
        "BASE_URL",
        "TRUSTED_PROXIES",
        "SMTP_URL",
        "MAIL_FROM",
        "SMS_URL",
    ):
        assert any(line.startswith(f"PORTAL_{name} ") for line in lines), name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("secret_key", ""),
        ("secret_key", "tests-only"),
        ("secret_key", "a" * 64),
        ("keys_file", ""),
        ("base_url", ""),
        ("base_url", "http://portal.example"),
        ("trusted_proxies", "0"),
        ("smtp_url", ""),
        ("mail_from", ""),
        ("sms_url", ""),
        ("sms_url", "http://sms.example/send"),
        ("owner_database_url", ""),
        ("owner_database_url", GOOD["PORTAL_DATABASE_URL"]),
        ("database_url", "sqlite:////var/lib/portal.sqlite3"),
    ],
)
def test_production_refuses_what_is_unsafe(name: str, value: str) -> None:
    [line] = refusal(**{name: value}).splitlines()
    assert line.startswith(f"PORTAL_{name.upper()} ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("environment", "staging"),
        ("environment", "Demonstration"),
        ("database_url", "mysql://db/portal"),
        ("owner_database_url", "portal.sqlite3"),
        ("base_url", "portal.example"),
        ("base_url", "https://portal.example/town"),
        ("base_url", "javascript:alert(1)"),
        ("port", "http"),
        ("port", "0"),
        ("port", "70000"),
        ("processes", "0"),
        ("processes", "-1"),
        ("threads", "many"),
        ("trusted_proxies", "-1"),
        ("worker_inside", "perhaps"),
        ("smtp_url", "https://mail.example"),
        ("smtp_url", "smtp://"),
        ("smtp_url", "smtp://mail.example:post"),
        ("mail_from", "portal"),
        ("mail_from", "Portal <portal@town.example>"),
        ("mail_from", "a@b.example\nBcc: c@d.example"),
        ("sms_url", "ftp://sms.example"),
        ("sms_url", "https://"),
        ("max_body", "1"),
        ("log_level", "LOUD"),
        ("log_levle", "INFO"),
    ],
)
def test_nonsense_is_refused_by_the_name_of_its_variable(name: str, value: str) -> None:
    [line] = refusal(**{name: value}).splitlines()
    assert line.startswith(f"PORTAL_{name.upper()}: ")


def test_every_wrong_value_is_named_at_once_and_no_secret_is_repeated() -> None:
    said = refusal(port="x", threads="y", smtp_url="http://user:hidden@mail.example")
    assert [line.partition(":")[0] for line in said.splitlines()] == [
        "PORTAL_PORT",
        "PORTAL_THREADS",
        "PORTAL_SMTP_URL",
    ]
    assert "hidden" not in said


def test_several_processes_do_not_share_the_embedded_database() -> None:
    embedded = {name: value for name, value in GOOD.items() if "DATABASE" not in name}
    assert read_config({**embedded, "PORTAL_PROCESSES": "1"}).is_sqlite
    with pytest.raises(ConfigError, match="PORTAL_PROCESSES"):
        read_config(embedded)


def test_variables_of_other_programs_are_none_of_ours() -> None:
    others = {"PATH": "/bin", "FLASK_DEBUG": "1", "PORTAL_REAL_DATA": "/data"}
    assert read_config({**GOOD, **others}) == read_config(GOOD)


def test_demonstration_and_tests_start_with_nothing_said(tmp_path: Path) -> None:
    for environment in (Environment.DEMONSTRATION, Environment.TEST):
        config = read_config({}, environment=environment, var=tmp_path)
        assert config.is_sqlite
        assert config.keys_file == tmp_path / "keys.json"


def test_only_the_demonstration_has_a_clock_that_can_be_set(tmp_path: Path) -> None:
    for environment in (Environment.DEMONSTRATION, Environment.TEST):
        clock = clock_for(read_config({}, environment=environment, var=tmp_path))
        assert isinstance(clock, FollowingClock) == (environment is Environment.DEMONSTRATION)


def test_the_demonstration_s_links_lead_to_the_port_on_which_it_is_served() -> None:
    served = {"PORTAL_ENVIRONMENT": "demonstration", "PORTAL_PORT": "8001"}
    assert read_config(served).base_url == "http://127.0.0.1:8001"
    named = served | {"PORTAL_BASE_URL": "http://portal.example"}
    assert read_config(named).base_url == "http://portal.example"
