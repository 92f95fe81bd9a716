"""The ``portal`` command: every act of an operator, by the room it belongs to."""

import os
import sys

import click
from flask import Flask
from flask.cli import ScriptInfo, with_appcontext

from portal.app import FEATURES, create_app
from portal.core.commands import COMMANDS
from portal.core.config import ConfigError, Environment, read_config
from portal.core.migrating import downgrade, upgrade
from portal.core.runtime import runtime
from portal.demonstration.clock import check_database, clock_for
from portal.demonstration.commands import demo_commands
from portal.demonstration.logins import print_logins
from portal.demonstration.making import make_demonstration
from portal.founding.commands import institution_commands
from portal.importing.commands import import_commands
from portal.replay.commands import replay
from portal.serving import serve_portal, work_alone
from portal.web.catalogs_cli import catalogs


@click.group("db")
def database() -> None:
    """The schema of the database."""


@database.command("upgrade")
def upgrade_database() -> None:
    """Bring the database up to the newest schema."""
    upgrade(read_config())


@database.command("downgrade")
@click.argument("revision")
def downgrade_database(revision: str) -> None:
    """Take the schema back to a revision."""
    downgrade(read_config(), revision)


@click.command("serve")
@with_appcontext
def serve() -> None:
    """Serve the portal on PORTAL_HOST and PORTAL_PORT."""
    check_database(runtime().config)
    serve_portal(runtime().config)


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Run the worker alone: deliveries and sweeps."""
    check_database(runtime().config)
    work_alone()


@click.command("run")
def run_demonstration() -> None:
    """Set the demonstration up if need be, and serve it."""
    os.environ.setdefault("PORTAL_ENVIRONMENT", Environment.DEMONSTRATION)
    config = read_config()
    if config.is_production:
        raise ConfigError("`portal run` makes the demonstration; production has `portal serve`")
    config.var.mkdir(parents=True, exist_ok=True, mode=0o700)
    upgrade(config)
    app = create_app(config, clock=clock_for(config))
    with app.app_context():
        make_demonstration(say=click.echo)
        print_logins(config)
    serve_portal(config)


def _create_app() -> Flask:
    config = read_config()
    return create_app(config, clock=clock_for(config))


group = click.Group(name="portal", help="The window portal.")
for command in (
    database,
    serve,
    worker,
    run_demonstration,
    catalogs,
    demo_commands,
    institution_commands,
    import_commands,
    replay,
    *COMMANDS,
    *(command for feature in FEATURES for command in feature.commands),
):
    group.add_command(command)


def main() -> None:
    """Run the command; a wrong configuration is said in plain lines.

    The application is made only for commands that need one, so that help needs no settings.
    """
    script = ScriptInfo(create_app=_create_app, set_debug_flag=False)
    try:
        group.main(prog_name="portal", obj=script)
    except ConfigError as error:
        click.echo(f"The configuration may not start:\n{error}", err=True)
        if "PORTAL_ENVIRONMENT" not in os.environ:
            click.echo("For the demonstration, set PORTAL_ENVIRONMENT=demonstration.", err=True)
        sys.exit(2)
