"""Making the demonstration with the same verbs that people use."""

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from itertools import cycle
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.services.publishing import publish_slots
from portal.catalog.models import Post, PostStaff
from portal.core.runtime import runtime
from portal.core.session import db
from portal.core.unit import run_unit
from portal.demonstration.attendance import keep_attendance
from portal.demonstration.bookings import fill_calendar
from portal.demonstration.broken import break_promises
from portal.demonstration.clock import advance, check_database
from portal.demonstration.closures import close_an_afternoon
from portal.demonstration.duty import man_windows
from portal.demonstration.duty_past import keep_posts
from portal.demonstration.handovers import hand_a_window_over
from portal.demonstration.heads import name_heads
from portal.demonstration.logins import LOGINS, PASSWORD, SECRET, SLUGS, Login
from portal.demonstration.matters import bring_matters
from portal.demonstration.people import invent_colleague, invent_phone
from portal.demonstration.rosters import keep_roster
from portal.demonstration.scene import set_scene
from portal.demonstration.troubles import add_troubles
from portal.demonstration.waiting import fill_waiting_list
from portal.demonstration.walk_ins import take_in
from portal.founding.making import found_institution, load_profile
from portal.identity.models import Role, RoleAssignment, Staff
from portal.identity.passwords import hash_password
from portal.identity.queries.staff import list_units
from portal.identity.services.staffing import Details, new_staff
from portal.tenancy.queries import list_tenants

#: How far back the invented past reaches, and how far one publishing reaches ahead.
PAST = timedelta(days=56)
REACH = timedelta(days=15)
#: Runs of the publishing sweep after which all that is released stands.
RUNS = 4


def make_demonstration(say: Callable[[str], object]) -> None:
    """Found the three institutions and fill them with life; those that stand stay as they are.

    The database is marked first, so that production never takes it for its own. Raises
    ConfigError for one that is somebody else's.
    """
    check_database(runtime().config)
    with closing(db.session()) as session:
        run_unit(session, lambda: advance(session, timedelta()))
    standing = {tenant.slug for tenant in list_tenants()}
    missing = {profile: slug for profile, slug in SLUGS.items() if slug not in standing}
    if not missing:
        return
    password_hash = hash_password(PASSWORD)
    for profile, slug in missing.items():
        say(f"Making the demonstration of {slug} …")
        _make_one(profile, slug, password_hash)
    db.session.remove()


def _make_one(name: str, slug: str, password_hash: str) -> None:
    """One institution with its past, all of it or nothing."""
    now = runtime().clock.now()
    past = now - PAST

    def furnish(session: Session) -> None:
        random = Random(slug)  # noqa: S311 invented data
        _add_people(session, random, password_hash, past)
        for moment in (*(past + step * REACH for step in range(PAST // REACH + 1)), now):
            for _run in range(RUNS):
                publish_slots(session, moment)
        fill_calendar(session, random=random, now=now)
        take_in(session, random=random, now=now)
        break_promises(session, random=random, now=now)
        fill_waiting_list(session, random=random, now=now)
        add_troubles(set_scene(session, random=random, now=now))
        close_an_afternoon(set_scene(session, random=random, now=now))
        bring_matters(set_scene(session, random=random, now=now))
        keep_roster(set_scene(session, random=random, now=now))
        keep_posts(set_scene(session, random=random, now=now))
        keep_attendance(set_scene(session, random=random, now=now))
        man_windows(set_scene(session, random=random, now=now))
        hand_a_window_over(set_scene(session, random=random, now=now))

    found_institution(load_profile(name), slug=slug, now=past, furnish=furnish)


def _add_people(session: Session, random: Random, password_hash: str, now: datetime) -> None:
    """The staff with their roles, who heads which unit, and who serves at which window."""
    posts = list(session.scalars(select(Post).order_by(Post.position)))
    roles = {role.code: role for role in session.scalars(select(Role))}
    units = [post.unit_id for post in posts] + [unit.id for unit in list_units(session)]
    people: dict[str, Staff] = {}
    for login, unit_id in zip(LOGINS, cycle(units), strict=False):
        person = _add_person(session, login, unit_id, random, password_hash, now)
        role = roles[login.role]
        person.totp_secret = SECRET if role.needs_second_factor else None
        session.add(
            RoleAssignment(
                staff_id=person.id, role_id=role.id, unit_id=unit_id if login.is_bound else None
            )
        )
        people[login.number] = person
    clerks = [people[login.number] for login in LOGINS if login.role == "clerk"]
    _man_posts(session, posts, clerks)
    session.flush()
    name_heads(session, people, now)


def _add_person(
    session: Session,
    login: Login,
    unit_id: int,
    random: Random,
    password_hash: str,
    now: datetime,
) -> Staff:
    details = Details(
        number=login.number,
        name=invent_colleague(random),
        unit_id=unit_id,
        phone=invent_phone(random),
    )
    person = new_staff(details, password_hash=password_hash, now=now)
    person.must_change_password = False
    session.add(person)
    session.flush()
    return person


def _man_posts(session: Session, posts: Sequence[Post], clerks: Sequence[Staff]) -> None:
    """Each post has an A and a B (AB崗)."""
    for number, post in enumerate(posts):
        first = clerks[number % len(clerks)]
        second = clerks[(number + 1) % len(clerks)]
        session.add(PostStaff(post_id=post.id, staff_id=first.id, position="A"))
        session.add(PostStaff(post_id=post.id, staff_id=second.id, position="B"))
