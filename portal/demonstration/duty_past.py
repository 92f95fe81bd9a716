"""How the posts of the demonstration were kept in the weeks before it begins."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select

from portal.calendar.local_time import moment_of
from portal.catalog.models import Post, PostStaff
from portal.catalog.queries import list_posts
from portal.demonstration.attendance import last_monday, list_first
from portal.demonstration.scene import Scene
from portal.demonstration.turns import played_since
from portal.duty.coverage import Stretch
from portal.duty.models import Absence, Presence
from portal.duty.queries import is_always_open, read_openings
from portal.duty.roster_models import Shift
from portal.duty.rules import MINUTE, AwayReason

#: As far back as the posts are.
WEEKS = timedelta(days=56)
SHIFT = timedelta(hours=8)


def keep_posts(scene: Scene) -> None:
    """A was there, a few minutes late now and then; B stood in when A stepped away.

    Written as it stood afterwards: of what is over nobody is told any more. What is shown shift by
    shift is left to that.
    """
    openings = read_openings(scene.session)
    by_shifts = {post.id for post, _staff_id in list_first(scene)}
    last_week = moment_of(last_monday(scene), 0, scene.tenant.zone)
    until = played_since(scene)
    for post in list_posts(scene.session):
        hours = openings.between(post.schedule_id, scene.now - WEEKS, scene.now)
        people = _list_people(scene, post)
        if is_always_open(openings, post):
            _keep_day_and_night(scene, post, people, hours)
        elif people:
            for start, end in hours:
                if end < (last_week if post.id in by_shifts else until):
                    _keep_window(scene, post, people, start, end)
    scene.session.flush()


def _list_people(scene: Scene, post: Post) -> list[int]:
    """A, then B."""
    found = select(PostStaff.staff_id).where(PostStaff.post_id == post.id)
    return list(scene.session.scalars(found.order_by(PostStaff.position, PostStaff.staff_id)))


def _keep_day_and_night(scene: Scene, post: Post, people: list[int], hours: list[Stretch]) -> None:
    """One shift after the other until now: since there is a roster, whoever has it by that."""
    found = select(Shift).where(
        Shift.post_id == post.id, Shift.state == "published", Shift.starts_at < scene.now
    )
    shifts = list(scene.session.scalars(found.order_by(Shift.starts_at)))
    until = shifts[0].starts_at if shifts else scene.now
    before = [(start, min(end, until)) for start, end in hours if start < until]
    for number, (start, end) in enumerate(_cut(before)):
        _add(scene, post, people[number % len(people)], start, end)
    for shift in shifts:
        _add(scene, post, shift.staff_id, shift.starts_at, min(shift.ends_at, scene.now))


def _cut(hours: list[Stretch]) -> Iterator[Stretch]:
    for start, end in hours:
        at = start
        while at < end:
            yield at, min(at + SHIFT, end)
            at += SHIFT


def _keep_window(
    scene: Scene, post: Post, people: list[int], start: datetime, end: datetime
) -> None:
    late = scene.random.randrange(1, 5) if scene.happens(15) else 0
    own = _add(scene, post, people[0], start + late * MINUTE, end)
    if len(people) < 2 or not scene.happens(20):
        return
    left_at = start + scene.random.randrange(30, 90) * MINUTE
    minutes = scene.random.randrange(10, 25)
    back_at = left_at + (minutes + scene.random.choice((-4, -1, 0, 6))) * MINUTE
    scene.session.flush()
    scene.session.add(
        Absence(
            presence_id=own.id,
            reason=AwayReason.ERRAND,
            left_at=left_at,
            expected_at=left_at + minutes * MINUTE,
            back_at=back_at,
        )
    )
    came_at = left_at + scene.random.randrange(1, 4) * MINUTE
    _add(scene, post, people[1], came_at, back_at).is_cover = True


def _add(scene: Scene, post: Post, staff_id: int, start: datetime, end: datetime) -> Presence:
    row = Presence(
        post_id=post.id,
        staff_id=staff_id,
        signed_in_at=start,
        left_at=end,
        signed_out_at=end,
    )
    scene.session.add(row)
    return row
