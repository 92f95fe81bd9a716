"""Typed configuration from the environment; refuses nonsense and unsafe production settings."""

import os
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

PREFIX = "PORTAL_"
#: Named by the test gate, read by tests only; not a setting.
NOT_SETTINGS = frozenset({"PORTAL_REAL_DATA"})


#: An address that no mail server accepts; for demonstration and tests only.
NOWHERE = "portal@localhost.localdomain"


class ConfigError(Exception):
    """The environment does not describe a system that may start; names every reason."""


def _check_address(url: str, schemes: tuple[str, ...]) -> str:
    """An address with a host and, if any, a possible port; or none at all."""
    parts = urlsplit(url)
    # Reading the port raises ValueError where it is none.
    if url and (parts.scheme not in schemes or not parts.hostname or parts.port == 0):
        raise ValueError(f"must be {' or '.join(schemes)}://host[:port]")
    return url


class Environment(StrEnum):
    """Which promises the process must keep: demonstration and test relax some, by name."""

    PRODUCTION = "production"
    DEMONSTRATION = "demonstration"
    TEST = "test"


class Config(BaseModel):
    """Everything that differs between installations; one attribute per ``PORTAL_…`` variable."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    environment: Environment = Environment.PRODUCTION
    #: The application's own role: may read and write rows, owns nothing.
    database_url: str = ""
    #: The role that owns the schema; used by migrations, backup and restore only.
    owner_database_url: str = ""
    #: Folder for the embedded database, keys of the demonstration, anchors and what people attach;
    #: several processes share it.
    var: Path = Path("var")
    secret_key: str = ""
    #: File with the encryption keys; lives outside the database and its backups.
    keys_file: Path | None = None
    #: Where people reach the portal; used in messages and feeds.
    base_url: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    processes: int = Field(1, ge=1, le=64)
    threads: int = Field(4, ge=1, le=64)
    #: How many proxies in front set X-Forwarded-For and -Proto; 0 trusts none.
    trusted_proxies: int = Field(0, ge=0, le=5)
    #: Run the worker inside the serving process (embedded default) or apart (production).
    worker_inside: bool = True
    #: smtp://user:password@host:port or smtps://…; empty only in demonstration and tests.
    smtp_url: str = ""
    mail_from: str = NOWHERE
    #: HTTP gateway that takes JSON {key, to, text}; empty only in demonstration and tests.
    sms_url: str = ""
    sms_token: str = ""
    #: Largest accepted request body in bytes; pages that take files allow more (see takes_files).
    max_body: int = Field(2_000_000, ge=10_000, le=50_000_000)
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")

    @field_validator("database_url", "owner_database_url")
    @classmethod
    def _normalise_url(cls, url: str) -> str:
        for prefix in ("postgres://", "postgresql://"):
            if url.startswith(prefix):
                return "postgresql+psycopg://" + url.removeprefix(prefix)
        if url and not url.startswith(("postgresql+psycopg://", "sqlite:///")):
            raise ValueError("must be a postgresql:// or sqlite:/// address")
        return url

    @field_validator("base_url")
    @classmethod
    def _check_base_url(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
            raise ValueError("must be http(s)://host[:port] without a path")
        return url.rstrip("/")

    @field_validator("smtp_url")
    @classmethod
    def _check_smtp_url(cls, url: str) -> str:
        return _check_address(url, ("smtp", "smtps"))

    @field_validator("sms_url")
    @classmethod
    def _check_sms_url(cls, url: str) -> str:
        return _check_address(url, ("http", "https"))

    @field_validator("mail_from")
    @classmethod
    def _check_mail_from(cls, address: str) -> str:
        if not re.fullmatch(r"[^\s@<>,;]+@[^\s@<>,;]+", address):
            raise ValueError("must be a bare address like portal@town.example")
        return address

    @model_validator(mode="after")
    def _complete(self) -> Self:
        values: dict[str, object] = {}
        if not self.database_url:
            values["database_url"] = f"sqlite:///{(self.var / 'portal.sqlite3').resolve()}"
        if not self.owner_database_url:
            values["owner_database_url"] = values.get("database_url", self.database_url)
        if self.keys_file is None and self.environment is not Environment.PRODUCTION:
            values["keys_file"] = self.var / "keys.json"
        if not self.is_production and "base_url" not in self.model_fields_set:
            values["base_url"] = f"http://127.0.0.1:{self.port}"
        for name, value in values.items():
            object.__setattr__(self, name, value)
        return self

    @property
    def is_demonstration(self) -> bool:
        """Whether made-up people live here, messages stay inside and the clock may be moved."""
        return self.environment is Environment.DEMONSTRATION

    @property
    def is_production(self) -> bool:
        """Whether real people rely on this installation."""
        return self.environment is Environment.PRODUCTION

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is used."""
        return self.database_url.startswith("sqlite")

    def unsafe(self) -> list[str]:
        """What forbids a production start, in plain words; empty when nothing does."""
        checks = {
            "PORTAL_SECRET_KEY must be a random text of at least 32 characters": (
                len(self.secret_key) < 32 or len(set(self.secret_key)) < 10
            ),
            "PORTAL_KEYS_FILE must name the file with the encryption keys": not self.keys_file,
            "PORTAL_BASE_URL must be https": not self.base_url.startswith("https://"),
            "PORTAL_TRUSTED_PROXIES must count the proxies in front, which end TLS: with none of "
            "them trusted all visitors look like one and share its limits": (
                self.trusted_proxies == 0
            ),
            "PORTAL_SMTP_URL must name the mail server": not self.smtp_url,
            "PORTAL_MAIL_FROM must be the address that mails come from": (
                self.mail_from == NOWHERE
            ),
            "PORTAL_SMS_URL must be an https address": not self.sms_url.startswith("https://"),
            "PORTAL_OWNER_DATABASE_URL must be another role than PORTAL_DATABASE_URL": (
                not self.is_sqlite and self.owner_database_url == self.database_url
            ),
            "PORTAL_DATABASE_URL must be PostgreSQL when PORTAL_PROCESSES is above 1": (
                self.is_sqlite and self.processes > 1
            ),
        }
        return [reason for reason, is_wrong in checks.items() if is_wrong]


def read_config(environ: Mapping[str, str] | None = None, **overrides: object) -> Config:
    """Read the configuration from ``PORTAL_…`` variables.

    Raises ConfigError naming every unknown variable, wrong value and unsafe production default.
    """
    source = os.environ if environ is None else environ
    values: dict[str, object] = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in source.items()
        if name.startswith(PREFIX) and name not in NOT_SETTINGS
    }
    try:
        config = Config.model_validate({**values, **overrides})
    except ValidationError as error:
        lines = [
            f"{PREFIX}{'_'.join(str(p) for p in item['loc']).upper()}: {item['msg']}"
            for item in error.errors()
        ]
        raise ConfigError("\n".join(lines)) from None
    if config.is_production and (reasons := config.unsafe()):
        raise ConfigError("\n".join(reasons))
    return config
