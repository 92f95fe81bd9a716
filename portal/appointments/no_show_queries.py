"""Reads of missed appointments: how somebody stands, one's own, and the objections to decide."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.appointments.no_show_models import NoShow
from portal.appointments.no_show_rules import Standing, judge, reach_back
from portal.appointments.queries import list_bookings
from portal.core.errors import NotFound
from portal.core.listing import Listing, fetch_page
from portal.core.runtime import runtime
from portal.tenancy.queries import Tenant
from portal.tenancy.settings import BookingRules

#: Missed appointments that one person's page shows.
SHOWN = 50


_SINCE = bindparam("since", type_=NoShow.starts_at.type)
_MISSED = select(NoShow.starts_at).where(
    NoShow.undone_at.is_(None),
    # One branch for each, so that each is found by its own index.
    or_(
        and_(NoShow.contact_id == bindparam("contact"), NoShow.starts_at > _SINCE),
        and_(NoShow.person_key == bindparam("person"), NoShow.starts_at > _SINCE),
    ),
)


def missed_address(tenant: Tenant) -> str:
    """The full address of the page of one's own missed appointments, for messages."""
    return f"{runtime().config.base_url}/{tenant.slug}/me/missed/"


def find_standing(
    session: Session,
    *,
    contact_id: int | None,
    person_key: str | None = None,
    rules: BookingRules,
    now: datetime,
) -> Standing:
    """How a contact, or the person that is to come, stands at this moment."""
    if contact_id is None and person_key is None:
        return Standing(0, None)
    asked = {"contact": contact_id, "person": person_key, "since": reach_back(rules, now)}
    return judge(session.scalars(_MISSED, asked), rules, now)


def list_own_no_shows(session: Session, contact_id: int) -> list[tuple[NoShow, Booking]]:
    """What a contact missed, the latest first, taken back or not."""
    found = session.scalars(
        select(NoShow)
        .where(NoShow.contact_id == contact_id)
        .order_by(NoShow.starts_at.desc(), NoShow.id.desc())
        .limit(SHOWN)
    ).all()
    bookings = list_bookings(session, [no_show.booking_id for no_show in found])
    return [(no_show, bookings[no_show.booking_id]) for no_show in found]


def get_own_no_show(session: Session, no_show_id: int, *, contact_id: int) -> NoShow:
    """A missed appointment of a contact; raises NotFound for anybody else's."""
    no_show = get_no_show(session, no_show_id)
    if no_show.contact_id != contact_id:
        raise NotFound
    return no_show


def get_no_show(session: Session, no_show_id: int) -> NoShow:
    """A missed appointment by id; raises NotFound."""
    no_show = session.get(NoShow, no_show_id)
    if no_show is None:
        raise NotFound
    return no_show


def find_no_show_of(session: Session, booking_id: int) -> NoShow | None:
    """The no-show that stands for a booking, if one does."""
    standing = select(NoShow).where(NoShow.booking_id == booking_id, NoShow.undone_at.is_(None))
    return session.scalar(standing)


def list_objections(session: Session, post_ids: Sequence[int], page: int) -> Listing[NoShow]:
    """The objections at some posts that nobody has answered, the oldest first."""
    open_ones = (
        select(NoShow)
        .where(
            NoShow.objected_at.is_not(None),
            NoShow.decided_at.is_(None),
            NoShow.undone_at.is_(None),
            NoShow.post_id.in_(post_ids),
        )
        .order_by(NoShow.objected_at, NoShow.id)
    )
    return fetch_page(session, open_ones, page)
