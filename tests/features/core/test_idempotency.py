"""A form acts once, however often and however fast it is sent."""

import threading
import time
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import LargeBinary, event, func, select, type_coerce
from sqlalchemy.orm import Session

from portal.core.errors import DomainError
from portal.core.idempotency import KEPT, SWEEP, IdempotencyKey, begin, finish, forget
from portal.core.outbox import OutboxEntry, put
from portal.core.session import db
from tests.support.parallel import together
from tests.support.world import MONDAY, World, make_institution

NOW = MONDAY


class MishapError(Exception):
    """What makes a first one fail."""


def submit(
    session: Session,
    key: str = "k",
    *,
    purpose: str = "/book/",
    who: str = "a",
    fails: bool = False,
) -> str:
    """A view in small: acts on the first form and says where its sender goes."""
    location = begin(session, key, purpose=purpose, now=NOW)
    if location is not None:
        return location
    put(session, "acted", {}, key=f"acted:{who}", due=NOW)
    if fails:
        raise MishapError
    finish(session, key, location=f"/booked/{who}/")
    return f"/booked/{who}/"


def acts(world: World) -> int:
    count = select(func.count(OutboxEntry.id))
    return world.do(lambda session: session.scalar(count) or 0, is_read_only=True)


def keys(world: World) -> list[IdempotencyKey]:
    with world.session() as session:
        return list(session.scalars(select(IdempotencyKey)))


def test_a_repeat_is_sent_where_the_first_one_went(institution: World) -> None:
    assert institution.do(submit) == "/booked/a/"
    assert institution.do(partial(submit, who="b")) == "/booked/a/"
    assert institution.do(partial(submit, key="another", who="b")) == "/booked/b/"
    assert acts(institution) == 2


def test_the_database_does_not_tell_where_the_first_one_went(institution: World) -> None:
    institution.do(submit)
    stored = select(type_coerce(IdempotencyKey.location, LargeBinary))
    [kept] = institution.do(lambda session: session.scalars(stored).all())
    assert b"booked" not in bytes(kept)


def test_of_many_at_once_one_acts_and_all_land_at_the_same_place(institution: World) -> None:
    places = together(8, lambda number: institution.do(partial(submit, who=str(number))))
    assert len(set(places)) == 1
    assert acts(institution) == 1


def test_when_the_first_fails_another_of_those_at_once_acts(institution: World) -> None:
    def send(number: int) -> str:
        try:
            return institution.do(partial(submit, who=str(number), fails=number < 4))
        except MishapError:
            return "failed"

    places = together(8, send)
    landed = {place for place in places if place != "failed"}
    assert len(landed) == 1
    assert acts(institution) == 1


def test_a_repeat_waits_for_the_first_to_end(institution: World) -> None:
    entered, ended = threading.Event(), []

    def slow(session: Session) -> str:
        assert begin(session, "k", purpose="/book/", now=NOW) is None
        entered.set()
        time.sleep(0.3)
        finish(session, "k", location="/booked/first/")
        ended.append("first")
        return ""

    def second(number: int) -> str:
        if number == 0:
            return institution.do(slow)
        assert entered.wait(10)
        place = institution.do(submit)
        ended.append("second")
        return place

    assert together(2, second)[1] == "/booked/first/"
    assert ended == ["first", "second"]


def test_a_first_one_that_was_rolled_back_leaves_no_trace(institution: World) -> None:
    with pytest.raises(MishapError):
        institution.do(partial(submit, fails=True))
    assert (keys(institution), acts(institution)) == ([], 0)
    assert institution.do(partial(submit, who="b")) == "/booked/b/"


def test_a_form_sent_back_for_correction_may_be_sent_again(institution: World) -> None:
    def refuse(session: Session) -> None:
        assert begin(session, "k", purpose="/book/", now=NOW) is None
        forget(session, "k")

    institution.do(refuse)
    assert institution.do(submit) == "/booked/a/"


def test_a_key_serves_one_purpose_only(institution: World) -> None:
    institution.do(submit)
    with pytest.raises(DomainError):
        institution.do(partial(submit, purpose="/cancel/"))
    assert acts(institution) == 1


def test_institutions_do_not_share_keys(app: Flask, institution: World) -> None:
    other = make_institution(app, "other")
    institution.do(submit)
    assert other.do(partial(submit, purpose="/cancel/", who="b")) == "/booked/b/"


@pytest.mark.parametrize("words", ["x" * 5000, "\x00", "\udcff", "'; --", "鍵"])
def test_hostile_keys_and_long_addresses_are_taken_as_they_are(
    institution: World, words: str
) -> None:
    def act(session: Session) -> str | None:
        place = begin(session, words, purpose=words, now=NOW)
        finish(session, words, location="/" + "x" * 3000)
        return place

    assert institution.do(act) is None
    assert institution.do(act) == "/" + "x" * 3000


def test_the_whole_costs_two_statements(app: Flask, institution: World) -> None:
    said: list[str] = []

    def listen(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if "idempotency_key" in statement:
            said.append(statement.partition(" ")[0])

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", listen)
    institution.do(submit)
    institution.do(submit)
    event.remove(engine, "before_cursor_execute", listen)
    assert said == ["INSERT", "UPDATE", "INSERT", "SELECT"]


def test_keys_are_forgotten_after_their_time(institution: World) -> None:
    institution.do(submit)
    institution.do(lambda session: SWEEP.run(session, NOW + KEPT))
    assert len(keys(institution)) == 1
    institution.do(lambda session: SWEEP.run(session, NOW + KEPT + timedelta(seconds=1)))
    assert keys(institution) == []
