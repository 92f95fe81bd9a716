"""Every command of the operator that changes an institution leaves its lines in the ledger."""

from pathlib import Path

import click
import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from portal.cli import group
from portal.core.ledger import LedgerEntry
from portal.founding.commands import institution_commands
from portal.tenancy.queries import find_tenant
from tests.support.profiles import LIBRARY, changed
from tests.support.world import World

READS = "only reads"
KEYS = "changes the operator's keys, nothing that an institution decided"
SCHEMA = "changes the schema, no row of an institution"
SERVES = "serves; what people do then is written down by what they do"
#: Commands that leave no line, and why.
WITHOUT = {
    "backup": READS,
    "catalogs check": READS,
    "catalogs compile": "writes files of the programme",
    "catalogs fill": "writes files of the programme",
    "catalogs missing": READS,
    "catalogs update": "writes files of the programme",
    "db downgrade": SCHEMA,
    "db upgrade": SCHEMA,
    "demo advance": "sets the clock of the demonstration, where nothing is real",
    "demo create": "founds by the same act as institution create",
    "institution check": READS,
    "institution list": READS,
    "keys create": KEYS,
    "keys reencrypt": KEYS,
    "keys rotate": KEYS,
    "ledger anchor": "is a proof of the ledger itself",
    "ledger seal": "is a proof of the ledger itself",
    "ledger verify": READS,
    "outbox parked": READS,
    "states": READS,
    "restore": "puts a whole database back, its ledger with it; the anchors show what is gone",
    "run": SERVES,
    "serve": SERVES,
    "worker": SERVES,
}


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> list[str]:
    """Every command without commands below it, as it is typed."""
    if not isinstance(command, click.Group):
        return [" ".join(path)]
    return [leaf for name, part in command.commands.items() for leaf in leaves(part, (*path, name))]


def run(app: Flask, *words: str | Path) -> Result:
    result = app.test_cli_runner().invoke(institution_commands, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result


def codes(app: Flask) -> list[str]:
    """What the ledger of the library says, in order."""
    with app.app_context():
        tenant = find_tenant("yuehe")
    assert tenant is not None
    entries = select(LedgerEntry.code).order_by(LedgerEntry.id)
    return World(app, tenant.id, "yuehe").do(lambda session: list(session.scalars(entries)))


def test_every_command_is_known() -> None:
    # What "import requests", "outbox retry" and "replay" write is shown where they are tested.
    writing = {
        "import requests",
        "institution create",
        "institution apply",
        "outbox retry",
        "replay",
    }
    assert sorted(leaves(group)) == sorted(writing | set(WITHOUT)), (
        "say here what the ledger says of a new command, or why it says nothing"
    )


@pytest.mark.usefixtures("compiled_catalogs")
def test_founding_and_changing_an_institution_are_written_down(app: Flask, tmp_path: Path) -> None:
    run(app, "create", "--profile", LIBRARY, "--slug", "yuehe")
    founded = codes(app)
    assert set(founded) >= {
        "tenancy.settings.changed",
        "tenancy.profile.applied",
        "identity.staff.added",
        "identity.role.granted",
    }
    file = changed(tmp_path, ('en = "Yuehe Library"', 'en = "Library of Yuehe"'))
    run(app, "apply", "yuehe", file, "--yes")
    assert codes(app)[len(founded) :] == [
        "tenancy.institution.changed",
        "tenancy.profile.applied",
    ]
