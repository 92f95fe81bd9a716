"""``portal institution``: create one, check a profile, apply a changed one, list them all."""

import click
from flask.cli import with_appcontext

from portal.core.actor import SYSTEM
from portal.core.errors import DomainError
from portal.core.runtime import runtime
from portal.founding.making import (
    FIRST_NUMBER,
    found_with_administrator,
    load_profile,
    named,
    profile_parts,
    within,
)
from portal.tenancy.applying import Comparison, apply_profile, compare
from portal.tenancy.profile import Profile, ProfileError, find_profile
from portal.tenancy.queries import Tenant, find_tenant, list_tenants

VERDICTS = {
    "change": "will change",
    "new": "new",
    "kept": "kept: edited here",
    "gone": "left alone: no longer in the profile",
}


@click.group("institution")
def institution_commands() -> None:
    """Institutions: create, check a profile, apply a changed one, list."""


@institution_commands.command("create")
@click.option(
    "--profile", "source", required=True, help="property, outpatient, township or a file."
)
@click.option("--slug", required=True, help="First part of all its addresses.")
@click.option("--name", default="", help="Its name, when it is not the profile's.")
@with_appcontext
def create(source: str, slug: str, name: str) -> None:
    """Create an institution from a profile and print its administrator's first password."""
    profile = _load_or_fail(source)
    if name:
        profile = named(profile, name)
    try:
        issued = found_with_administrator(profile, slug=slug, now=runtime().clock.now())
    except DomainError as error:
        raise click.ClickException(error.message) from None
    address = f"{runtime().config.base_url}/{slug}/"
    click.echo(f"Created: {address}")
    click.echo(f"Sign in at {address}work/sign-in/ with number {FIRST_NUMBER}")
    click.echo(f"First password, to be changed at once: {issued.plain}")


@institution_commands.command("check")
@click.argument("file")
@with_appcontext
def check(file: str) -> None:
    """Say everything that is wrong with a profile file, by line."""
    _load_or_fail(file)
    click.echo("The profile is right.")


@institution_commands.command("apply")
@click.argument("slug")
@click.argument("file")
@click.option("--yes", is_flag=True, help="Change without asking.")
@with_appcontext
def apply(slug: str, file: str, *, yes: bool) -> None:
    """Apply a changed profile; what was edited on the pages is left alone."""
    tenant, profile = _tenant_or_fail(slug), _load_or_fail(file)
    parts, now = profile_parts(), runtime().clock.now()
    try:
        comparison = within(
            tenant.id,
            lambda session: compare(session, profile, parts, now=now),
            is_read_only=True,
        )
    except DomainError as error:
        raise click.ClickException(error.message) from None
    _show(comparison)
    if not comparison.has_work:
        click.echo("Nothing to do.")
        return
    if not yes:
        click.confirm("Change this?", abort=True)
    within(
        tenant.id,
        lambda session: apply_profile(session, profile=profile, parts=parts, actor=SYSTEM, now=now),
    )
    click.echo("Done.")


@institution_commands.command("list")
@with_appcontext
def list_all() -> None:
    """List the institutions."""
    for tenant in list_tenants():
        click.echo(f"{tenant.slug:20} {tenant.profile:12} {tenant.name.get('zh_Hant', '')}")


def _show(comparison: Comparison) -> None:
    for difference in comparison.differences:
        steps = (difference.part, difference.code, difference.attribute)
        click.echo(f"{VERDICTS[difference.verdict]:38}{'.'.join(filter(None, steps))}")
    click.echo(f"{'unchanged':38}{comparison.unchanged}")


def _load_or_fail(source: str) -> Profile:
    try:
        return load_profile(source)
    except ProfileError as error:
        for problem in error.problems:
            click.echo(f"{find_profile(source)}: {problem}", err=True)
        count = len(error.problems)
        raise click.ClickException("1 problem." if count == 1 else f"{count} problems.") from None


def _tenant_or_fail(slug: str) -> Tenant:
    tenant = find_tenant(slug)
    if tenant is None:
        raise click.ClickException(f"There is no institution {slug!r}.")
    return tenant
