"""Whoever goes for a while has the receiver answer to people, whoever holds their matters."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.handover.rules import ANSWERED, Kind, Reason
from portal.handover.services.signing import Signing
from portal.identity.models import Unit
from portal.matters.models import Matter
from portal.matters.queries import answerer_of
from portal.matters.rules import State
from tests.features.handover.test_pages import look, visitor
from tests.support.handover import Relay
from tests.support.matters import Office


def asked_and_held(relay: Relay, *, by: int | None = None) -> int:
    """A was asked and answers for a matter that is worked on, by C unless told otherwise."""
    hall = relay.hall

    def find_unit(session: Session, _now: object) -> int:
        return session.scalars(select(Unit.id)).one()

    office = Office(relay.world, hall.a, hall.head, hall.c, relay.do(find_unit))
    matter_id = office.bring_to(State.IN_PROGRESS)

    def give(session: Session, _now: object) -> None:
        session.get_one(Matter, matter_id).holder_staff_id = by or hall.c

    relay.do(give)
    return matter_id


def lines(relay: Relay, handover_id: int) -> list[tuple[int | None, bool]]:
    """The matters on a list, and whether they are only answered for."""
    return [
        (item.matter_id, item.state == ANSWERED)
        for item in relay.items(handover_id)
        if item.kind == Kind.MATTER
    ]


@pytest.mark.parametrize("reason", [Reason.LEAVE, Reason.EMERGENCY])
def test_the_receiver_answers_for_what_the_giver_does_not_hold(
    relay: Relay, reason: Reason
) -> None:
    hall = relay.hall
    matter = asked_and_held(relay)
    if reason is Reason.LEAVE:
        done = relay.hand_over(hall.a, hall.b, reason)
    else:
        done = relay.order(hall.a, hall.b)
    assert lines(relay, done) == [(matter, True)]
    row = relay.matter(matter)
    assert (answerer_of(row), row.first_asked_id, row.holder_staff_id) == (hall.b, hall.a, hall.c)


def test_the_receiver_answers_for_what_the_giver_works_on_and_it_goes_back(relay: Relay) -> None:
    hall = relay.hall
    held, answered = asked_and_held(relay, by=hall.a), asked_and_held(relay)
    taken = relay.hand_over(hall.a, hall.b, Reason.LEAVE)
    assert lines(relay, taken) == [(held, False), (answered, True)]
    assert {answerer_of(relay.matter(one)) for one in (held, answered)} == {hall.b}
    back = relay.give_back(taken)
    assert lines(relay, back) == [(held, False), (answered, True)]
    assert relay.offer(back) is Signing.DONE
    assert relay.confirm(back) is Signing.DONE
    for matter in (held, answered):
        assert relay.matter(matter).stands_in_id is None
    assert relay.matter(held).holder_staff_id == hall.a
    assert relay.matter(answered).holder_staff_id == hall.c


def test_who_comes_back_tomorrow_goes_on_answering(relay: Relay) -> None:
    hall = relay.hall
    held, answered = asked_and_held(relay, by=hall.a), asked_and_held(relay)
    done = relay.hand_over(hall.a, hall.b)
    assert lines(relay, done) == [(held, False)]
    assert {answerer_of(relay.matter(one)) for one in (held, answered)} == {hall.a}


def test_what_comes_back_to_the_giver_meanwhile_is_to_be_ticked_anew(relay: Relay) -> None:
    hall = relay.hall
    matter = asked_and_held(relay)
    row = relay.begin(hall.a, hall.b, Reason.LEAVE)
    assert relay.offer(row) is Signing.DONE

    def give(session: Session, _now: object) -> None:
        session.get_one(Matter, matter).holder_staff_id = hall.a

    relay.do(give)
    assert relay.confirm(row) is Signing.CHANGED
    assert lines(relay, row) == [(matter, False)]
    assert relay.confirm(row) is Signing.DONE
    assert relay.matter(matter).holder_staff_id == hall.b


def test_a_line_says_that_it_is_only_answered_for(relay: Relay) -> None:
    hall = relay.hall
    asked_and_held(relay)
    row = relay.begin(hall.a, hall.b, Reason.LEAVE)
    page = look(visitor(relay, "A1"), f"{row}/")
    assert "Answers for it, does not hold it" in page.text
