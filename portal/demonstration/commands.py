"""``portal demo``: make the demonstration, and set its clock forward."""

import re
from contextlib import closing
from datetime import timedelta

import click
from flask.cli import with_appcontext

from portal.core.runtime import runtime
from portal.core.session import db
from portal.core.unit import run_unit
from portal.demonstration.clock import advance
from portal.demonstration.making import make_demonstration

UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@click.group("demo")
def demo_commands() -> None:
    """The demonstration: make it, set its clock forward."""


def _refuse_elsewhere() -> None:
    if not runtime().config.is_demonstration:
        raise click.ClickException("Only in the demonstration (PORTAL_ENVIRONMENT=demonstration).")


@demo_commands.command("create")
@with_appcontext
def create() -> None:
    """Make the three institutions, unless they stand already."""
    _refuse_elsewhere()
    make_demonstration(say=click.echo)


@demo_commands.command("advance")
@click.argument("length")
@with_appcontext
def advance_clock(length: str) -> None:
    """Set the clock forward, for example by 30m, 2h or 1d."""
    _refuse_elsewhere()
    found = re.fullmatch(r"(\d{1,4})([mhd])", length)
    if found is None:
        raise click.ClickException("Write a length like 30m, 2h or 1d.")
    by = timedelta(**{UNITS[found[2]]: int(found[1])})
    with closing(db.session()) as session:
        ahead = run_unit(session, lambda: advance(session, by))
    click.echo(f"The demonstration is now {ahead} ahead.")
