"""A small institution that tests populate as they need."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.appointments.models import PublishedDay
from portal.appointments.services.publishing import publish_slots
from portal.calendar.models import PatternRow, ScheduleRow
from portal.catalog.models import Offering, Post, Service, ServiceDocument
from portal.core.runtime import runtime
from portal.core.session import db, institution_scope
from portal.core.unit import run_unit
from portal.identity.models import Role, RoleAssignment, Staff, Unit
from portal.identity.passwords import hash_password
from portal.tenancy.models import Institution, SettingsVersion

T = TypeVar("T")
SHANGHAI = ZoneInfo("Asia/Shanghai")
#: A Monday morning on which every test begins.
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
WEEK = [[[540, 720], [810, 1020]]] * 5 + [[], []]

SETTINGS = {
    "words": {
        "citizen": {"zh_Hant": "群眾", "zh_Hans": "群众", "en": "citizen"},
        "booking": {"zh_Hant": "預約辦事", "zh_Hans": "预约办事", "en": "Book a time"},
        "post": {"zh_Hant": "窗口", "zh_Hans": "窗口", "en": "window"},
        "closed": {"zh_Hant": "停辦", "zh_Hans": "停办", "en": "Closed"},
    },
    "presence": {
        "tagline": {"zh_Hant": "便民服務窗口", "en": "Service window"},
        "headline": {"zh_Hant": "今天要辦什麼？", "en": "What brings you here?"},
        "lead": {"zh_Hant": "先約時間，來了就辦。", "en": "Book a time and be served."},
        "motto": [{"zh_Hant": "事事有著落", "en": "Every matter has an owner"}],
        "address": {"zh_Hant": "青溪路1號", "en": "1 Qingxi Road"},
        "phones": [{"label": {"zh_Hant": "諮詢", "en": "Enquiries"}, "number": "0571-6000 1000"}],
    },
    "privacy": {"notice": {"zh_Hant": "只為這次預約使用。", "en": "Used for this booking only."}},
}


@dataclass
class World:
    """An institution in a database, and the way into its scope."""

    app: Flask
    id: int
    slug: str

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session in the institution's scope, without a transaction yet."""
        with (
            self.app.app_context(),
            closing(db.session()) as session,
            institution_scope(session, self.id),
        ):
            yield session

    def do(self, work: Callable[[Session], T], *, is_read_only: bool = False) -> T:
        """Run a unit of work in the institution's scope."""
        with self.session() as session:
            return run_unit(session, lambda: work(session), is_read_only=is_read_only)

    @property
    def now(self) -> datetime:
        """The present of the application's clock."""
        with self.app.app_context():
            return runtime().clock.now()

    def wait(self, **length: float) -> None:
        """Let time pass."""
        with self.app.app_context():
            runtime().clock.offset += timedelta(**length)

    def publish(self) -> None:
        """Run the publishing sweep until everything released stands."""
        standing, before = self._count_published(), -1
        while standing > before:
            self.do(lambda session: publish_slots(session, self.now))
            standing, before = self._count_published(), standing

    def _count_published(self) -> int:
        current = select(func.count(PublishedDay.id)).where(PublishedDay.is_current)
        return self.do(lambda session: session.scalars(current).one(), is_read_only=True)

    def client(self) -> FlaskClient:
        """A fresh browser."""
        return self.app.test_client()


def make_institution(app: Flask, slug: str = "qingxi", *, house: str = "town") -> World:
    """An institution with settings and nothing else."""
    with app.app_context(), closing(db.session()) as session:

        def create() -> int:
            row = Institution(
                slug=slug,
                profile="township",
                name={"zh_Hant": "青溪鎮", "zh_Hans": "青溪镇", "en": "Qingxi Township"},
                zone="Asia/Shanghai",
                region="CN",
                house=house,
                settings_stamp=1,
                created_at=MONDAY,
            )
            session.add(row)
            session.flush()
            return row.id

        institution_id = run_unit(session, create)
    world = World(app, institution_id, slug)
    world.do(
        lambda session: session.add(
            SettingsVersion(
                number=1,
                valid_from=datetime(2020, 1, 1, tzinfo=UTC),
                document=SETTINGS,
                created_at=MONDAY,
            )
        )
    )
    return world


def furnish(
    world: World, *, capacity: int = 2, minutes: int = 30, asks_id_number: bool = False
) -> None:
    """One unit, the usual hours, one window and one service offered there."""

    def build(session: Session) -> None:
        unit = Unit(code="hall", name={"zh_Hant": "大廳", "en": "Hall"})
        hours = ScheduleRow(code="hall", name={"zh_Hant": "大廳時間"}, is_default=True)
        session.add_all([unit, hours])
        session.flush()
        session.add(PatternRow(schedule_id=hours.id, valid_from=date(2020, 1, 1), week=WEEK))
        post = Post(
            unit_id=unit.id,
            code="w3",
            name={"zh_Hant": "三號窗口", "zh_Hans": "三号窗口", "en": "Window 3"},
            plate="3",
            place={"zh_Hant": "一樓", "en": "Ground floor"},
        )
        service = Service(
            unit_id=unit.id,
            code="birth",
            name={"zh_Hant": "生育登記", "zh_Hans": "生育登记", "en": "Birth registration"},
            summary={"zh_Hant": "登記新生兒", "en": "Register a newborn"},
            asks_id_number=asks_id_number,
        )
        session.add_all([post, service])
        session.flush()
        session.add(
            ServiceDocument(
                service_id=service.id,
                position=1,
                name={"zh_Hant": "戶口簿", "en": "Household book"},
            )
        )
        session.add(
            Offering(
                service_id=service.id, post_id=post.id, slot_minutes=minutes, capacity=capacity
            )
        )

    world.do(build)


def add_staff(
    world: World, number: str, permissions: list[str], *, needs_second_factor: bool = False
) -> int:
    """Somebody who may sign in with PASSWORD and holds these permissions everywhere."""
    with world.app.app_context():
        password_hash = hash_password(PASSWORD)

    def build(session: Session) -> int:
        unit = session.query(Unit).first()
        assert unit is not None
        person = Staff(
            number=number,
            name="陳志強",
            name_key="陈志强",
            unit_id=unit.id,
            password_hash=password_hash,
            must_change_password=False,
            stamp=f"stamp-{number}",
            joined_at=MONDAY,
        )
        role = Role(
            code=f"role-{number}",
            name={"zh_Hant": "角色", "en": "Role"},
            permissions=sorted(permissions),
            needs_second_factor=needs_second_factor,
        )
        session.add_all([person, role])
        session.flush()
        session.add(RoleAssignment(staff_id=person.id, role_id=role.id))
        return person.id

    return world.do(build)


def local(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment by the institution's clock."""
    return datetime.combine(day, time(hour, minute), SHANGHAI)
