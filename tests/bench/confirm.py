"""booking-confirm: how many confirming POSTs per second, against the same row changes by hand.

The heavier way is measured: a first-time citizen who proves the contact by a one-time code, so
that contact, session and code are written besides booking, ledger entry and message. The worker
that sends the messages runs apart and is not counted.
"""

import random
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.models import Slot
from tests.bench.citizens import Citizen, bring_to_confirm
from tests.bench.client import fire, open_callers
from tests.bench.cpu import is_counted
from tests.bench.report import Figure, figure
from tests.bench.rows import count_rows
from tests.bench.server import Running, serve_both
from tests.bench.stock import Bench
from tests.support.statements import count_statements
from tests.support.world import World

CLIENTS = 16
EACH = 20
ROUNDS = 3
NAME = "booking-confirm"


def measure(bench: Bench) -> Iterator[Figure]:
    """Few bookings and many, portal and floor in turn; what it costs and how it grows."""
    rates: dict[int, tuple[list[float], list[float]]] = {}
    for size in (10, 100_000):
        stock = bench.stock(size)
        world = stock.worlds[10]
        rates[size] = ([], [])
        costs: tuple[list[float], list[float]] = ([], [])
        changes: list[dict[str, int]] = []
        with serve_both(stock.address) as servers:
            for server in servers:
                _round(world, server, bench.backend, CLIENTS)
            for _ in range(ROUNDS):
                changes.clear()
                for place, server in enumerate(servers):
                    before = count_rows(world)
                    rate, cost = _round(world, server, bench.backend, CLIENTS * EACH)
                    rates[size][place].append(rate)
                    costs[place].append(cost)
                    changes.append(
                        {name: n - before[name] for name, n in count_rows(world).items()}
                    )
            assert changes[0] == changes[1], f"other rows than the floor: {changes}"
        yield figure(f"{NAME} at {size:,} bookings", bench.database, "1/s", *rates[size])
        if is_counted():
            yield figure(f"{NAME} at {size:,} bookings, CPU", bench.database, "ms", *costs)
    few, many = rates[10], rates[100_000]
    yield figure(f"{NAME} at 100,000 : at 10", bench.database, "1/s", many[0], few[0])
    yield figure(f"{NAME}, statements", bench.database, "statements", [_statements(bench)])


def _round(world: World, server: Running, backend: int | None, count: int) -> tuple[float, float]:
    """Confirmations per second, and milliseconds of processor time for one."""
    slots = world.do(lambda session: _spare_slots(session, world, count))
    citizens = bring_to_confirm(world, slots)
    requests = [_confirmation(citizen) for citizen in citizens]
    callers = open_callers(server.port, [requests[at::CLIENTS] for at in range(CLIENTS)])
    booked = count_rows(world)["booking"]
    before = server.used(backend) if is_counted() else 0.0
    elapsed = fire(callers)
    used = server.used(backend) - before if is_counted() else 0.0
    for caller in callers:
        for answer in caller.answers:
            assert answer.status == 303, f"{answer.status}: {answer.body[:2000]!r}"
    assert count_rows(world)["booking"] == booked + count
    return count / elapsed, used / count * 1000


def _confirmation(citizen: Citizen) -> bytes:
    return citizen.post("/book/check/", code=citizen.code)[0]


def _spare_slots(session: Session, world: World, count: int) -> list[int]:
    """Times chosen at random, each for one citizen; the day that is measured stays as it is."""
    later = world.now + timedelta(days=1)
    public = select(Slot.id).where(
        Slot.pool == "public", Slot.public_from <= world.now, Slot.starts_at > later
    )
    return random.sample(list(session.scalars(public)), count)


def _statements(bench: Bench) -> float:
    """SQL statements of one confirming POST, none excluded but the frame of the transaction."""
    world = bench.stock(10).worlds[10]
    slots = world.do(lambda session: _spare_slots(session, world, 2))
    first, second = bring_to_confirm(world, slots)
    for citizen in (first, second):
        client = world.client()
        client.set_cookie("portal", citizen.cookie.partition("=")[2], path=f"/{world.slug}/")
        form = {"csrf_token": citizen.csrf_token, "idempotency_key": citizen.holder}
        with count_statements(world) as found:
            answer = client.post(f"/{world.slug}/book/check/", data={**form, "code": citizen.code})
        assert answer.status_code == 303, answer.text[:2000]
    return float(len(found))
