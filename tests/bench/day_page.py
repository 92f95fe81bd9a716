"""day-page: a window's day, signed in as its clerk, however much lies around it.

Ten people come to the measured window today, in every institution the same; what grows are the
windows beside it and the bookings before it. The floor reads one row by its primary key through
the ORM. Sizes are measured in turn within each round.
"""

from collections.abc import Iterator
from contextlib import ExitStack

from sqlalchemy import select

from portal.catalog.models import Post
from tests.bench.client import request_bytes
from tests.bench.cpu import is_counted
from tests.bench.filling import CLERK, TODAY
from tests.bench.load import load
from tests.bench.report import Figure, figure
from tests.bench.server import serve_both
from tests.bench.stock import POSTS, SIZES, Bench, Stock
from tests.support.walks import sign_in
from tests.support.world import World

ROUNDS = 3
NAME = "day-page"


def measure(bench: Bench) -> Iterator[Figure]:
    """Every number of posts with every number of bookings."""
    rates: dict[tuple[int, int], list[float]] = {}
    costs: dict[tuple[int, int], list[float]] = {}
    floors: list[float] = []
    floor_costs: list[float] = []
    with ExitStack() as stack:
        served = {
            size: stack.enter_context(serve_both(bench.stock(size).address)) for size in SIZES
        }
        for _ in range(ROUNDS):
            rate, cost = load(served[SIZES[0]][1], bench.backend, request_bytes("/row/1"))
            floors.append(rate)
            floor_costs.append(cost)
            for size in SIZES:
                for posts in POSTS:
                    request = _day_of(bench.stock(size), posts)
                    rate, cost = load(served[size][0], bench.backend, request)
                    rates.setdefault((posts, size), []).append(rate)
                    costs.setdefault((posts, size), []).append(cost)
    for (posts, size), values in rates.items():
        name = f"{NAME}, {posts} posts, {size:,} bookings"
        yield figure(name, bench.database, "1/s", values, floors)
        if is_counted():
            found = costs[posts, size]
            yield figure(f"{name}, CPU", bench.database, "ms", found, floor_costs)
    ordered = sorted(rates.values(), key=lambda values: sorted(values)[len(values) // 2])
    yield figure(f"{NAME}, fastest : slowest", bench.database, "1/s", ordered[-1], ordered[0])


def _day_of(stock: Stock, posts: int) -> bytes:
    """The request for the first post's day, by a clerk who has just signed in."""
    world = stock.worlds[posts]
    client = sign_in(world, CLERK)
    cookie = client.get_cookie("portal", path=f"/{world.slug}/")
    assert cookie is not None
    path = f"/{world.slug}/work/today/{_first_post(world)}/"
    page = client.get(path)
    assert page.status_code == 200
    assert page.text.count('<td class="time">') == TODAY, "not the people of today"
    return request_bytes(path, cookie=f"portal={cookie.value}")


def _first_post(world: World) -> int:
    return world.do(lambda session: session.scalars(select(Post.id).order_by(Post.id)).first() or 0)
