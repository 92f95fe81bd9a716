"""The demonstration: three institutions full of life, and a clock that goes forward."""

from collections import Counter
from datetime import timedelta

import pytest
from flask import Flask
from pyotp import TOTP
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, Hold, Slot, Visit
from portal.appointments.no_show_models import NoShow
from portal.appointments.waiting_models import Waiting
from portal.catalog.models import Post, PostStaff
from portal.core.config import Environment
from portal.core.runtime import Runtime, runtime
from portal.core.session import db
from portal.demonstration.clock import FollowingClock, clock_for
from portal.demonstration.commands import demo_commands
from portal.demonstration.logins import LOGINS, PASSWORD, SECRET, SLUGS, print_logins
from portal.demonstration.making import make_demonstration
from portal.demonstration.rosters import CREW
from portal.duty.models import Presence
from portal.duty.roster_queries import list_weeks, read_week, week_of
from portal.duty.services.shifting import monday_of
from portal.handover.book_queries import get_book, read_entries
from portal.handover.models import Handover
from portal.handover.queries import Viewer
from portal.identity.models import Staff, Unit
from portal.identity.queries.heads import find_deputy, find_head
from portal.messages.models import Message
from portal.tenancy.queries import get_tenant
from tests.features.tenancy.conftest import world_of
from tests.support.pages import Page, post
from tests.support.world import World

AFTERNOON = timedelta(hours=5)


@pytest.fixture
def worlds(app: Flask) -> list[World]:
    """The demonstration as it is on a Monday in the early afternoon."""
    with app.app_context():
        runtime().clock.offset = AFTERNOON
        make_demonstration(say=lambda _line: None)
    return [world_of(app, slug) for slug in SLUGS.values()]


def states(world: World) -> dict[str, Counter[str]]:
    today = world.now.date()

    def read(session: Session) -> dict[str, Counter[str]]:
        found: dict[str, Counter[str]] = {
            "past": Counter(),
            "today": Counter(),
            "ahead": Counter(),
        }
        for day, state in session.execute(select(Booking.local_date, Booking.state)):
            when = "past" if day < today else "today" if day == today else "ahead"
            found[when][state] += 1
        return found

    return world.do(read)


def test_the_demonstration_shows_every_side_of_a_day(
    app: Flask, worlds: list[World], capsys: pytest.CaptureFixture[str]
) -> None:
    # Making it takes seconds, so all that it must be is looked at in one test.
    _check_life(worlds)
    _check_places(worlds)
    _check_logins(app, worlds, capsys)
    _check_day_pages(worlds)
    _check_troubles(worlds)
    _check_duty_books(worlds)
    before = [states(world) for world in worlds]
    with app.app_context():
        make_demonstration(say=pytest.fail)
    assert [states(world) for world in worlds] == before


def _check_life(worlds: list[World]) -> None:
    for world in worlds:
        found = states(world)
        assert 260 <= sum(sum(counts.values()) for counts in found.values()) <= 380
        assert found["past"].keys() == {"done", "no_show", "cancelled"}
        assert found["today"]["done"] > 3
        assert found["today"]["booked"] > 3
        assert found["ahead"].keys() == {"booked", "cancelled"}
        _check_people(world)
        _check_roster(world)
        _check_heads(world)
        _check_visits(world)
        assert world.do(lambda s: list(s.scalars(select(Handover.state)))) == ["offered"]
        assert world.do(lambda s: s.scalar(select(func.count(Waiting.id)))) == 3
    together = sum((states(world)["today"] for world in worlds), Counter[str]())
    assert together.keys() == {"booked", "arrived", "serving", "done", "no_show", "cancelled"}


def _check_people(world: World) -> None:
    def read(session: Session) -> tuple[int, int, int, int]:
        kinds = (Staff.id, Post.id, PostStaff.id)
        staff, posts, manned = (session.scalar(select(func.count(kind))) or 0 for kind in kinds)
        # Whoever takes a window over may be its third.
        third = select(func.count(PostStaff.id)).where(PostStaff.position == "C")
        manned -= session.scalar(third) or 0
        names = session.scalar(select(func.count(func.distinct(Staff.name)))) or 0
        return staff, posts, manned, names

    staff, posts, manned, names = world.do(read)
    # Only one of the houses has a desk that never closes, with a crew of its own.
    crew = CREW if world.slug == SLUGS["property"] else 0
    desks = 1 if crew else 0
    assert len(LOGINS) == 12
    assert staff == len(LOGINS) + crew
    assert manned == 2 * (posts - desks) + crew
    assert names > 8


def _check_roster(world: World) -> None:
    """This week is published and kept throughout; in the next one somebody is missing."""

    def read(session: Session) -> tuple[set[int], set[int], list[int]]:
        tenant = get_tenant(session)
        monday = monday_of(world.now.astimezone(tenant.zone).date())
        published = {week.unit_id for week in list_weeks(session, [monday])}
        units = {post.unit_id for post in session.scalars(select(Post))}
        gaps = []
        for week in (monday, monday + timedelta(days=7)):
            found = read_week(session, tenant, week).gaps(*week_of(tenant, week))
            gaps.append(sum(len(each) for each in found.values()))
        return published, units, gaps

    published, units, gaps = world.do(read)
    assert published == units
    assert gaps[0] == 0
    assert gaps[1] > 0


def _check_heads(world: World) -> None:
    """Every unit has a head and a deputy; those of a unit below another work there."""

    def read(session: Session) -> list[tuple[Unit, Staff | None, Staff | None]]:
        units = session.scalars(select(Unit).order_by(Unit.id)).all()
        return [
            (unit, find_head(session, unit.id), find_deputy(session, unit.id)) for unit in units
        ]

    found = world.do(read)
    assert len(found) > 2
    for unit, head, deputy in found:
        assert head is not None
        assert deputy is not None
        assert (unit.head_id, unit.deputy_id) == (head.id, deputy.id)
        if unit.parent_id is None:
            assert (head.number, deputy.number) == ("2001", "2002")
        else:
            assert {head.unit_id, deputy.unit_id} == {unit.id}


def _check_visits(world: World) -> None:
    def read(session: Session) -> list[Visit]:
        return list(session.scalars(select(Visit)))

    visits = world.do(read)
    assert len(visits) > 20
    assert {visit.outcome for visit in visits} >= {"done", "continued"}
    assert any(visit.next_booking_id for visit in visits)


def _check_places(worlds: list[World]) -> None:
    """No place is given twice, and no window serves two at once."""
    for world in worlds:

        def read(session: Session) -> tuple[list[tuple[int, int]], list[int]]:
            live = Booking.state.in_(("booked", "arrived", "serving", "done", "no_show"))
            # What is kept for somebody takes a place as a booking does.
            taken = Counter(session.scalars(select(Booking.slot_id).where(live)))
            taken.update(session.scalars(select(Hold.slot_id)))
            slots = session.execute(select(Slot.id, Slot.booked).where(Slot.booked > 0))
            wrong = [(number, booked) for number, booked in slots if taken[number] != booked]
            serving = [
                *session.scalars(select(Booking.post_id).where(Booking.state == "serving")),
                *session.scalars(select(Visit.post_id).where(Visit.state == "serving")),
            ]
            return wrong, serving

        wrong, serving = world.do(read)
        assert wrong == []
        assert len(serving) == len(set(serving))


def _check_logins(app: Flask, worlds: list[World], capsys: pytest.CaptureFixture[str]) -> None:
    with app.app_context():
        print_logins(runtime().config)
    printed = capsys.readouterr().out
    assert PASSWORD in printed
    for world in worlds:
        assert f"/{world.slug}/work/sign-in/" in printed
        for login in (login for login in LOGINS if login.is_shown):
            assert f"  {login.number}  " in printed
            _sign_in(world, login.number, has_second_factor=login.role != "clerk")


def _sign_in(world: World, number: str, *, has_second_factor: bool) -> None:
    client = world.client()
    page = Page(client.get(f"/{world.slug}/work/sign-in/"))
    page = post(client, page, number=number, password=PASSWORD)
    if has_second_factor:
        page = post(client, page, code=TOTP(SECRET).at(world.now))
    assert page.status == 200, page.text
    assert "/work/today/" in page.path, page.path


def _check_day_pages(worlds: list[World]) -> None:
    for world in worlds:
        client = world.client()
        page = Page(client.get(f"/{world.slug}/work/sign-in/"))
        post(client, page, number="1001", password=PASSWORD)
        first = world.do(lambda s: s.scalars(select(Post).order_by(Post.position)).first())
        assert first is not None
        day = Page(client.get(f"/{world.slug}/work/today/{first.id}/"))
        assert day.status == 200
        assert day.text.count("<tr") > 3 or day.text.count("<li") > 3


def _check_troubles(worlds: list[World]) -> None:
    """Everywhere a message came back and somebody objects; a claim waits where somebody does."""

    def read(session: Session) -> tuple[int, int, list[str]]:
        lost = select(func.count(Message.id)).where(Message.state == "refused")
        objections = select(func.count(NoShow.id)).where(NoShow.objected_at.is_not(None))
        here = select(Booking.priority).where(Booking.state == "arrived")
        return session.scalar(lost) or 0, session.scalar(objections) or 0, [*session.scalars(here)]

    for world in worlds:
        lost, objections, here = world.do(read)
        assert (lost, objections) == (1, 1)
        assert not here or any(here)


def _check_duty_books(worlds: list[World]) -> None:
    """Some book of each house carries something over (P-6.2)."""
    for world in worlds:

        def count(session: Session) -> Counter[str]:
            found: Counter[str] = Counter()
            for row in session.scalars(select(Presence).where(~Presence.is_cover)):
                entries = read_entries(session, get_book(session, row.id, Viewer(0, None)))
                found += Counter(received=len(entries.received), carried=len(entries.carried))
            return found

        found = world.do(count)
        assert min(found["received"], found["carried"]) > 0, (world.slug, found)


def test_the_clock_goes_forward_for_every_process(app: Flask) -> None:
    held: Runtime = app.extensions["portal"]
    config, clock = held.config, held.clock
    held.config = config.model_copy(update={"environment": Environment.DEMONSTRATION})
    try:
        with app.app_context():
            held.clock = clock_for(held.config)
            assert isinstance(held.clock, FollowingClock)
            before = held.clock.now()
        run = app.test_cli_runner()
        assert "2:00:00 ahead" in run.invoke(demo_commands, ["advance", "2h"]).output
        assert "2:30:00 ahead" in run.invoke(demo_commands, ["advance", "30m"]).output
        assert run.invoke(demo_commands, ["advance", "soon"]).exit_code == 1
        with app.app_context():
            held.clock = clock_for(held.config)
            assert timedelta(hours=2, minutes=30) <= held.clock.now() - before
            db.session.remove()
    finally:
        held.config, held.clock = config, clock


def test_elsewhere_the_clock_is_the_clock(app: Flask) -> None:
    for words in (["advance", "2h"], ["create"]):
        result = app.test_cli_runner().invoke(demo_commands, words)
        assert result.exit_code == 1
        assert "Only in the demonstration" in result.output
    with app.app_context():
        assert not isinstance(clock_for(runtime().config), FollowingClock)
