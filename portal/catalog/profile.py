"""What a profile says of posts and services."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ScalarResult, delete, select
from sqlalchemy.orm import Session

from portal.calendar.models import ScheduleRow
from portal.catalog.events import OffersEvent, offers_changed
from portal.catalog.indexing import index_service
from portal.catalog.models import (
    Fee,
    Offering,
    Post,
    RefusalGround,
    Service,
    ServiceDocument,
    ServiceStep,
)
from portal.core.localized import Localized
from portal.identity.models import Unit
from portal.web.feature import ProfilePart


class _Item(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PostItem(_Item):
    """A table ``[[post]]`` of a profile."""

    code: str = Field(pattern="^[a-z0-9-]{1,20}$")
    unit: str
    name: Localized
    plate: str = Field(min_length=1, max_length=6)
    place: Localized = {}
    way: Localized = {}
    schedule: str = ""


class DocumentItem(_Item):
    """A table ``[[service.document]]`` of a profile."""

    name: Localized
    originals: int = Field(1, ge=0, le=20)
    copies: int = Field(0, ge=0, le=20)
    how: Localized = {}


class GroundItem(_Item):
    """A table ``[[service.ground]]`` of a profile."""

    text: Localized
    basis: Localized = {}


class FeeItem(_Item):
    """A table ``[[service.fee]]`` of a profile."""

    amount: Decimal = Field(ge=0, max_digits=10, decimal_places=2)
    basis: Localized = {}
    valid_from: date


class OfferItem(_Item):
    """A table ``[[service.offer]]`` of a profile."""

    post: str
    slot_minutes: int = Field(30, ge=5, le=480)
    capacity: int = Field(1, ge=1, le=1000)


class ServiceItem(_Item):
    """A table ``[[service]]`` of a profile."""

    code: str = Field(pattern="^[a-z0-9-]{1,40}$")
    unit: str
    name: Localized
    summary: Localized = {}
    promised_days: int = Field(0, ge=0, le=365)
    basis: Localized = {}
    asks_id_number: bool = False
    asks_qualification: bool = False
    document: list[DocumentItem] = []
    step: list[Localized] = []
    ground: list[GroundItem] = []
    fee: list[FeeItem] = []
    offer: list[OfferItem] = []


def read_posts(session: Session) -> dict[str, BaseModel]:
    """The posts that stand."""
    units = {unit.id: unit.code for unit in session.scalars(select(Unit))}
    schedules = {row.id: row.code for row in session.scalars(select(ScheduleRow))}
    return {
        post.code: PostItem.model_construct(
            code=post.code,
            unit=units[post.unit_id],
            name=post.name,
            plate=post.plate,
            place=post.place,
            way=post.way,
            schedule=schedules.get(post.schedule_id or 0, ""),
        )
        for post in session.scalars(select(Post).order_by(Post.position))
    }


def write_post(session: Session, item: PostItem, now: datetime) -> None:
    """Create or set a post."""
    posts = {post.code: post for post in session.scalars(select(Post))}
    post = posts.get(item.code)
    if post is None:
        post = Post(code=item.code, position=len(posts))
    post.unit_id = session.scalars(select(Unit.id).where(Unit.code == item.unit)).one()
    post.schedule_id = session.scalar(
        select(ScheduleRow.id).where(ScheduleRow.code == item.schedule)
    )
    post.name, post.plate = item.name, item.plate
    post.place, post.way = item.place, item.way
    session.add(post)
    session.flush()
    offered = select(Offering.service_id).where(Offering.post_id == post.id).distinct()
    if services := tuple(session.scalars(offered)):
        offers_changed.send(OffersEvent(session, services, now))


def read_services(session: Session) -> dict[str, BaseModel]:
    """The services that stand, with their notices, fees and offers."""
    units = {unit.id: unit.code for unit in session.scalars(select(Unit))}
    posts = {post.id: post.code for post in session.scalars(select(Post))}
    found: dict[str, BaseModel] = {}
    for service in session.scalars(select(Service).order_by(Service.position)):
        found[service.code] = ServiceItem.model_construct(
            code=service.code,
            unit=units[service.unit_id],
            name=service.name,
            summary=service.summary,
            promised_days=service.promised_days,
            basis=service.basis,
            asks_id_number=service.asks_id_number,
            asks_qualification=service.asks_qualification,
            document=[
                DocumentItem.model_construct(
                    name=d.name, originals=d.originals, copies=d.copies, how=d.how
                )
                for d in _rows(session, ServiceDocument, service.id)
            ],
            step=[step.text for step in _rows(session, ServiceStep, service.id)],
            ground=[
                GroundItem.model_construct(text=g.text, basis=g.basis)
                for g in _rows(session, RefusalGround, service.id)
            ],
            fee=[
                FeeItem.model_construct(
                    amount=fee.amount, basis=fee.basis, valid_from=fee.valid_from
                )
                for fee in _rows(session, Fee, service.id)
            ],
            offer=[
                OfferItem.model_construct(
                    post=posts[o.post_id], slot_minutes=o.slot_minutes, capacity=o.capacity
                )
                for o in _rows(session, Offering, service.id)
                if o.is_active
            ],
        )
    return found


def _rows(session: Session, model: type[Any], service_id: int) -> ScalarResult[Any]:
    order = model.valid_from if model is Fee else getattr(model, "position", model.id)
    return session.scalars(
        select(model).where(model.service_id == service_id).order_by(order, model.id)
    )


def write_service(session: Session, item: ServiceItem, now: datetime) -> None:
    """Create or set a service with its notice; fees that stand are never changed."""
    services = {service.code: service for service in session.scalars(select(Service))}
    service = services.get(item.code)
    is_new = service is None
    if service is None:
        service = Service(code=item.code, position=len(services))
    service.unit_id = session.scalars(select(Unit.id).where(Unit.code == item.unit)).one()
    service.name, service.summary, service.basis = item.name, item.summary, item.basis
    service.promised_days, service.asks_id_number = item.promised_days, item.asks_id_number
    service.asks_qualification = item.asks_qualification
    session.add(service)
    session.flush()
    _write_notice(session, service, item)
    _write_fees(session, service, item)
    _write_offers(session, service, item)
    index_service(session, service)
    if not is_new:
        offers_changed.send(OffersEvent(session, (service.id,), now))


def _write_notice(session: Session, service: Service, item: ServiceItem) -> None:
    for model in (ServiceDocument, ServiceStep, RefusalGround):
        session.execute(
            delete(model)
            .where(model.service_id == service.id)
            .execution_options(synchronize_session=False)
        )
    for position, document in enumerate(item.document, start=1):
        session.add(
            ServiceDocument(service_id=service.id, position=position, **document.model_dump())
        )
    for position, step in enumerate(item.step, start=1):
        session.add(ServiceStep(service_id=service.id, position=position, text=step))
    for position, ground in enumerate(item.ground, start=1):
        session.add(RefusalGround(service_id=service.id, position=position, **ground.model_dump()))
    session.flush()


def _write_fees(session: Session, service: Service, item: ServiceItem) -> None:
    standing = set(session.scalars(select(Fee.valid_from).where(Fee.service_id == service.id)))
    session.add_all(
        Fee(service_id=service.id, **fee.model_dump())
        for fee in item.fee
        if fee.valid_from not in standing
    )
    session.flush()


def _write_offers(session: Session, service: Service, item: ServiceItem) -> None:
    posts = {post.code: post.id for post in session.scalars(select(Post))}
    standing = {
        offer.post_id: offer
        for offer in session.scalars(select(Offering).where(Offering.service_id == service.id))
    }
    for wanted in item.offer:
        offer = standing.pop(posts[wanted.post], None)
        if offer is None:
            offer = Offering(service_id=service.id, post_id=posts[wanted.post])
            session.add(offer)
        offer.slot_minutes, offer.capacity = wanted.slot_minutes, wanted.capacity
        offer.is_active = True
    for offer in standing.values():
        offer.is_active = False
    session.flush()


PARTS = (
    ProfilePart(
        "post", PostItem, read_posts, write_post, refers={"unit": "unit", "schedule": "schedule"}
    ),
    ProfilePart(
        "service",
        ServiceItem,
        read_services,
        write_service,
        refers={"unit": "unit", "offer.post": "post"},
    ),
)
