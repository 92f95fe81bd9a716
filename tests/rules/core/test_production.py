"""Production does not start with what a demonstration may have."""

import pytest

from portal.core.config import ConfigError, read_config

SAFE = {
    "PORTAL_ENVIRONMENT": "production",
    "PORTAL_DATABASE_URL": "postgresql://app@db/portal",
    "PORTAL_OWNER_DATABASE_URL": "postgresql://owner@db/portal",
    "PORTAL_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz",
    "PORTAL_KEYS_FILE": "/etc/portal/keys.json",
    "PORTAL_BASE_URL": "https://portal.example",
    "PORTAL_TRUSTED_PROXIES": "1",
    "PORTAL_SMTP_URL": "smtps://mail.example",
    "PORTAL_SMS_URL": "https://sms.example",
}


def test_a_safe_configuration_starts() -> None:
    assert read_config(SAFE).unsafe() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 40),
        ("KEYS_FILE", None),
        ("BASE_URL", "http://portal.example"),
        ("TRUSTED_PROXIES", "0"),
        ("SMTP_URL", ""),
        ("SMS_URL", ""),
        ("SMS_URL", "http://sms.example"),
        ("OWNER_DATABASE_URL", "postgresql://app@db/portal"),
        ("OWNER_DATABASE_URL", ""),
    ],
)
def test_what_is_unsafe_is_named_and_refused(name: str, value: str | None) -> None:
    variable = f"PORTAL_{name}"
    environ = {key: text for key, text in SAFE.items() if key != variable}
    if value is not None:
        environ[variable] = value
    with pytest.raises(ConfigError, match=variable):
        read_config(environ)


def test_several_processes_do_not_share_the_embedded_database() -> None:
    embedded = {name: value for name, value in SAFE.items() if "DATABASE" not in name}
    with pytest.raises(ConfigError, match="PORTAL_PROCESSES"):
        read_config({**embedded, "PORTAL_PROCESSES": "2"})
