"""booking-rush: two hundred people want the last places at the same moment, each sending twice.

What claims a place here is the hold, the answer to choosing a time: afterwards nobody can lose
it. So the gun goes off at that step, all clients being signed in with a proved contact (people
without one may hold half of a slot only) and their connections open. Counted until the last of
the four hundred answers: who has a place, and who was told that the time is taken. Then those who
have one go on through the form to the confirmation, again all at once and everything twice, and
the bookings in the database are counted. That whole way is the second figure.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, Hold, Slot
from portal.catalog.models import Offering
from tests.bench.citizens import NAME, Citizen, meet_known
from tests.bench.client import Answer, fire, open_callers
from tests.bench.report import Figure, figure
from tests.bench.server import Running, serve_both
from tests.bench.stock import Bench
from tests.support.world import SHANGHAI, World, local

CLIENTS = 200
ROUNDS = 3
TOLD = b"This time has just been taken"


@dataclass(frozen=True)
class Rush:
    """How many posts have how many places, and how many bookings there must be in the end."""

    name: str
    posts: int
    places: int

    @property
    def booked(self) -> int:
        """As many as there are places."""
        return self.posts * self.places


RUSHES = (
    Rush("booking-rush: 50 places of a slot", 1, 50),
    Rush("booking-rush: 1 place", 1, 1),
    Rush("booking-rush: any of 50 posts", 50, 1),
)


def measure(bench: Bench) -> Iterator[Figure]:
    """All three rushes, portal and floor in turn."""
    stock = bench.stock(10)
    world = stock.worlds[50]
    world.publish()
    with serve_both(stock.address) as servers:
        moment = 0
        for rush in RUSHES:
            claims: tuple[list[float], list[float]] = ([], [])
            ways: tuple[list[float], list[float]] = ([], [])
            for _ in range(ROUNDS):
                for place, server in enumerate(servers):
                    moment += 1
                    claim, rest = _run(world, server, rush, moment, is_floor=place == 1)
                    claims[place].append(claim)
                    ways[place].append(claim + rest)
            yield figure(rush.name, bench.database, "s", *claims)
            yield figure(f"{rush.name}, confirmed", bench.database, "s", *ways)


def _run(
    world: World, server: Running, rush: Rush, moment: int, *, is_floor: bool
) -> tuple[float, float]:
    """Seconds until everybody knows, and seconds until the lucky ones have confirmed."""
    today = world.now.astimezone(SHANGHAI).date()
    starts_at = local(today + timedelta(days=1), 6) + timedelta(minutes=moment)
    slots = world.do(lambda session: _open_slots(session, rush, starts_at, world.now))
    citizens = meet_known(world, CLIENTS)
    named = {"slot": str(slots[0]), "priority": ""}
    if is_floor:
        named["slots"] = ",".join(map(str, slots))
    elapsed, answers = _shoot(
        server, [citizen.post("/book/birth/time/", **named) for citizen in citizens]
    )
    lucky = _judge(citizens, answers, rush, is_floor=is_floor)
    details = {"name": NAME, "agreed": "y", "priority": "", "for_other": ""}
    rest, answers = _shoot(
        server, [c.post("/book/details/", contact=c.phone, **details) for c in lucky]
    )
    _expect(answers, "/check")
    confirming, answers = _shoot(server, [citizen.post("/book/check/") for citizen in lucky])
    _expect(answers, "/")
    booked = world.do(lambda session: _count(session, slots))
    assert sum(booked.values()) == rush.booked, f"{rush.name}: {sum(booked.values())} booked"
    assert set(booked.values()) == {rush.places}, f"{rush.name}: {booked} by slot"
    return elapsed, rest + confirming


def _open_slots(session: Session, rush: Rush, starts_at: datetime, now: datetime) -> list[int]:
    """Slots of this rush alone, each at another post."""
    offerings = session.scalars(select(Offering).order_by(Offering.id).limit(rush.posts)).all()
    slots = [
        Slot(
            service_id=offering.service_id,
            post_id=offering.post_id,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=1),
            pool="public",
            public_from=now,
            capacity=rush.places,
        )
        for offering in offerings
    ]
    session.add_all(slots)
    session.flush()
    return [slot.id for slot in slots]


def _shoot(server: Running, doubled: list[list[bytes]]) -> tuple[float, list[list[Answer]]]:
    """Send everything at once, each person's two on connections of their own."""
    callers = open_callers(server.port, [[request] for pair in doubled for request in pair])
    elapsed = fire(callers)
    answers = [caller.answers[0] for caller in callers]
    return elapsed, [answers[at : at + 2] for at in range(0, len(answers), 2)]


def _judge(
    citizens: list[Citizen], answers: list[list[Answer]], rush: Rush, *, is_floor: bool
) -> list[Citizen]:
    """Who has a place; everybody else must have been told so, in both answers."""
    lucky = []
    for citizen, pair in zip(citizens, answers, strict=True):
        statuses = {answer.status for answer in pair}
        if statuses == {303}:
            lucky.append(citizen)
        else:
            told = all(is_floor or TOLD in answer.body for answer in pair)
            assert statuses == {422}, f"{rush.name}: {statuses}"
            assert told, f"{rush.name}: somebody was not told"
    assert len(lucky) == rush.booked, f"{rush.name}: {len(lucky)} hold a place"
    return lucky


def _expect(answers: list[list[Answer]], where: str) -> None:
    """Everybody goes on, and both answers lead to the same place."""
    for pair in answers:
        places = {answer.header("location").rstrip("/") for answer in pair}
        found = Counter(answer.status for answer in pair)
        assert found == {303: 2}, f"{found}"
        assert len(places) == 1, f"{places}"
        assert where in places.pop()


def _count(session: Session, slots: list[int]) -> dict[int, int]:
    """Bookings by slot; no hold may be left, and the slots must say the same."""
    assert session.scalar(select(func.count(Hold.id)).where(Hold.slot_id.in_(slots))) == 0
    counted = dict(
        session.execute(
            select(Booking.slot_id, func.count(Booking.id))
            .where(Booking.slot_id.in_(slots))
            .group_by(Booking.slot_id)
        ).all()
    )
    said = dict(session.execute(select(Slot.id, Slot.booked).where(Slot.id.in_(slots))).all())
    assert said == counted, f"slots say {said}, bookings {counted}"
    return counted
