"""Founding institutions from profiles, with their first administrator: ``portal institution``."""

from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.actor import SYSTEM
from portal.core.errors import DomainError
from portal.core.runtime import runtime
from portal.core.session import db, institution_scope
from portal.core.unit import run_unit
from portal.identity.models import Role, RoleAssignment, Unit
from portal.identity.passwords import Issued, issue_password
from portal.identity.services.staffing import Details, add_staff
from portal.tenancy.applying import Difference, apply_profile, compare
from portal.tenancy.creating import register_institution, seed_institution
from portal.tenancy.profile import Profile, ProfileError, find_profile, read_profile
from portal.tenancy.queries import Tenant, find_tenant, list_tenants
from portal.web.feature import Feature, ProfilePart
from portal.web.requests import RESERVED, SLUG

T = TypeVar("T")
ADMINISTRATOR = "ADMIN"


def profile_parts() -> tuple[ProfilePart, ...]:
    """Every feature's part of a profile, in the order in which they need each other."""
    features: tuple[Feature, ...] = current_app.extensions["features"]
    return tuple(part for feature in features for part in feature.profile)


def load_profile(name: str) -> Profile:
    """A profile by name or path; raises ProfileError."""
    return read_profile(find_profile(name), {part.key: part.model for part in profile_parts()})


def within(institution_id: int, work: Callable[[Session], T]) -> T:
    """Run a unit of work in an institution's scope, in a session of its own."""
    session = db.session.session_factory()
    with closing(session), institution_scope(session, institution_id):
        return run_unit(session, lambda: work(session))


def found_institution(profile: Profile, *, slug: str, now: datetime) -> tuple[int, Issued]:
    """Create an institution with everything its profile says and its first administrator.

    Returns its id and the administrator's first password. Raises DomainError.
    """
    if SLUG.match(f"/{slug}/") is None or slug in RESERVED:
        raise DomainError("The address must be small letters, figures and hyphens.")
    issued = issue_password()
    with closing(db.session.session_factory()) as session:
        institution_id = run_unit(
            session, lambda: register_institution(session, profile=profile, slug=slug, now=now)
        )

    def seed(session: Session) -> None:
        seed_institution(session, profile=profile, parts=profile_parts(), actor=SYSTEM, now=now)
        _add_administrator(session, issued, now)

    within(institution_id, seed)
    return institution_id, issued


def _add_administrator(session: Session, issued: Issued, now: datetime) -> None:
    """Somebody with every permission of every role, until roles are dealt out."""
    unit = session.scalars(select(Unit).order_by(Unit.position)).first()
    role = session.scalar(select(Role).where(Role.code == "administrator"))
    if unit is None or role is None:
        raise DomainError("A profile needs a unit and a role with the code administrator.")
    details = Details(
        number=ADMINISTRATOR, name="Administrator", unit_id=unit.id, phone="", email=""
    )
    staff = add_staff(session, details=details, password_hash=issued.hash, actor=SYSTEM, now=now)
    session.add(RoleAssignment(staff_id=staff.id, role_id=role.id))
    session.flush()


@click.group("institution")
def institution_commands() -> None:
    """Institutions: create, check a profile, apply a changed one, list."""


@institution_commands.command("create")
@click.option("--profile", "name", required=True, help="property, outpatient, township or a file.")
@click.option("--slug", required=True, help="First part of all its addresses.")
@with_appcontext
def create(name: str, slug: str) -> None:
    """Create an institution from a profile and print its administrator's first password."""
    profile = _load_or_fail(name)
    try:
        _id, issued = found_institution(profile, slug=slug, now=runtime().clock.now())
    except DomainError as error:
        raise click.ClickException(error.message) from None
    click.echo(f"Created. Address: {runtime().config.base_url}/{slug}/")
    click.echo(f"Administrator: number {ADMINISTRATOR}, first password {issued.plain}")


@institution_commands.command("check")
@click.argument("name")
@with_appcontext
def check(name: str) -> None:
    """Say everything that is wrong with a profile file, by line."""
    _load_or_fail(name)
    click.echo("The profile is right.")


@institution_commands.command("apply")
@click.argument("slug")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Change without asking.")
@with_appcontext
def apply(slug: str, name: str, *, yes: bool) -> None:
    """Apply a changed profile; what was edited on the pages is left alone."""
    tenant = _tenant_or_fail(slug)
    profile = _load_or_fail(name)
    parts = profile_parts()
    differences = within(tenant.id, lambda session: compare(session, profile, parts))
    _show(differences)
    if not any(d.verdict in ("change", "new") for d in differences):
        click.echo("Nothing to do.")
        return
    if not yes:
        click.confirm("Change this?", abort=True)
    now = runtime().clock.now()
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


VERDICTS = {
    "change": "will change",
    "kept": "kept, edited here",
    "new": "new",
    "gone": "left alone, not in the profile",
}


def _show(differences: list[Difference]) -> None:
    for difference in differences:
        place = ".".join(filter(None, (difference.part, difference.code, difference.attribute)))
        click.echo(f"{VERDICTS[difference.verdict]:32} {place}")


def _load_or_fail(name: str) -> Profile:
    path: Path = find_profile(name)
    try:
        return load_profile(name)
    except ProfileError as error:
        for problem in error.problems:
            click.echo(f"{path}: {problem}", err=True)
        raise click.ClickException(f"{len(error.problems)} problems.") from None


def _tenant_or_fail(slug: str) -> Tenant:
    tenant = find_tenant(slug)
    if tenant is None:
        raise click.ClickException(f"There is no institution {slug!r}.")
    return tenant
