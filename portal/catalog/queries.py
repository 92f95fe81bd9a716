"""Reads of the catalog: services with their notices, posts, who serves where."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from portal.catalog.models import (
    Fee,
    Offering,
    Post,
    PostStaff,
    RefusalGround,
    Service,
    ServiceDocument,
    ServiceStep,
)
from portal.core.errors import NotFound
from portal.core.listing import Listing, fetch_page
from portal.core.localized import Localized
from portal.identity.models import Staff


@dataclass(frozen=True)
class Notice:
    """The one-time notice of a service (一次性告知單): everything a person must know at once."""

    service: Service
    documents: Sequence[ServiceDocument]
    steps: Sequence[ServiceStep]
    grounds: Sequence[RefusalGround]
    #: The fee in force on the day asked for, and the next one if a change is fixed already.
    fee: Fee | None
    next_fee: Fee | None


@dataclass(frozen=True)
class Offered:
    """How a service is offered at one post."""

    post_id: int
    schedule_id: int | None
    slot_minutes: int
    capacity: int


@dataclass(frozen=True)
class Served:
    """Someone who serves at a post."""

    post_id: int
    staff_id: int
    name: str
    position: str


def get_service(session: Session, service_id: int) -> Service:
    """A service by id; raises NotFound."""
    service = session.get(Service, service_id)
    if service is None:
        raise NotFound
    return service


def get_active_service(session: Session, code: str) -> Service:
    """A service on offer by its code; raises NotFound."""
    service = session.scalar(select(Service).where(Service.code == code, Service.is_active))
    if service is None:
        raise NotFound
    return service


def list_services(session: Session) -> list[Service]:
    """Services on offer in the institution's order."""
    return list(
        session.scalars(
            select(Service).where(Service.is_active).order_by(Service.position, Service.id)
        )
    )


def list_services_page(
    session: Session,
    *,
    page: int,
    with_inactive: bool = False,
    within: Collection[int] | None = None,
) -> Listing[Service]:
    """A page of the services in the institution's order; ``within`` limits to units."""
    found = select(Service).order_by(Service.position, Service.id)
    if not with_inactive:
        found = found.where(Service.is_active)
    if within is not None:
        found = found.where(Service.unit_id.in_(sorted(within)))
    return fetch_page(session, found, page)


def notice_of(session: Session, service: Service, *, on: date) -> Notice:
    """The one-time notice of a service as it holds on a day; four statements."""
    fees = list(
        session.scalars(select(Fee).where(Fee.service_id == service.id).order_by(Fee.valid_from))
    )
    in_force = [fee for fee in fees if fee.valid_from <= on]
    coming = [fee for fee in fees if fee.valid_from > on]
    return Notice(
        service=service,
        documents=list_documents(session, service.id),
        steps=list(
            session.scalars(
                select(ServiceStep)
                .where(ServiceStep.service_id == service.id)
                .order_by(ServiceStep.position, ServiceStep.id)
            )
        ),
        grounds=list(
            session.scalars(
                select(RefusalGround)
                .where(RefusalGround.service_id == service.id)
                .order_by(RefusalGround.position, RefusalGround.id)
            )
        ),
        fee=in_force[-1] if in_force else None,
        next_fee=coming[0] if coming else None,
    )


_DOCUMENTS = (
    select(ServiceDocument)
    .where(ServiceDocument.service_id == bindparam("service"))
    .order_by(ServiceDocument.position, ServiceDocument.id)
)


def list_documents(session: Session, service_id: int) -> list[ServiceDocument]:
    """The papers of a service in order."""
    return list(session.scalars(_DOCUMENTS, {"service": service_id}))


def get_post(session: Session, post_id: int) -> Post:
    """A post by id; raises NotFound."""
    post = session.get(Post, post_id)
    if post is None:
        raise NotFound
    return post


def list_posts(session: Session) -> list[Post]:
    """Open posts in the institution's order."""
    return list(
        session.scalars(select(Post).where(Post.is_active).order_by(Post.position, Post.id))
    )


def list_posts_page(
    session: Session, *, page: int, within: Collection[int] | None = None
) -> Listing[Post]:
    """A page of all posts, closed ones too, in their order; ``within`` limits to units."""
    found = select(Post).order_by(Post.position, Post.id)
    if within is not None:
        found = found.where(Post.unit_id.in_(sorted(within)))
    return fetch_page(session, found, page)


def list_posts_within(session: Session, within: Collection[int] | None) -> list[Post]:
    """All posts, closed ones too, in their order; ``within`` limits to units."""
    found = select(Post).order_by(Post.position, Post.id)
    if within is not None:
        found = found.where(Post.unit_id.in_(sorted(within)))
    return list(session.scalars(found))


def list_posts_of_unit(session: Session, unit_id: int) -> list[Post]:
    """The open posts of a unit in their order."""
    found = select(Post).where(Post.unit_id == unit_id, Post.is_active)
    return list(session.scalars(found.order_by(Post.position, Post.id)))


def list_posts_by_id(session: Session, post_ids: Collection[int]) -> dict[int, Post]:
    """Some posts by their ids; one statement."""
    found = select(Post).where(Post.id.in_(sorted(post_ids)))
    return {post.id: post for post in session.scalars(found)}


def list_posts_of_service(session: Session, service_id: int) -> list[Post]:
    """The posts where a service is offered, in order."""
    return list(
        session.scalars(
            select(Post)
            .join(
                Offering,
                and_(Offering.post_id == Post.id, Offering.service_id == service_id),
            )
            .where(Post.is_active, Offering.is_active)
            .order_by(Post.position, Post.id)
        )
    )


def list_services_of_post(session: Session, post_id: int) -> list[Service]:
    """The services offered at a post, in order."""
    return list(
        session.scalars(
            select(Service)
            .join(
                Offering,
                and_(Offering.service_id == Service.id, Offering.post_id == post_id),
            )
            .where(Service.is_active, Offering.is_active)
            .order_by(Service.position, Service.id)
        )
    )


def list_offered(session: Session) -> dict[int, list[Offered]]:
    """How each active service is offered, by service id; one statement."""
    offered: dict[int, list[Offered]] = defaultdict(list)
    for service_id, post_id, schedule_id, minutes, capacity in session.execute(
        select(
            Offering.service_id,
            Offering.post_id,
            Post.schedule_id,
            Offering.slot_minutes,
            Offering.capacity,
        )
        .join(Post, Post.id == Offering.post_id)
        .join(Service, Service.id == Offering.service_id)
        .where(Offering.is_active, Post.is_active, Service.is_active)
        .order_by(Offering.service_id, Post.position, Post.id)
    ):
        offered[service_id].append(Offered(post_id, schedule_id, minutes, capacity))
    return dict(offered)


def list_serving(session: Session, post_ids: Sequence[int]) -> list[Served]:
    """Who serves at some posts, A before B; one statement."""
    rows = session.execute(
        select(PostStaff.post_id, Staff.id, Staff.name, PostStaff.position)
        .join(Staff, Staff.id == PostStaff.staff_id)
        .where(PostStaff.post_id.in_(post_ids), Staff.left_at.is_(None))
        .order_by(PostStaff.post_id, PostStaff.position, Staff.number)
    )
    return [Served(*row) for row in rows]


_SERVICE_NAMES = select(Service.id, Service.name).where(
    Service.id.in_(bindparam("services", expanding=True))
)


def list_service_names(session: Session, service_ids: Sequence[int]) -> dict[int, Localized]:
    """Names of some services by id; one statement."""
    return dict(session.execute(_SERVICE_NAMES, {"services": service_ids}).all())


def list_services_by_id(session: Session, service_ids: Sequence[int]) -> list[Service]:
    """Active services in the order of the ids given."""
    found = {
        service.id: service
        for service in session.scalars(
            select(Service).where(Service.id.in_(service_ids), Service.is_active)
        )
    }
    return [found[service_id] for service_id in service_ids if service_id in found]


def list_fees(session: Session, service_id: int) -> list[Fee]:
    """All fees of a service, the newest first: what was and will be charged."""
    return list(
        session.scalars(
            select(Fee).where(Fee.service_id == service_id).order_by(Fee.valid_from.desc())
        )
    )


def list_offerings(session: Session, service_id: int) -> list[tuple[Offering, Post]]:
    """Where a service is or was offered, with the post."""
    rows = session.execute(
        select(Offering, Post)
        .join(Post, Post.id == Offering.post_id)
        .where(Offering.service_id == service_id)
        .order_by(Post.position, Post.id)
    )
    return [(offering, post) for offering, post in rows]


def get_offering(session: Session, *, service_id: int, post_id: int) -> tuple[Offering, Post]:
    """How a service is or was offered at a post; raises NotFound."""
    row = session.execute(
        select(Offering, Post)
        .join(Post, Post.id == Offering.post_id)
        .where(Offering.service_id == service_id, Offering.post_id == post_id)
    ).first()
    if row is None:
        raise NotFound
    return row[0], row[1]


def list_posts_without(session: Session, service_id: int) -> list[Post]:
    """Open posts at which a service was never offered, in order."""
    offered = select(Offering.post_id).where(Offering.service_id == service_id)
    return list(
        session.scalars(
            select(Post)
            .where(Post.is_active, Post.id.not_in(offered))
            .order_by(Post.position, Post.id)
        )
    )


def get_fee(session: Session, *, service_id: int, fee_id: int) -> Fee:
    """A fee of a service; raises NotFound."""
    fee = session.get(Fee, fee_id)
    if fee is None or fee.service_id != service_id:
        raise NotFound
    return fee
