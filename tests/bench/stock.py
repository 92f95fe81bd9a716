"""Databases of growing size, each with the institutions that are measured."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask

from portal.app import create_app
from portal.core.config import Config, Environment, read_config
from portal.core.migrating import upgrade
from portal.core.session import db
from tests.bench.filling import fill
from tests.bench.server import Address
from tests.support.postgres import OWNER, Server, Unavailable, start_server
from tests.support.world import World, furnish, make_institution

#: Bookings of an institution, and of how many posts; one database for each number of bookings.
SIZES = (10, 1_000, 100_000)
POSTS = (1, 10, 50)


@dataclass
class Stock:
    """One database with an application on it, for filling and preparing."""

    config: Config
    app: Flask
    bookings: int
    #: Institutions by their number of posts.
    worlds: dict[int, World] = field(default_factory=dict)

    @property
    def address(self) -> Address:
        """How a server reaches the same database."""
        assert self.config.keys_file is not None
        return Address(self.config.database_url, self.config.var, self.config.keys_file)


@dataclass
class Bench:
    """One kind of database: its stocks, and whose processor time counts besides the server's."""

    database: str
    folder: Path
    server: Server | None = None
    stocks: dict[int, Stock] = field(default_factory=dict)

    @property
    def backend(self) -> int | None:
        """The process of the database server, if there is one."""
        return self.server.find_process() if self.server else None

    def stock(self, bookings: int) -> Stock:
        """The database in which each institution has so many bookings, made when first asked."""
        if bookings not in self.stocks:
            self.stocks[bookings] = self._make(bookings)
        return self.stocks[bookings]

    def _make(self, bookings: int) -> Stock:
        name = f"bench_{bookings}"
        urls = {}
        if self.server is not None:
            self.server.create_database(name)
            urls = {
                "database_url": self.server.url(name),
                "owner_database_url": self.server.url(name, OWNER),
            }
        config = read_config(
            {},
            environment=Environment.TEST,
            var=self.folder / name,
            # A process enciphers with one ring, and this one holds several applications.
            keys_file=self.folder / "keys.json",
            secret_key="measured-only",
            worker_inside=False,
            log_level="ERROR",
            **urls,
        )
        config.var.mkdir()
        upgrade(config)
        stock = Stock(config, create_app(config), bookings)
        for posts in POSTS:
            world = make_institution(stock.app, f"posts-{posts}")
            furnish(world, capacity=20)
            fill(world, posts=posts, bookings=bookings)
            stock.worlds[posts] = world
        if self.server is not None:
            self.server.analyze(name)
        return stock


@contextmanager
def open_bench(database: str) -> Iterator[Bench | Unavailable]:
    """A kind of database for the length of its measurements; it writes as production does."""
    server: Server | None = None
    if database == "postgresql":
        started = start_server(is_durable=True)
        if isinstance(started, Unavailable):
            yield started
            return
        server = started
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    bench = Bench(database, folder, server)
    try:
        yield bench
    finally:
        for stock in bench.stocks.values():
            with stock.app.app_context():
                db.engine.dispose()
        if server is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)
