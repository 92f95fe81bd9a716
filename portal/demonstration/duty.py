"""Who is at the windows when the demonstration begins: every A has signed in."""

from portal.catalog.queries import list_posts
from portal.demonstration.scene import Scene
from portal.duty.queries import list_seats, read_openings
from portal.duty.services.presence import sign_in


def man_windows(scene: Scene) -> None:
    """Since the opening where it is open, so that no window begins its day with an alarm."""
    session, now = scene.session, scene.now
    seats = list_seats(session, list_posts(session), openings=read_openings(session), now=now)
    for seat in seats:
        since = seat.opening.starts_at if seat.opening else None
        sign_in(session, post=seat.post, actor=scene.clerks[seat.post.id], now=since or now)
