"""The roster of the demonstration: a week that is published, and one that still has a gap."""

from datetime import date, datetime, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.calendar.local_time import moment_of
from portal.calendar.models import ScheduleRow
from portal.catalog.models import Post, PostStaff
from portal.catalog.services.posts import PostDetails, create_post
from portal.core.actor import SYSTEM, Actor
from portal.demonstration.fitness import sign_statements
from portal.demonstration.people import (
    AWAY,
    DUTY_ROOM,
    SHIFTS,
    invent_colleague,
    invent_phone,
)
from portal.demonstration.scene import Scene
from portal.duty.leave_rules import LeaveKind
from portal.duty.services.leaving import LeaveDetails, write_emergency
from portal.duty.services.patterns import PatternDetails, add_pattern
from portal.duty.services.rostering import make_drafts, publish_week
from portal.duty.services.shifting import monday_of
from portal.identity.models import Role, RoleAssignment, Staff
from portal.identity.services.staffing import Details, new_staff

#: Early, late and night on three days, then a day off: so many take turns.
CREW = 4
FIRST_NUMBER = 1101
#: The code of the schedule that some houses have for such a desk.
DUTY = "duty"


def keep_roster(scene: Scene) -> None:
    """Man the desk that never closes, publish this week, and have somebody fall ill next week."""
    if (schedule := _find_always_open(scene.session)) is not None:
        _open_duty_desk(scene, schedule)
    sign_statements(scene)
    make_drafts(scene.session, within=None, actor=SYSTEM, now=scene.now)
    head = _find_head(scene.session)
    publish_week(
        scene.session, monday=monday_of(scene.today), within=None, actor=head, now=scene.now
    )
    _fall_ill(scene, head)


def _find_always_open(session: Session) -> ScheduleRow | None:
    found = select(ScheduleRow).where(ScheduleRow.is_always_open, ScheduleRow.code == DUTY)
    return session.scalars(found).first()


def _open_duty_desk(scene: Scene, schedule: ScheduleRow) -> None:
    """A desk with a telephone day and night, and the crew that takes turns there."""
    session = scene.session
    first = session.scalars(select(Post).order_by(Post.position, Post.id)).first()
    assert first is not None
    plate, name = DUTY_ROOM
    details = PostDetails(
        unit_id=first.unit_id,
        code="duty",
        name=name,
        plate=plate,
        place=first.place,
        way=first.way,
        schedule_id=schedule.id,
        position=99,
    )
    post = create_post(session, details=details, actor=SYSTEM, now=scene.now)
    crew = _hire(scene, post)
    anchor = monday_of(scene.today) - timedelta(days=7)
    for turn, person in enumerate(crew):
        for shift, (title, start, end) in enumerate(SHIFTS):
            add_pattern(
                session,
                post=post,
                details=PatternDetails(
                    name=title,
                    start_minute=60 * start,
                    end_minute=60 * end,
                    cycle_days=CREW,
                    anchor=anchor,
                    days=[(shift + turn) % CREW],
                    staff_a_id=person.id,
                    staff_b_id=None,
                ),
                actor=SYSTEM,
                now=scene.now,
            )


def _hire(scene: Scene, post: Post) -> list[Staff]:
    """People of their own, who sign in as all the others do."""
    session = scene.session
    random = Random(f"{scene.tenant.slug} duty")  # noqa: S311 invented data
    some = session.scalars(select(Staff).where(Staff.number == "1001")).one()
    role = session.scalars(select(Role).where(Role.code == "clerk")).one()
    crew = []
    for number in range(FIRST_NUMBER, FIRST_NUMBER + CREW):
        details = Details(
            number=str(number),
            name=invent_colleague(random),
            unit_id=post.unit_id,
            phone=invent_phone(random),
        )
        person = new_staff(details, password_hash=some.password_hash, now=some.joined_at)
        person.must_change_password = False
        session.add(person)
        session.flush()
        session.add(RoleAssignment(staff_id=person.id, role_id=role.id))
        session.add(PostStaff(post_id=post.id, staff_id=person.id, position="A"))
        crew.append(person)
    session.flush()
    return crew


def _find_head(session: Session) -> Actor:
    head = session.scalars(select(Staff).where(Staff.number == "2001")).one()
    return Actor("staff", head.id)


def _fall_ill(scene: Scene, head: Actor) -> None:
    """Somebody whose B is needed elsewhere is away one day of next week, and leaves a gap."""
    person = scene.session.scalars(select(Staff).where(Staff.number == "1003")).one()
    day = monday_of(scene.today) + timedelta(days=9)
    details = LeaveDetails(
        staff_id=person.id,
        start=_at(scene, day, 0),
        end=_at(scene, day, 24),
        kind=LeaveKind.SICK,
        reason=AWAY,
        cover_id=None,
    )
    # Whoever is booked there then is moved with it, however many they are.
    everybody = len(scene.slots)
    write_emergency(scene.session, details=details, seen=everybody, actor=head, now=scene.now)


def _at(scene: Scene, day: date, hour: int) -> datetime:
    return moment_of(day, 60 * hour, scene.tenant.zone)
