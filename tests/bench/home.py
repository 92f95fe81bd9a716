"""home: the institution's home page against a bare greeting on the same server."""

from collections.abc import Iterator

from tests.bench.client import request_bytes
from tests.bench.cpu import is_counted
from tests.bench.load import load
from tests.bench.report import Figure, figure
from tests.bench.server import serve_both
from tests.bench.stock import Bench

ROUNDS = 5


def measure(bench: Bench) -> Iterator[Figure]:
    """Portal and floor in turn."""
    stock = bench.stock(10)
    requests = (request_bytes(f"/{stock.worlds[10].slug}/"), request_bytes("/hello"))
    rates: tuple[list[float], list[float]] = ([], [])
    costs: tuple[list[float], list[float]] = ([], [])
    with serve_both(stock.address) as servers:
        for _ in range(ROUNDS):
            for place, server in enumerate(servers):
                rate, cost = load(server, bench.backend, requests[place])
                rates[place].append(rate)
                costs[place].append(cost)
    yield figure("home", bench.database, "1/s", *rates)
    if is_counted():
        yield figure("home, CPU", bench.database, "ms", *costs)
