"""Whatever a person asks for, and the worker every minute, is found by index in full tables."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, has_request_context
from sqlalchemy import Connection, Engine, Index, delete, event, select

from portal.appointments.models import Booking, Visit
from portal.core.base import Base
from portal.core.session import db
from portal.core.worker import Worker
from portal.matters.finding import find_matters, list_seen
from portal.matters.queries import Viewer
from portal.serving import CORE_SWEEPS
from portal.web.feature import Feature
from tests.contract.conftest import Neighbours
from tests.support.acts import ACTS, perform
from tests.support.crowd import GROWING, crowd
from tests.support.inhabited import own_rules
from tests.support.world import World

Sent = dict[str, Any]
MINUTE = timedelta(minutes=1)


@contextmanager
def keep_statements(app: Flask, *, counts: Callable[[], bool] = lambda: True) -> Iterator[Sent]:
    """Keep each statement that is sent meanwhile, with what filled it in the first time."""
    sent: Sent = {}

    def note(
        _connection: object, _cursor: object, statement: str, given: Any, _c: object, many: bool
    ) -> None:
        if counts() and statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            sent.setdefault(statement, given[0] if many else given)

    with app.app_context():
        engine: Engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def find_wide(world: World, sent: Sent) -> list[str]:
    """The statements that read a growing table with no more to go by than the institution."""
    wide = []
    with world.session() as session:
        connection = session.connection()
        if connection.dialect.name == "postgresql":
            # What a small table is read whole for is not what this is about.
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        for statement, given in sent.items():
            for table, index, condition in read_plan(connection, statement, given):
                if table in GROWING and not is_narrow(table, index, condition):
                    wide.append(f"{table}, found by {condition or 'nothing'}: {statement}")
    return wide


def read_plan(connection: Connection, statement: str, given: Any) -> Iterator[tuple[str, str, str]]:
    """The tables that a statement reads, each by which index and what it is asked for."""
    if connection.dialect.name == "sqlite":
        line = re.compile(r"(?:SCAN|SEARCH) (\w+)(?:.* INDEX (\w+))?[^(]*(.*)")
        for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given):
            if found := line.match(row[3]):
                # Where a table is read twice, the second is named with a number.
                yield re.sub(r"_\d+$", "", found[1]), found[2] or "", found[3]
        return
    answer = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", given).scalar_one()
    yield from _walk(answer[0]["Plan"], "")


def _walk(node: dict[str, Any], above: str) -> Iterator[tuple[str, str, str]]:
    """The readings of a PostgreSQL plan; the index of a bitmap is told below its table."""
    table = node.get("Relation Name", above)
    is_bitmap = node["Node Type"] == "Bitmap Heap Scan"
    if "Scan" in node["Node Type"] and table and not is_bitmap:
        yield table, node.get("Index Name", ""), node.get("Index Cond", "")
    for child in node.get("Plans", ()):
        yield from _walk(child, table if is_bitmap or "Bitmap" in node["Node Type"] else "")


def is_narrow(table: str, index: str, condition: str) -> bool:
    """Whether rows are found by more than their institution, or an index holds a few only."""
    known = Base.metadata.tables[table]
    if any(own.name == index and _is_partial(own) for own in known.indexes):
        return True
    columns = {*known.columns.keys(), "rowid"} - {"institution_id"}
    return bool(columns & set(re.findall(r"\w+", condition)))


def _is_partial(index: Index) -> bool:
    return index.dialect_options["postgresql"]["where"] is not None


@pytest.fixture
def crowded(neighbours: Neighbours) -> Neighbours:
    """The neighbours, after a year of serving people here."""
    neighbours.restore()
    crowd(neighbours.here.world)
    return neighbours


def test_no_page_and_no_form_reads_a_growing_table_from_end_to_end(crowded: Neighbours) -> None:
    here = crowded.here
    with keep_statements(crowded.app, counts=has_request_context) as sent:
        for rule in own_rules(crowded.app):
            if "GET" in (rule.methods or ()):
                here.people[crowded.opener(rule)].get(here.address(rule))
        for act in ACTS:
            perform(here, act)
    assert find_wide(here.world, sent) == []


def test_matters_are_found_by_index_for_whoever_looks(crowded: Neighbours) -> None:
    """A word that half of all say, one that none says whole, and the list of all one may see."""
    world = crowded.here.world
    viewers = [
        Viewer(1, frozenset({1}), frozenset(), frozenset()),
        Viewer(1, frozenset({1}), frozenset({1}), frozenset({1})),
        Viewer(1, frozenset(), None, None),
    ]
    with keep_statements(crowded.app) as sent:
        for viewer in viewers:
            for query in ("漏水", "漏水 路燈", "漏水路燈", "東門"):
                world.do(lambda session: find_matters(session, viewer, query))  # noqa: B023
            world.do(lambda session: list_seen(session, viewer, 9))  # noqa: B023
    assert find_wide(world, sent) == []
    assert len(sent) >= 8


def test_what_the_worker_does_every_minute_neither(crowded: Neighbours) -> None:
    features: tuple[Feature, ...] = crowded.app.extensions["features"]
    sweeps = [*CORE_SWEEPS, *(sweep for feature in features for sweep in feature.sweeps)]
    worker = Worker(
        crowded.app,
        deliveries=[delivery for feature in features for delivery in feature.deliveries],
        sweeps=[sweep for sweep in sweeps if sweep.every <= MINUTE],
        name="watched",
        list_institutions=lambda: [crowded.here.world.id],
    )
    with keep_statements(crowded.app) as sent:
        worker.run_once()
    assert find_wide(crowded.here.world, sent) == []


def test_a_statement_without_an_index_is_found(crowded: Neighbours) -> None:
    world = crowded.here.world
    with keep_statements(crowded.app) as sent:
        world.do(lambda session: session.scalars(select(Booking).where(Booking.channel == "x")))
        world.do(lambda session: session.execute(delete(Visit).where(Visit.server_id == 7)))
        world.do(lambda session: session.scalars(select(Booking).where(Booking.reference == "x")))
    assert len(find_wide(world, sent)) == 2
