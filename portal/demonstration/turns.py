"""Who kept the posts on the days before: each clerk from the opening to the closing of a day."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from portal.calendar.local_time import moment_of
from portal.catalog.models import Post
from portal.catalog.queries import list_posts
from portal.core.actor import Actor
from portal.demonstration.scene import Scene
from portal.duty.models import Presence
from portal.duty.queries import is_always_open, read_openings
from portal.duty.services.presence import sign_in, sign_out

#: How many days before today turns reach back.
BACK = timedelta(days=4)


@dataclass
class Turns:
    """What happens at the posts, in the order of time, as far as it was played."""

    scene: Scene
    #: When, and whether somebody comes or goes, at which post.
    ahead: deque[tuple[datetime, bool, Post]]
    _here: dict[int, Presence] = field(default_factory=dict)

    def play(self, until: datetime) -> None:
        """Have everybody come and go who does so by then."""
        while self.ahead and self.ahead[0][0] <= until:
            at, comes, post = self.ahead.popleft()
            clerk: Actor = self.scene.clerks[post.id]
            session = self.scene.session
            if comes:
                self._here[post.id] = sign_in(session, post=post, actor=clerk, now=at)
            else:
                sign_out(session, presence=self._here.pop(post.id), actor=clerk, now=at)


def played_since(scene: Scene) -> datetime:
    """The midnight from which on those before today come and go as they do later."""
    return moment_of(scene.today - BACK, 0, scene.tenant.zone)


def plan_turns(scene: Scene) -> Turns:
    """The days before today, of the posts that close at night; nobody goes home at noon."""
    session, zone = scene.session, scene.tenant.zone
    openings = read_openings(session)
    moments = []
    for post in list_posts(session):
        if is_always_open(openings, post) or post.id not in scene.clerks:
            continue
        days: dict[object, tuple[datetime, datetime]] = {}
        for start, end in openings.between(post.schedule_id, played_since(scene), scene.now):
            day = start.astimezone(zone).date()
            if day < scene.today:
                days[day] = (days.get(day, (start, end))[0], end)
        for start, end in days.values():
            moments += [(start, True, post), (end, False, post)]
    return Turns(scene, deque(sorted(moments, key=lambda one: (one[0], one[1], one[2].id))))
