"""Reads of duty statements, of who has signed them, and of who is qualified."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from portal.calendar.local_time import moment_of
from portal.catalog.models import Offering, Post, PostStaff, Service
from portal.core.errors import NotFound
from portal.core.listing import Listing, fetch_page
from portal.duty.fitness_models import DutySignature, DutyStatement, Qualification
from portal.duty.fitness_rules import Fitness
from portal.duty.queries import find_place
from portal.duty.rules import NoPlace
from portal.identity.models import Staff
from portal.tenancy.queries import Tenant

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Signer:
    """Somebody with a place at a post, and when the newest statement was signed."""

    staff_id: int
    name: str
    position: str
    signed_at: datetime | None


@dataclass(frozen=True)
class Own:
    """The newest statement of a post of one's own, and when one signed it."""

    statement: DutyStatement
    post: Post
    signed_at: datetime | None


def read_fitness(session: Session, tenant: Tenant) -> Fitness:
    """What all posts ask for and people have of it; four statements."""
    newest = select(DutyStatement.post_id, func.max(DutyStatement.number))
    signed = (
        select(DutySignature.staff_id, DutyStatement.post_id, func.max(DutyStatement.number))
        .join(DutyStatement, DutyStatement.id == DutySignature.statement_id)
        .group_by(DutySignature.staff_id, DutyStatement.post_id)
    )
    asking = (
        select(Offering.post_id, Offering.service_id)
        .join(Service, Service.id == Offering.service_id)
        .where(Offering.is_active, Service.is_active, Service.asks_qualification)
    )
    standing = select(
        Qualification.staff_id, Qualification.service_id, Qualification.valid_until
    ).where(Qualification.ended_at.is_(None))
    asked: dict[int, set[int]] = defaultdict(set)
    for post_id, service_id in session.execute(asking):
        asked[post_id].add(service_id)
    return Fitness(
        newest=dict(session.execute(newest.group_by(DutyStatement.post_id)).all()),
        signed={(who, post_id): number for who, post_id, number in session.execute(signed)},
        asked=dict(asked),
        qualified={
            (who, service_id): moment_of(day + DAY, 0, tenant.zone)
            for who, service_id, day in session.execute(standing)
        },
    )


def find_newest(session: Session, post_id: int) -> DutyStatement | None:
    """The statement of a post that holds."""
    found = select(DutyStatement).where(DutyStatement.post_id == post_id)
    return session.scalars(found.order_by(DutyStatement.number.desc()).limit(1)).first()


def list_versions(session: Session, post_id: int, page: int) -> Listing[DutyStatement]:
    """One page of all there have been for a post, the newest first."""
    found = select(DutyStatement).where(DutyStatement.post_id == post_id)
    return fetch_page(session, found.order_by(DutyStatement.number.desc()), page)


def list_signers(session: Session, statement: DutyStatement) -> list[Signer]:
    """Who has a place at the post of a statement, A first, and when they signed it."""
    found = (
        select(Staff.id, Staff.name, PostStaff.position, DutySignature.signed_at)
        .select_from(PostStaff)
        .join(Staff, Staff.id == PostStaff.staff_id)
        .outerjoin(
            DutySignature,
            and_(DutySignature.staff_id == Staff.id, DutySignature.statement_id == statement.id),
        )
        .where(PostStaff.post_id == statement.post_id, Staff.left_at.is_(None))
        .order_by(PostStaff.position, Staff.number)
    )
    return [Signer(*row) for row in session.execute(found)]


def list_own(
    session: Session, staff_id: int, *, is_unsigned: bool = False, post_id: int | None = None
) -> list[Own]:
    """The newest statements of the open posts at which somebody has a place; one statement."""
    later = select(func.max(DutyStatement.number)).where(DutyStatement.post_id == Post.id)
    found = (
        select(DutyStatement, Post, DutySignature.signed_at)
        .join(Post, Post.id == DutyStatement.post_id)
        .join(PostStaff, PostStaff.post_id == Post.id)
        .outerjoin(
            DutySignature,
            and_(
                DutySignature.statement_id == DutyStatement.id,
                DutySignature.staff_id == staff_id,
            ),
        )
        .where(
            PostStaff.staff_id == staff_id,
            Post.is_active,
            DutyStatement.number == later.correlate(Post).scalar_subquery(),
        )
        .order_by(Post.position, Post.id)
    )
    if is_unsigned:
        found = found.where(DutySignature.id.is_(None))
    if post_id is not None:
        found = found.where(Post.id == post_id)
    return [Own(*row) for row in session.execute(found)]


def get_own(session: Session, post_id: int, *, staff_id: int) -> Own:
    """That of one post; raises NoPlace for whoever has none there, NotFound where there is none."""
    found = list_own(session, staff_id, post_id=post_id)
    if not found and not find_place(session, post_id=post_id, staff_id=staff_id):
        raise NoPlace
    if not found:
        raise NotFound
    return found[0]


def list_asking(session: Session, post_id: int) -> list[Service]:
    """The services of a post that ask for a qualification, in order."""
    found = (
        select(Service)
        .join(Offering, Offering.service_id == Service.id)
        .where(
            Offering.post_id == post_id,
            Offering.is_active,
            Service.is_active,
            Service.asks_qualification,
        )
    )
    return list(session.scalars(found.order_by(Service.position, Service.id)))


def list_qualified(
    session: Session, staff_ids: Sequence[int], service_ids: Collection[int]
) -> dict[tuple[int, int], Qualification]:
    """What some people are qualified for and was not withdrawn, by staff and service."""
    found = select(Qualification).where(
        Qualification.ended_at.is_(None),
        Qualification.staff_id.in_(sorted(staff_ids)),
        Qualification.service_id.in_(sorted(service_ids)),
    )
    return {(row.staff_id, row.service_id): row for row in session.scalars(found)}
