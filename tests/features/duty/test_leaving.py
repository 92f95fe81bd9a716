"""Nobody stays at a post who has left the institution, or that has closed."""

from sqlalchemy.orm import Session

from portal.catalog.models import Post
from portal.catalog.services.posts import set_post_active
from portal.duty.models import Presence
from portal.duty.rules import Standing
from portal.identity.staff_events import StaffLeft, staff_left
from tests.support.duty import Hall, staff


def test_whoever_has_left_is_at_no_post_and_the_post_is_watched(hall: Hall) -> None:
    here = hall.sign_in(hall.a)
    hall.step_away(here)
    cover = hall.cover(hall.b)

    def leave(session: Session) -> None:
        staff_left.send(StaffLeft(session, hall.a, staff(hall.head), hall.world.now))

    hall.world.do(leave)
    assert hall.read(Presence, here).signed_out_at == hall.world.now
    assert hall.read(Presence, cover).signed_out_at == hall.world.now
    assert hall.standing() is Standing.EMPTY
    assert hall.watched() != {}


def test_closing_a_post_signs_everybody_out_there(hall: Hall) -> None:
    hall.sweep()
    here = hall.sign_in(hall.a)
    hall.step_away(here)
    cover = hall.cover(hall.b)

    def close(session: Session) -> None:
        post = session.get_one(Post, hall.window)
        set_post_active(
            session, post=post, is_active=False, actor=staff(hall.head), now=hall.world.now
        )

    hall.world.do(close)
    for presence_id in (here, cover):
        assert hall.read(Presence, presence_id).signed_out_at == hall.world.now
    assert hall.watched() == {}
