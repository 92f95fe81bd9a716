"""Last week's attendance of the demonstration: late, early, absent, forgotten, and one contest."""

from datetime import date, datetime, timedelta

from portal.catalog.models import Post
from portal.catalog.queries import list_posts
from portal.core.actor import Actor
from portal.demonstration.people import LATE
from portal.demonstration.scene import Scene
from portal.demonstration.turns import played_since
from portal.duty.models import Presence
from portal.duty.queries import read_openings
from portal.duty.roster_models import Shift
from portal.duty.services.attendance import contest
from portal.duty.services.shifting import monday_of

WEEK, MINUTE = timedelta(days=7), timedelta(minutes=1)
#: Whose weeks are shown, by the order of their windows: on which weekday what went otherwise,
#: as minutes after the beginning and before the end; none: nobody came.
WEEKS: tuple[dict[int, tuple[int, int] | None], ...] = (
    {1: (25, 0)},
    {0: (0, 40), 2: (18, 0)},
    {2: None},
)
#: On this weekday the last of them did not sign out.
FORGOTTEN = 0
#: The first of them contests this day.
CONTESTED = 1


def keep_attendance(scene: Scene) -> None:
    """The shifts of last week at the first windows, and who was there."""
    monday = last_monday(scene)
    for number, (post, staff_id) in enumerate(list_first(scene)):
        for day in range(5):
            hours = read_openings(scene.session).on(post.schedule_id, monday + timedelta(days=day))
            if hours:
                shift = _add_shift(scene, post, staff_id, hours[0][0], hours[-1][1])
                if shift.starts_at < played_since(scene):
                    _be_there(scene, shift, number, day)
                if (number, day) == (0, CONTESTED):
                    _contest(scene, shift)


def last_monday(scene: Scene) -> date:
    """The first day of the week that is shown shift by shift."""
    return monday_of(scene.today) - WEEK


def list_first(scene: Scene) -> list[tuple[Post, int]]:
    """The first windows with different people, and who keeps them."""
    found: dict[int, Post] = {}
    for post in list_posts(scene.session):
        clerk = scene.clerks.get(post.id)
        if clerk is not None and clerk.id is not None:
            found.setdefault(clerk.id, post)
    return [(post, staff_id) for staff_id, post in found.items()][: len(WEEKS)]


def _add_shift(scene: Scene, post: Post, staff_id: int, start: datetime, end: datetime) -> Shift:
    shift = Shift(
        post_id=post.id,
        staff_id=staff_id,
        part="A",
        starts_at=start,
        ends_at=end,
        state="published",
    )
    scene.session.add(shift)
    scene.session.flush()
    return shift


def _be_there(scene: Scene, shift: Shift, number: int, day: int) -> None:
    otherwise = WEEKS[number].get(day, (-scene.random.randrange(2, 9), 0))
    if otherwise is None:
        return
    late, early = otherwise
    out = shift.ends_at - early * MINUTE
    is_forgotten = number == len(WEEKS) - 1 and day == FORGOTTEN
    if is_forgotten:
        out += 15 * MINUTE
    scene.session.add(
        Presence(
            post_id=shift.post_id,
            staff_id=shift.staff_id,
            signed_in_at=shift.starts_at + late * MINUTE,
            left_at=out,
            signed_out_at=out,
            due_out_at=shift.ends_at if is_forgotten else None,
        )
    )
    scene.session.flush()


def _contest(scene: Scene, shift: Shift) -> None:
    """The next morning, when the proof was at hand."""
    at = min(shift.ends_at + timedelta(hours=14), scene.now)
    actor = Actor("staff", shift.staff_id)
    contest(scene.session, shift=shift, words=LATE, actor=actor, now=at)
