"""Who keeps a post has signed what it answers for (W-GC-1) and is qualified for it (W-AB-2)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.models import Post
from portal.core.actor import Actor
from portal.core.errors import DomainError, NotFound, Stale
from portal.duty.candidates import list_candidates
from portal.duty.fitness_models import DutySignature, Qualification, SignedAlready
from portal.duty.fitness_rules import Unqualified, Unsigned
from portal.duty.models import Presence
from portal.duty.roster_rules import TROUBLE_LABELS, Trouble
from portal.duty.rules import AwayReason, NoPlace
from portal.duty.services import covering, presence, qualifying, rostering, shifting, statements
from portal.identity.models import Staff
from portal.messages.models import Message
from tests.support.fitness import ask_qualification, qualify, set_statement, sign
from tests.support.parallel import together
from tests.support.rosters import MONDAY, NEXT, Hall, at, fill_hall
from tests.support.world import World


@pytest.fixture
def hall(institution: World) -> Hall:
    hall = fill_hall(institution)

    def reach(session: Session) -> None:
        for number, staff_id in hall.people.items():
            session.get_one(Staff, staff_id).email = f"{number.lower()}@town.example"

    institution.do(reach)
    return hall


def asked(hall: Hall) -> list[str]:
    """To which addresses somebody was asked to sign, in order."""
    found = select(Message).where(Message.template == "duty/messages/notice").order_by(Message.id)
    return hall.world.do(lambda session: [one.address or "" for one in session.scalars(found)])


def act(hall: Hall, verb: Callable[..., object], number: str, post: str = "w3") -> None:
    """Somebody does something about a post."""

    def work(session: Session) -> None:
        verb(
            session,
            post=session.get_one(Post, hall.posts[post]),
            actor=Actor("staff", hall.people[number]),
            now=hall.world.now,
        )

    hall.world.do(work)


def ask(hall: Hall, number: str) -> None:
    def work(session: Session) -> None:
        statements.ask_to_sign(
            session,
            post=session.get_one(Post, hall.posts["w3"]),
            staff_id=hall.people[number],
            actor=hall.head,
            now=hall.world.now,
        )

    hall.world.do(work)


def troubles(hall: Hall) -> dict[str, Trouble | None]:
    """What the list of those who could keep window 3 says, by name."""

    def read(session: Session) -> dict[str, Trouble | None]:
        found = list_candidates(
            session,
            hall.tenant(),
            session.get_one(Post, hall.posts["w3"]),
            at(NEXT, 9),
            at(NEXT, 12),
            rest=timedelta(hours=11),
        )
        return {one.name: one.trouble for one in found}

    return hall.world.do(read)


def test_w_gc_1_whoever_has_not_signed_is_not_put_there(hall: Hall) -> None:
    hall.put("A1", at(NEXT, 9), at(NEXT, 12))
    set_statement(hall.world, hall.posts["w3"])
    with pytest.raises(shifting.CannotKeep) as refused:
        hall.put("A1", at(NEXT, 14), at(NEXT, 17))
    assert refused.value.params["reason"] == TROUBLE_LABELS[Trouble.UNSIGNED]
    assert troubles(hall)["沈慧"] is Trouble.UNSIGNED
    sign(hall.world, hall.posts["w3"], hall.people["A1"])
    hall.put("A1", at(NEXT, 14), at(NEXT, 17))
    assert troubles(hall)["沈慧"] is None


def test_w_gc_1_nothing_is_published_over_a_missing_signature(hall: Hall) -> None:
    set_statement(hall.world, hall.posts["w3"])
    with pytest.raises(rostering.HasTrouble) as refused:
        hall.publish()
    assert refused.value.params == {"count": 1}
    sign(hall.world, hall.posts["w3"], hall.people["A1"])
    hall.publish()


def test_w_gc_1_a_new_version_holds_for_what_is_not_published_yet(hall: Hall) -> None:
    window, a = hall.posts["w3"], hall.people["A1"]
    set_statement(hall.world, window)
    sign(hall.world, window, a)
    hall.publish(MONDAY)
    set_statement(hall.world, window, text="新的說法", number=1)
    act(hall, presence.sign_in, "A1")
    with pytest.raises(shifting.CannotKeep):
        hall.put("A1", at(NEXT, 9), at(NEXT, 12))
    with pytest.raises(rostering.HasTrouble):
        hall.publish()
    hall.world.wait(days=7)
    with pytest.raises(Unsigned):
        act(hall, presence.sign_in, "B1")
    sign(hall.world, window, a, number=2)
    hall.publish()


def test_w_gc_1_nobody_signs_in_or_covers_unsigned(hall: Hall) -> None:
    window = hall.posts["w3"]
    set_statement(hall.world, window)
    with pytest.raises(Unsigned):
        act(hall, presence.sign_in, "A1")
    sign(hall.world, window, hall.people["A1"])
    act(hall, presence.sign_in, "A1")

    def leave(session: Session) -> None:
        presence.step_away(
            session,
            presence=session.scalars(select(Presence)).one(),
            reason=AwayReason.MEAL,
            minutes=10,
            actor=Actor("staff", hall.people["A1"]),
            now=hall.world.now,
        )

    hall.world.do(leave)
    with pytest.raises(Unsigned):
        act(hall, covering.cover, "B1")
    sign(hall.world, window, hall.people["B1"])
    act(hall, covering.cover, "B1")


def test_what_was_changed_while_it_was_read_is_not_signed(hall: Hall) -> None:
    window, a = hall.posts["w3"], hall.people["A1"]
    set_statement(hall.world, window)
    set_statement(hall.world, window, text="改了", number=1)
    with pytest.raises(Stale):
        sign(hall.world, window, a)
    with pytest.raises(Stale):
        set_statement(hall.world, window, text="又改", number=1)
    with pytest.raises(statements.SameWords):
        set_statement(hall.world, window, text="改了", number=2)
    sign(hall.world, window, a, number=2)
    with pytest.raises(SignedAlready):
        sign(hall.world, window, a, number=2)


def test_only_who_serves_there_signs_and_is_asked(hall: Hall) -> None:
    with pytest.raises(NotFound):
        ask(hall, "A1")
    set_statement(hall.world, hall.posts["w3"])
    for number in ("C1", "A2"):
        with pytest.raises(NoPlace):
            sign(hall.world, hall.posts["w3"], hall.people[number])
        with pytest.raises(NotFound):
            ask(hall, number)


def test_a_new_statement_asks_all_who_serve_there_and_the_head_once_a_day(hall: Hall) -> None:
    set_statement(hall.world, hall.posts["w3"])
    assert asked(hall) == ["a1@town.example", "b1@town.example"]
    with pytest.raises(statements.AskedAlready):
        ask(hall, "A1")
    hall.world.wait(days=1)
    ask(hall, "A1")
    assert asked(hall)[2:] == ["a1@town.example"]
    sign(hall.world, hall.posts["w3"], hall.people["A1"])
    with pytest.raises(SignedAlready):
        ask(hall, "A1")


def test_a_double_tap_signs_once(hall: Hall) -> None:
    set_statement(hall.world, hall.posts["w3"])

    def attempt(_number: int) -> str:
        try:
            sign(hall.world, hall.posts["w3"], hall.people["A1"])
        except DomainError as error:
            return type(error).__name__
        return ""

    assert sorted(together(4, attempt)) == ["", *["SignedAlready"] * 3]
    rows = hall.world.do(lambda session: len(session.scalars(select(DutySignature)).all()))
    assert rows == 1


def test_w_ab_2_whoever_is_not_qualified_is_not_put_there(hall: Hall) -> None:
    service, a, b = ask_qualification(hall.world), hall.people["A1"], hall.people["B1"]
    with pytest.raises(shifting.CannotKeep):
        hall.put("A1", at(NEXT, 9), at(NEXT, 12))
    with pytest.raises(rostering.HasTrouble):
        hall.publish()
    with pytest.raises(Unqualified):
        act(hall, presence.sign_in, "A1")
    qualify(hall.world, service, a, NEXT + timedelta(days=4))
    qualify(hall.world, service, b, NEXT - timedelta(days=1))
    assert troubles(hall) == {"沈慧": None, "王麗華": Trouble.EXPIRED}
    hall.put("A1", at(NEXT, 9), at(NEXT, 12))
    hall.publish()
    act(hall, presence.sign_in, "A1")
    with pytest.raises(shifting.CannotKeep):
        hall.put("A1", at(NEXT, 24 * 5), at(NEXT, 24 * 5 + 3))
    # The other window asks for nothing.
    hall.put("B1", at(NEXT, 9), at(NEXT, 12), post="w4")


def test_a_qualification_is_renewed_withdrawn_once_and_kept_as_it_was(hall: Hall) -> None:
    service, a = ask_qualification(hall.world), hall.people["A1"]
    with pytest.raises(qualifying.OverAlready):
        qualify(hall.world, service, a, MONDAY - timedelta(days=1))
    qualify(hall.world, service, a, MONDAY)
    hall.world.wait(minutes=1)
    second = qualify(hall.world, service, a, NEXT)

    def withdraw(session: Session) -> None:
        qualifying.withdraw_qualification(
            session,
            row=session.get_one(Qualification, second),
            actor=hall.head,
            now=hall.world.now,
        )

    hall.world.do(withdraw)
    with pytest.raises(qualifying.EndedAlready):
        hall.world.do(withdraw)
    rows = hall.world.do(lambda session: list(session.scalars(select(Qualification))))
    assert [(row.valid_until, row.ended_at is not None) for row in rows] == [
        (MONDAY, True),
        (NEXT, True),
    ]
    assert troubles(hall)["沈慧"] is Trouble.UNQUALIFIED


def test_two_who_write_down_the_same_qualification_leave_one(hall: Hall) -> None:
    service, a = ask_qualification(hall.world), hall.people["A1"]
    together(3, lambda number: qualify(hall.world, service, a, NEXT + timedelta(days=number)))
    standing = select(Qualification).where(Qualification.ended_at.is_(None))
    assert len(hall.world.do(lambda session: list(session.scalars(standing)))) == 1
