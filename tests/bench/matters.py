"""matters: desk, list, search and one tick of the sweeps, however many matters there are.

Measured are the reads that the pages make, each in a transaction of its own under row security, as
PostgreSQL does them in production. The sizes are measured in turn within each round. A tick is
undone each time, so that the next one finds the same due.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from statistics import median

from sqlalchemy.orm import Session

from portal.alarms.services.raising import raise_due
from portal.app import create_app
from portal.core.config import Config, Environment, read_config
from portal.core.migrating import upgrade
from portal.core.session import db
from portal.matters.finding import find_matters, list_seen
from portal.matters.queries import Viewer, count_matters, list_desk
from portal.matters.services.referring import return_silent
from tests.bench import matters_filling as filling
from tests.bench.matters_filling import COMMON, DUE, RARE, Filled
from tests.bench.report import Figure, figure
from tests.bench.stock import Bench
from tests.support.postgres import OWNER
from tests.support.statements import count_statements
from tests.support.world import make_institution

#: From the second on nothing may grow; the last one is measured when it is asked for.
SIZES = (1_000, 10_000, 100_000)
SEARCHED, ALL = 200_000, 1_000_000
ROUNDS = 25
#: By how many statements the ways of reading a short and a long list differ at most.
SPREAD = 3
#: What a size may take beyond the time of the base.
BASE, MOST = 10_000, 1.5
NAME = "matters"

Read = Callable[[Filled, Session], object]


def _viewer(filled: Filled, staff_id: int) -> Viewer:
    """How the portal sees somebody: most see nothing but their own."""
    everything = staff_id == filled.overseer
    units = frozenset({filled.unit} if staff_id == filled.head else ())
    seen = None if everything else units
    return Viewer(staff_id, frozenset(), seen, seen)


def _desk(filled: Filled, session: Session) -> object:
    viewer = _viewer(filled, filled.clerk)
    count_matters(session, viewer, filled.world.now)
    return list_desk(session, viewer, "held", 1)


def _list(who: str, page: int = 1) -> Read:
    def read(filled: Filled, session: Session) -> object:
        return list_seen(session, _viewer(filled, getattr(filled, who)), page)

    return read


def _search(who: str, query: str) -> Read:
    def read(filled: Filled, session: Session) -> object:
        found = find_matters(session, _viewer(filled, getattr(filled, who)), query)
        assert found, f"{who} finds nothing of {query}"
        return found

    return read


def _tick(filled: Filled, session: Session) -> object:
    raise_due(session, filled.world.now)
    return_silent(session, filled.world.now)
    session.flush()
    return DUE


READS: dict[str, Read] = {
    "desk of a clerk": _desk,
    "list, clerk with few": _list("clerk"),
    "list, clerk with many": _list("veteran"),
    "list, head of a unit": _list("head"),
    "list, overseer": _list("overseer"),
    "list, overseer, page 10": _list("overseer", 10),
    "search, rare, clerk": _search("clerk", RARE),
    "search, rare, overseer": _search("overseer", RARE),
    "search, common, clerk with few": _search("clerk", COMMON),
    "search, common, clerk with many": _search("veteran", COMMON),
    "search, common, head of a unit": _search("head", COMMON),
    "search, common, overseer": _search("overseer", COMMON),
    "search, two common words": _search("clerk", f"{COMMON} 水管"),
    "search, part of it unknown": _search("overseer", f"{RARE}麒麟"),
    f"a tick with {DUE} due": _tick,
}


def measure(bench: Bench, sizes: tuple[int, ...] = SIZES) -> Iterator[Figure]:
    """Every read at every size: milliseconds, statements, and the ratio to 10,000 matters."""
    if bench.server is None:
        print("NOT MEASURED: matters are filled on PostgreSQL only", file=sys.stderr)
        return
    stocks = make_all(bench, sizes)
    try:
        yield from _measure(bench, stocks)
    finally:
        for filled in stocks.values():
            _let_go(filled)


def _measure(bench: Bench, stocks: dict[int, Filled]) -> Iterator[Figure]:
    for name, read in READS.items():
        times: dict[int, list[float]] = {size: [] for size in stocks}
        numbers = {size: _count(filled, read) for size, filled in stocks.items()}
        # A list that is cut reads in another way; neither way grows.
        spread = max(numbers.values()) - min(numbers.values())
        assert spread <= SPREAD, f"{name}: statements {numbers}"
        for _round in range(ROUNDS):
            for size, filled in stocks.items():
                times[size].append(_time(filled, read))
        base = times.get(BASE)
        for size, values in times.items():
            yield figure(f"{NAME}: {name}, {size:,}", bench.database, "ms", values, base)
        yield figure(
            f"{NAME}: {name}, statements", bench.database, "statements", [max(numbers.values())]
        )
        worst = max(median(values) for size, values in times.items() if size >= BASE)
        if base and worst > MOST * median(base):
            print(f"GROWS: {name}, {worst / median(base):.2f} times", file=sys.stderr)


def measure_million(bench: Bench) -> Iterator[Figure]:
    """The same up to a million; it takes gigabytes and is asked for by name."""
    return measure(bench, (BASE, SEARCHED, ALL))


def make_all(bench: Bench, sizes: tuple[int, ...]) -> dict[int, Filled]:
    """A database of its own for each size: copies of one that the services filled."""
    assert bench.server is not None
    start = time.monotonic()
    bench.server.create_database("bench_matters")
    upgrade(_config(bench, "bench_matters"))
    filled = filling.make(make_institution(create_app(_config(bench, "bench_matters"))))
    _let_go(filled)
    made = {}
    for size in sizes:
        name = f"bench_matters_{size}"
        bench.server.create_database(name, template="bench_matters")
        filling.multiply(bench.server.url(name, OWNER), size, filled.world.now)
        bench.server.analyze(name)
        world = replace(filled.world, app=create_app(_config(bench, name)))
        made[size] = replace(filled, world=world)
        took = time.monotonic() - start
        print(f"{size:,} matters stand after {took:.0f} s", file=sys.stderr)
    return made


def _config(bench: Bench, name: str) -> Config:
    assert bench.server is not None
    config = read_config(
        {},
        environment=Environment.TEST,
        var=bench.folder / name,
        keys_file=bench.folder / "keys.json",
        secret_key="measured-only",
        worker_inside=False,
        log_level="ERROR",
        database_url=bench.server.url(name),
        owner_database_url=bench.server.url(name, OWNER),
    )
    config.var.mkdir(exist_ok=True)
    return config


def _let_go(filled: Filled) -> None:
    with filled.world.app.app_context():
        db.engine.dispose()


@contextmanager
def _undone(filled: Filled) -> Iterator[Session]:
    with filled.world.session() as session:
        try:
            yield session
        finally:
            session.rollback()


def _time(filled: Filled, read: Read) -> float:
    """Milliseconds of one transaction."""
    with _undone(filled) as session:
        start = time.perf_counter()
        read(filled, session)
        return (time.perf_counter() - start) * 1000


def _count(filled: Filled, read: Read) -> int:
    with count_statements(filled.world) as found, _undone(filled) as session:
        read(filled, session)
    return len(found)
