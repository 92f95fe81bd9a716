"""Taking a shift out together with what that does to those who are booked then."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.duty.roster_models import Shift
from portal.duty.services.impacts import carry_out, find_uncovered
from portal.duty.services.shifting import drop_shift, lock_posts


def drop_knowingly(
    session: Session, *, shift: Shift, version: int, seen: int, actor: Actor, now: datetime
) -> None:
    """Take a shift out; where nobody is left, those who are booked are moved or told with it.

    ``seen``: how many of them whoever decides was shown. Raises HitsPeople for more, Stale,
    WeekOver and DroppedAlready.
    """
    lock_posts(session, post_ids=[shift.post_id])
    uncovered = find_uncovered(session, shift, now)
    drop_shift(session, shift=shift, version=version, actor=actor, now=now)
    carry_out(session, uncovered, seen=seen, actor=actor, now=now)
