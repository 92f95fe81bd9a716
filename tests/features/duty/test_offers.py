"""A published shift is offered to one colleague, and changes hands by their yes alone."""

import json
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.models import PostStaff
from portal.core.errors import DomainError, NotFound, Stale
from portal.duty.leave_models import Leave
from portal.duty.offer_models import OfferedAlready, ShiftOffer
from portal.duty.offer_queries import get_offer
from portal.duty.offer_rules import ChangedSince, NotOffered, OfferOver, TooLateToOffer
from portal.duty.roster_models import Shift
from portal.duty.roster_queries import list_changes, list_weeks, read_week
from portal.duty.roster_rules import TROUBLE_LABELS, Trouble
from portal.duty.services import shifting
from portal.duty.services.offering import end_offers
from portal.identity.models import Staff
from portal.messages.models import Message
from tests.support.fitness import set_statement, sign
from tests.support.offers import answer, keep_in_shifts, offer, shift_of
from tests.support.parallel import together
from tests.support.rosters import NEXT, Hall, at, fill_hall
from tests.support.world import World


@pytest.fixture
def hall(institution: World) -> Hall:
    hall = fill_hall(institution)
    keep_in_shifts(hall)
    return hall


def states(hall: Hall) -> list[str]:
    found = select(ShiftOffer.state).order_by(ShiftOffer.id)
    return hall.world.do(lambda session: list(session.scalars(found)))


def who(hall: Hall, day: int, hour: int) -> tuple[str, str]:
    """Who keeps window 3 at an hour of the coming week, and as what."""

    def read(session: Session) -> tuple[str, str]:
        plan = read_week(session, hall.tenant(), NEXT)
        moment = at(NEXT + timedelta(days=day), hour)
        for segment in plan.covered[hall.posts["w3"]]:
            if segment.start <= moment < segment.end and segment.duty:
                name = session.get_one(Staff, segment.duty.staff_id).name
                return name, str(segment.duty.part)
        return "", ""

    return hall.world.do(read)


def told(hall: Hall) -> list[tuple[str, str]]:
    """The notices in order: to whom, and of what."""
    found = select(Message).where(Message.template == "duty/messages/notice").order_by(Message.id)
    rows = hall.world.do(lambda session: list(session.scalars(found)))
    return [
        ((row.address or "").split("@")[0], json.loads(row.params or "{}")["occasion"])
        for row in rows
    ]


def drop(hall: Hall, shift_id: int) -> None:
    def work(session: Session) -> None:
        shift = session.get_one(Shift, shift_id)
        shifting.drop_shift(
            session, shift=shift, version=shift.version, actor=hall.head, now=hall.world.now
        )

    hall.world.do(work)


def go_on_leave(hall: Hall, number: str) -> None:
    """Somebody is away on the coming Monday and Tuesday."""

    def work(session: Session) -> None:
        session.add(
            Leave(
                staff_id=hall.people[number],
                from_at=at(NEXT, 0),
                until_at=at(NEXT, 48),
                kind="annual",
                state="approved",
                asked_at=hall.world.now,
                decided_by_id=hall.people["H1"],
                decided_at=hall.world.now,
            )
        )

    hall.world.do(work)


def test_a_shift_is_taken_over_and_the_roster_says_swapped(hall: Hall) -> None:
    one = offer(hall, shift_of(hall, "A1"), "B1")
    assert who(hall, 0, 9) == ("沈慧", "A")
    answer(hall, one, "accept")
    assert who(hall, 0, 9) == ("王麗華", "swap")
    assert who(hall, 1, 9) == ("沈慧", "A")
    assert states(hall) == ["accepted"]
    assert told(hall) == [
        ("b1", "offered"),
        ("a1", "accepted"),
        ("b1", "accepted"),
        ("h1", "swapped"),
    ]


def test_two_swap_and_each_keeps_the_other_s_shift(hall: Hall) -> None:
    day, back = shift_of(hall, "A1", 1), shift_of(hall, "C1", 1)
    answer(hall, offer(hall, day, "C1", back_id=back), "accept")
    assert who(hall, 1, 9) == ("趙小燕", "swap")
    assert who(hall, 5, 9) == ("沈慧", "swap")


def test_a_swap_is_a_change_after_publishing(hall: Hall) -> None:
    answer(hall, offer(hall, shift_of(hall, "A1"), "B1"), "accept")

    def read(session: Session) -> list[tuple[str, int, int | None]]:
        changes = list_changes(session, list_weeks(session, [NEXT]))
        return [(c.data["what"], c.data["staff"], c.actor_id) for c in reversed(changes)]

    a, b = hall.people["A1"], hall.people["B1"]
    assert hall.world.do(read) == [("dropped", a, b), ("put", b, b)]


def test_who_took_a_shift_may_offer_it_on(hall: Hall) -> None:
    answer(hall, offer(hall, shift_of(hall, "A1"), "B1"), "accept")
    answer(hall, offer(hall, shift_of(hall, "B1"), "A1"), "accept")
    assert who(hall, 0, 9) == ("沈慧", "swap")


def test_declined_and_withdrawn_leave_all_as_it_was(hall: Hall) -> None:
    shift_id = shift_of(hall, "A1")
    answer(hall, offer(hall, shift_id, "B1"), "decline")
    answer(hall, offer(hall, shift_id, "B1"), "withdraw")
    assert who(hall, 0, 9) == ("沈慧", "A")
    assert states(hall) == ["declined", "withdrawn"]
    assert told(hall)[1:] == [("a1", "declined"), ("b1", "offered"), ("b1", "taken_back")]
    for offer_id, verb in ((1, "accept"), (2, "accept"), (1, "withdraw")):
        with pytest.raises(OfferOver):
            answer(hall, offer_id, verb, version=1)


def test_nobody_answers_for_another(hall: Hall) -> None:
    one = offer(hall, shift_of(hall, "A1"), "B1")
    for verb, by in (("accept", "A1"), ("accept", "C1"), ("decline", "A1"), ("withdraw", "B1")):
        with pytest.raises(NotFound):
            answer(hall, one, verb, by=by)
    with pytest.raises(Stale):
        answer(hall, one, "accept", version=3)


def test_a_shift_is_offered_to_one_colleague_at_a_time(hall: Hall) -> None:
    shift_id = shift_of(hall, "A1")
    offer(hall, shift_id, "B1")
    with pytest.raises(OfferedAlready):
        offer(hall, shift_id, "B1")


def test_only_a_published_shift_of_one_s_own_is_offered(hall: Hall) -> None:
    draft = hall.world.do(
        lambda session: session.scalars(
            select(Shift.id).where(
                Shift.state == "draft", Shift.part == "A", Shift.starts_at > at(NEXT, 200)
            )
        ).first()
    )
    standing_by = hall.world.do(
        lambda session: session.scalars(
            select(Shift.id).where(Shift.state == "published", Shift.part == "B")
        ).first()
    )
    assert draft
    assert standing_by
    for shift_id in (draft, standing_by):
        with pytest.raises((NotOffered, NotFound)):
            offer(hall, shift_id, "A1" if shift_id == standing_by else "B1")
    with pytest.raises(NotOffered):
        offer(hall, shift_of(hall, "A1"), "C1", back_id=shift_of(hall, "A1", 1))


def test_a_swap_with_too_little_rest_is_refused_at_once(hall: Hall) -> None:
    with pytest.raises(shifting.CannotKeep) as refused:
        offer(hall, shift_of(hall, "A1", 1), "H1")
    assert refused.value.params["reason"] == TROUBLE_LABELS[Trouble.REST]
    with pytest.raises(shifting.HasNoPlace):
        offer(hall, shift_of(hall, "A1"), "A2")


def test_what_holds_at_accepting_is_what_is_the_case_then(hall: Hall) -> None:
    """Leave, another post, a new statement: each refuses, and the shift stays where it was."""
    one = offer(hall, shift_of(hall, "A1"), "B1")
    go_on_leave(hall, "B1")
    with pytest.raises(shifting.CannotKeep) as refused:
        answer(hall, one, "accept")
    assert refused.value.params["reason"] == TROUBLE_LABELS[Trouble.ON_LEAVE]

    two = offer(hall, shift_of(hall, "A1", 3), "B1")
    hall.put("B1", at(NEXT, 3 * 24 + 9), at(NEXT, 3 * 24 + 12), post="w4")
    with pytest.raises(shifting.CannotKeep) as refused:
        answer(hall, two, "accept")
    assert refused.value.params["reason"] == TROUBLE_LABELS[Trouble.TWICE]

    three = offer(hall, shift_of(hall, "A1", 2), "B1")
    set_statement(hall.world, hall.posts["w3"])
    with pytest.raises(shifting.CannotKeep) as refused:
        answer(hall, three, "accept")
    assert refused.value.params["reason"] == TROUBLE_LABELS[Trouble.UNSIGNED]
    sign(hall.world, hall.posts["w3"], hall.people["B1"])
    answer(hall, three, "accept")
    assert states(hall) == ["open", "open", "accepted"]


def test_whoever_lost_the_place_meanwhile_takes_nothing(hall: Hall) -> None:
    one = offer(hall, shift_of(hall, "A1"), "B1")

    def release(session: Session) -> None:
        rows = select(PostStaff).where(
            PostStaff.staff_id == hall.people["B1"], PostStaff.post_id == hall.posts["w3"]
        )
        session.delete(session.scalars(rows).one())

    hall.world.do(release)
    with pytest.raises(shifting.HasNoPlace):
        answer(hall, one, "accept")


@pytest.mark.parametrize("whose", ["A1", "C1"])
def test_a_shift_that_changed_meanwhile_is_not_taken(hall: Hall, whose: str) -> None:
    day, back = shift_of(hall, "A1", 1), shift_of(hall, "C1", 1)
    one = offer(hall, day, "C1", back_id=back)
    drop(hall, day if whose == "A1" else back)
    with pytest.raises(ChangedSince):
        answer(hall, one, "accept")
    hall.world.do(lambda session: end_offers(session, hall.world.now))
    hall.world.do(lambda session: end_offers(session, hall.world.now))
    assert states(hall) == ["void"]
    assert told(hall)[1:] == [("a1", "void"), ("c1", "void")]


def test_silence_ends_it_before_the_shift_begins(hall: Hall) -> None:
    shift_id = shift_of(hall, "A1")
    one = offer(hall, shift_id, "B1")
    hall.world.wait(seconds=(at(NEXT, 6 - 12) - hall.world.now).total_seconds() - 60)
    hall.world.do(lambda session: end_offers(session, hall.world.now))
    assert states(hall) == ["open"]
    hall.world.wait(seconds=60)
    with pytest.raises(OfferOver):
        answer(hall, one, "accept")
    hall.world.do(lambda session: end_offers(session, hall.world.now))
    assert states(hall) == ["lapsed"]
    assert told(hall)[1:] == [("a1", "lapsed"), ("b1", "lapsed")]
    with pytest.raises(TooLateToOffer):
        offer(hall, shift_id, "B1")


def test_who_has_left_is_asked_no_longer(hall: Hall) -> None:
    offer(hall, shift_of(hall, "A1"), "B1")

    def leave(session: Session) -> None:
        session.get_one(Staff, hall.people["B1"]).left_at = hall.world.now

    hall.world.do(leave)
    hall.world.do(lambda session: end_offers(session, hall.world.now))
    assert states(hall) == ["void"]


def test_of_two_offers_for_the_same_shift_in_return_one_is_taken(hall: Hall) -> None:
    weekend = shift_of(hall, "C1", 1)
    offers = [offer(hall, shift_of(hall, "A1", n), "C1", back_id=weekend) for n in (1, 2)]

    def attempt(number: int) -> str:
        try:
            answer(hall, offers[number], "accept")
        except DomainError as error:
            return type(error).__name__
        return ""

    assert Counter(together(2, attempt)) == {"": 1, "ChangedSince": 1}
    assert who(hall, 5, 9) == ("沈慧", "swap")


def test_a_double_tap_takes_it_once(hall: Hall) -> None:
    one = offer(hall, shift_of(hall, "A1"), "B1")

    def attempt(_number: int) -> str:
        try:
            answer(hall, one, "accept")
        except DomainError as error:
            return type(error).__name__
        return ""

    assert Counter(together(3, attempt)) == {"": 1, "OfferOver": 2}
    swapped = select(Shift).where(Shift.part == "swap")
    assert len(hall.world.do(lambda session: list(session.scalars(swapped)))) == 1


def test_accepting_and_taking_back_at_once_end_in_one_of_both(hall: Hall) -> None:
    one = offer(hall, shift_of(hall, "A1"), "B1")

    def attempt(number: int) -> str:
        try:
            answer(hall, one, ("accept", "withdraw")[number])
        except DomainError as error:
            return type(error).__name__
        return ""

    assert Counter(together(2, attempt)) == {"": 1, "OfferOver": 1}
    is_taken = states(hall) == ["accepted"]
    assert who(hall, 0, 9) == (("王麗華", "swap") if is_taken else ("沈慧", "A"))


def test_only_the_two_know_of_an_offer(hall: Hall) -> None:
    one = offer(hall, shift_of(hall, "A1"), "B1")
    for number, is_known in (("A1", True), ("B1", True), ("C1", False), ("H1", False)):

        def look(session: Session, number: str = number) -> int:
            return get_offer(session, one, staff_id=hall.people[number]).id

        if is_known:
            assert hall.world.do(look) == one
        else:
            with pytest.raises(NotFound):
                hall.world.do(look)
