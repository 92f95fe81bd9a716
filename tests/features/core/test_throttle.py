"""A limit is exact, however many come at once, and its table knows nobody."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import event, select

from portal.core.session import db
from portal.core.throttle import SWEEP, Throttle, allow
from tests.support.parallel import together
from tests.support.world import MONDAY, World, make_institution

NOW = MONDAY
HOUR = timedelta(hours=1)


def come(
    world: World,
    bucket: str = "login:7",
    *,
    limit: int = 3,
    window: timedelta = HOUR,
    now: datetime = NOW,
) -> bool:
    return world.do(partial(allow, bucket=bucket, limit=limit, window=window, now=now))


def rows(world: World) -> list[Throttle]:
    with world.session() as session:
        return list(session.scalars(select(Throttle).order_by(Throttle.window_start)))


def test_attempts_up_to_the_limit_pass_and_the_next_window_is_new(institution: World) -> None:
    assert [come(institution) for _ in range(5)] == [True, True, True, False, False]
    assert not come(institution, now=NOW + HOUR - timedelta(microseconds=1))
    assert come(institution, now=NOW + HOUR)


def test_buckets_windows_and_institutions_count_apart(app: Flask, institution: World) -> None:
    other = make_institution(app, "other")
    assert come(institution, limit=1)
    assert not come(institution, limit=1)
    assert come(institution, "login:8", limit=1)
    # At the full hour both windows begin at the same moment.
    assert come(institution, limit=1, window=timedelta(minutes=1))
    assert come(other, limit=1)


def test_of_many_at_once_exactly_the_limit_passes(institution: World) -> None:
    def come_often(_number: int) -> list[bool]:
        return [come(institution, limit=30) for _ in range(10)]

    answers = [answer for mine in together(8, come_often) for answer in mine]
    assert (len(answers), sum(answers)) == (80, 30)
    assert [row.count for row in rows(institution)] == [80]


def test_an_attempt_that_is_rolled_back_was_none(institution: World) -> None:
    with institution.session() as session:
        assert allow(session, "x", limit=1, window=HOUR, now=NOW)
        session.rollback()
    assert come(institution, "x", limit=1)
    assert not come(institution, "x", limit=1)


@pytest.mark.parametrize("bucket", ["0912 345 678", "王小明" * 500, "\x00", "\udcff", ""])
def test_the_table_knows_nobody_and_takes_any_text(institution: World, bucket: str) -> None:
    assert come(institution, bucket)
    (row,) = rows(institution)
    assert len(row.bucket) == 64
    assert set(row.bucket) <= set("0123456789abcdef")


def test_counting_is_one_statement(app: Flask, institution: World) -> None:
    said: list[str] = []

    def listen(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if "throttle" in statement:
            said.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", listen)
    come(institution)
    come(institution)
    event.remove(engine, "before_cursor_execute", listen)
    assert len(said) == 2


def test_windows_that_ended_are_forgotten(institution: World) -> None:
    come(institution, now=NOW - HOUR * 2)
    come(institution)
    institution.do(lambda session: SWEEP.run(session, NOW))
    assert [row.window_start for row in rows(institution)] == [NOW]
