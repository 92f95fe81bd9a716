"""Whether somebody who comes to a post has signed and is qualified for what it asks."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.catalog.models import Post
from portal.duty.fitness_queries import read_fitness
from portal.duty.fitness_rules import refuse
from portal.duty.roster_queries import list_weeks
from portal.tenancy.queries import get_tenant


def check_fit(
    session: Session, post: Post, staff_id: int, *, now: datetime, is_rostered: bool = False
) -> None:
    """Raises Unsigned and Unqualified (W-GC-1, W-AB-2).

    ``is_rostered``: whoever comes by the roster does so under an older statement, too, where this
    week was published under it.
    """
    tenant = get_tenant(session)
    fitness = read_fitness(session, tenant)
    is_published = False
    if is_rostered:
        day = now.astimezone(tenant.zone).date()
        weeks = list_weeks(session, [day - timedelta(days=day.weekday())])
        is_published = any(week.unit_id == post.unit_id for week in weeks)
    refuse(fitness.find_lack(staff_id, post.id, now, is_published=is_published))
