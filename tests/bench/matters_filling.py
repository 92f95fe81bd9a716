"""An institution with matters by the hundred thousand: some through the services, then copies.

A copy is a row of its own in every table that pages read: matter, course, postings, watched
limits. Ciphers are bound to institution and column, so that they open in a copy as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, create_engine, select, text
from sqlalchemy.orm import Session

from portal.core.actor import Actor
from portal.core.base import Base
from portal.identity.models import Staff, Unit
from portal.matters.intake_rules import Channel, Confirmation, Identity, Kind, Told
from portal.matters.services import handling, opening, recording, referring
from portal.matters.services.opening import Account, Bringer
from portal.matters.services.recording import Head
from tests.support.world import SHANGHAI, World, add_staff, furnish

#: Made by the services: the clerk's own, and those that are copied.
OWN, MADE = 30, 500
#: Units beside the hall, each with its head and its people.
UNITS, PEOPLE = 8, 10
#: Of so many matters one is still under way.
LIVE = 4
#: Limits and offers that have come due when the tick runs, however many are open.
DUE = 20
#: What half of all matters say, and what ten of the clerk's own say and no others.
COMMON, RARE = "漏水", "鳳凰臺"
FAMILY = "王李張劉陳楊趙黃周吳徐孫馬朱胡郭何林羅高"
GIVEN = "偉芳娜敏靜麗強磊軍洋勇豔傑娟濤明超秀英霞平剛桂蘭"
THINGS = ("水管", "路燈", "電梯", "門鎖", "暖氣", "圍牆", "下水道", "樹枝", "停車位", "噪音")
TROUBLES = ("不亮", "壞了", "堵住", "太響", "鬆動", "斷裂")
PLACES = ("東門", "西區", "花園路", "人民街", "河濱新村", "文昌里")


@dataclass(frozen=True)
class Filled:
    """The institution and those who look: by their ids."""

    world: World
    #: Holds thirty matters and sees few.
    clerk: int
    #: Was asked first in one of fifty of all there ever were.
    veteran: int
    #: Sees and leads one unit of eight.
    head: int
    unit: int
    overseer: int


def make(world: World) -> Filled:
    """The people, and the matters that go through the services."""
    furnish(world)
    filled = _add_people(world)
    world.do(lambda session: _make(session, filled, world.now))
    return filled


def multiply(owner_url: str, count: int, now: datetime) -> None:
    """So many matters of it, of which the measured clerk's own are the same however many."""
    engine = create_engine(owner_url)
    with engine.begin() as connection:
        _settle_due(connection, now)
        _copy(connection, (count - OWN - DUE - MADE) // MADE)
    engine.dispose()


def _add_people(world: World) -> Filled:
    clerk, veteran, head, overseer = (
        add_staff(world, number, []) for number in ("1001", "1002", "1003", "1004")
    )

    def add(session: Session) -> int:
        """More units, each with its head and its people; the first is the measured head's."""
        units = [Unit(code=f"u{n}", name={"zh_Hant": f"{n}科"}) for n in range(UNITS)]
        session.add_all(units)
        session.flush()
        people = [
            Staff(
                number=f"{2000 + n}",
                name="李四",
                name_key="李四",
                unit_id=units[n % UNITS].id,
                password_hash="-",
                stamp=f"{n}",
                joined_at=world.now,
            )
            for n in range(UNITS * PEOPLE)
        ]
        session.add_all(people)
        session.flush()
        for n, unit in enumerate(units):
            unit.head_id = head if n == 0 else people[n].id
        session.get_one(Staff, head).unit_id = units[0].id
        return units[0].id

    return Filled(world, clerk, veteran, head, world.do(add), overseer)


def _make(session: Session, filled: Filled, now: datetime) -> None:
    """Through the services: the clerk's own, those whose offer is due, and what is copied."""
    units = session.scalars(select(Unit).where(Unit.code != "hall").order_by(Unit.id)).all()
    others = session.scalars(select(Staff.id).where(Staff.number >= "2000").order_by(Staff.id))
    people = others.all()
    for n in range(OWN):
        _Course(session, filled.clerk, now).open(n, f"{RARE}的" if n < 10 else "").confirm()
    for n in range(DUE):
        _Course(session, people[n], now).open(n).confirm().refer(people[n + DUE])
    for n in range(MADE):
        first = filled.veteran if n % 50 == 7 else people[n % len(people)]
        course = _Course(session, first, now).open(n)
        if n % (5 * LIVE):
            unit = units[n % UNITS]
            course.confirm().report(unit)
        if n % LIVE:
            course.end()


class _Course:
    """A matter on its way."""

    def __init__(self, session: Session, first: int, now: datetime) -> None:
        self._session, self._first, self._now = session, first, now
        self._head = first

    def _given(self, who: int) -> dict[str, Any]:
        """What each step is told."""
        actor = Actor("staff", who)
        version = self._matter.version
        return {"matter": self._matter, "version": version, "actor": actor, "now": self._now}

    def open(self, n: int, before: str = "") -> "_Course":
        thing, trouble = THINGS[n % len(THINGS)], TROUBLES[n % len(TROUBLES)]
        said = COMMON if n // UNITS % 2 else trouble
        self._matter = opening.open_matter(
            self._session,
            account=Account(
                kind=Kind.REPAIR,
                channel=Channel.PHONE,
                title=f"{before}{thing}{said}，請來看看",
                body="",
                place=f"{PLACES[n % len(PLACES)]}{n}號",
            ),
            bringer=Bringer(
                Identity.NAMED,
                name=FAMILY[n % len(FAMILY)] + GIVEN[n % len(GIVEN)] + GIVEN[n // 7 % len(GIVEN)],
            ),
            first_asked_id=self._first,
            prefix="Q",
            zone=SHANGHAI,
            actor=Actor("staff", self._first),
            now=self._now,
        )
        return self

    def confirm(self) -> "_Course":
        given = self._given(self._first)
        recording.confirm(self._session, way=Confirmation.WORD, hours=72, **given)
        return self

    def refer(self, recipient: int) -> None:
        given = self._given(self._first)
        referring.refer(
            self._session, recipient_id=recipient, words="請查看", papers="", minutes=30, **given
        )

    def report(self, unit: Unit) -> None:
        assert unit.head_id is not None
        self._head = unit.head_id
        given = self._given(self._first)
        recording.report(self._session, head=Head(unit.id, self._head), **given)
        recording.acknowledge(self._session, **self._given(self._head))

    def end(self) -> None:
        if self._matter.confirmed_at is None:
            self.confirm()
        handling.finish(self._session, result="已修好", **self._given(self._head))
        handling.feed_back(self._session, **self._given(self._first))
        told = self._given(self._first)
        handling.tell(self._session, words="已修好", way=Told.PHONE, **told)
        handling.confirm_solved(self._session, **self._given(self._first))


def _settle_due(connection: Connection, now: datetime) -> None:
    """The offers and as many limits have come due; what else is open has a month."""
    values = {"past": now - timedelta(minutes=1), "later": now + timedelta(days=30), "due": DUE}
    offers = "UPDATE matter SET answer_until = :past WHERE state = 'offered'"
    later = "UPDATE watch SET next_at = :later WHERE next_at IS NOT NULL"
    due = """
        UPDATE watch SET next_at = :past
        WHERE id IN (SELECT id FROM watch WHERE next_at IS NOT NULL ORDER BY id LIMIT :due)
    """
    for statement in (offers, later, due):
        used = {name: value for name, value in values.items() if f":{name}" in statement}
        connection.execute(text(statement), used)


@dataclass(frozen=True)
class _Copied:
    """A table of which each copy has rows of its own, and what is other in them."""

    name: str
    #: The number of the matter that a row belongs to; without it, of the row itself.
    matter_id: str
    others: Mapping[str, str]
    condition: str = "true"


#: ``k`` numbers the copies from 1.
COPIED = (
    _Copied(
        "matter",
        "id",
        {
            "number": f"row.number + k * {MADE}",
            "reference": f"'Q-' || row.year || to_char(row.number + k * {MADE}, 'FM-0000000')",
            "due_at": "row.due_at + k * interval '7 minutes'",
            "opened_at": "row.opened_at - k * interval '1 minute'",
        },
    ),
    _Copied("matter_event", "matter_id", {}),
    _Copied("posting", "ref_id", {}, "row.kind = 'matter'"),
    _Copied(
        "watch",
        "subject_id",
        {"next_at": "row.next_at + interval '30 days' + k * interval '1 second'"},
        "row.subject_kind = 'matter'",
    ),
)


def _copy(connection: Connection, times: int) -> None:
    """Those made last, so many times more, a few minutes apart."""
    last = connection.scalar(text("SELECT max(id) FROM matter")) or 0
    for copied in COPIED:
        name, rest = copied.name, {copied.matter_id: f"row.{copied.matter_id} + k * {MADE}"}
        if copied.matter_id != "id":
            span = connection.scalar(text(f"SELECT max(id) FROM {name}"))
            rest["id"] = f"row.id + k * {span}"
        columns = Base.metadata.tables[name].columns.keys()
        given = {column: f"row.{column}" for column in columns} | dict(copied.others) | rest
        statement = f"""
            INSERT INTO {name} ({", ".join(given)}) SELECT {", ".join(given.values())}
            FROM {name} AS row CROSS JOIN generate_series(1, :times) AS k
            WHERE {copied.condition} AND row.{copied.matter_id} BETWEEN :first AND :last
        """
        connection.execute(
            text(statement), {"times": times, "first": last - MADE + 1, "last": last}
        )
        following = f"pg_get_serial_sequence('{name}', 'id'), max(id)"
        connection.execute(text(f"SELECT setval({following}) FROM {name}"))
    drawn = "UPDATE serial_counter SET last = (SELECT max(number) FROM matter)"
    connection.execute(text(f"{drawn} WHERE book = 'matter'"))
