"""Making the demonstration with the same verbs that people use."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from random import Random

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.services.publishing import publish_slots
from portal.catalog.models import Post, PostStaff
from portal.core.actor import SYSTEM
from portal.core.runtime import runtime
from portal.core.session import db
from portal.core.unit import run_unit
from portal.demonstration.bookings import fill_calendar
from portal.demonstration.logins import LOGINS, PASSWORD, SECRET, SLUGS
from portal.demonstration.people import invent_name
from portal.founding import load_profile, profile_parts, within
from portal.identity.models import Role, RoleAssignment, Staff, Unit
from portal.identity.passwords import hash_password
from portal.identity.services.staffing import Details, new_staff
from portal.tenancy.creating import register_institution, seed_institution
from portal.tenancy.queries import list_tenants

#: How far back the invented past reaches.
PAST = timedelta(days=10)


def make_demonstration(say: Callable[[str], object]) -> None:
    """Found the three institutions and fill them with life; those that stand stay as they are."""
    standing = {tenant.slug for tenant in list_tenants()}
    missing = {profile: slug for profile, slug in SLUGS.items() if slug not in standing}
    if not missing:
        return
    password_hash = hash_password(PASSWORD)
    for profile, slug in missing.items():
        say(f"Making the demonstration of {slug} …")
        _make_one(profile, slug, password_hash)
    with current_app.app_context():
        db.session.remove()


def _make_one(name: str, slug: str, password_hash: str) -> None:
    now = runtime().clock.now()
    past = now - PAST
    profile, parts, random = load_profile(name), profile_parts(), Random(slug)  # noqa: S311 invented data
    session = db.session()
    institution_id = run_unit(
        session, lambda: register_institution(session, profile=profile, slug=slug, now=past)
    )
    within(
        institution_id,
        lambda s: seed_institution(s, profile=profile, parts=parts, actor=SYSTEM, now=past),
    )
    within(institution_id, lambda s: _add_people(s, random, password_hash, past))
    for moment in (past, now):
        for _ in range(5):
            within(institution_id, partial(publish_slots, now=moment))
    within(institution_id, lambda s: fill_calendar(s, random=random, now=now))


def _add_people(session: Session, random: Random, password_hash: str, now: datetime) -> None:
    """The staff with their roles, and who serves at which window."""
    units = list(session.scalars(select(Unit).order_by(Unit.position)))
    roles = {role.code: role for role in session.scalars(select(Role))}
    clerks: list[Staff] = []
    for login in LOGINS:
        details = Details(
            number=login.number,
            name=invent_name(random),
            unit_id=units[0].id,
            phone="",
            email="",
        )
        person = new_staff(details, password_hash=password_hash, now=now)
        person.must_change_password = False
        role = roles[login.role]
        person.totp_secret = SECRET if role.needs_second_factor else None
        session.add(person)
        session.flush()
        session.add(RoleAssignment(staff_id=person.id, role_id=role.id))
        if login.role == "clerk":
            clerks.append(person)
    for number, post in enumerate(session.scalars(select(Post).order_by(Post.position))):
        first, second = clerks[number % len(clerks)], clerks[(number + 1) % len(clerks)]
        session.add(PostStaff(post_id=post.id, staff_id=first.id, position="A"))
        session.add(PostStaff(post_id=post.id, staff_id=second.id, position="B"))
    session.flush()
