"""Two who act at the same moment: one is first, and everything has one holder (I-1, I-6)."""

from collections import Counter
from collections.abc import Callable

from portal.core.errors import DomainError
from portal.handover.rules import Kind, State
from portal.handover.services.signing import Signing
from tests.support.handover import Relay
from tests.support.parallel import together


def attempts(*works: Callable[[], object]) -> list[str]:
    """What came of each that began at the same moment: a refusal's name, or how it ended."""

    def attempt(number: int) -> str:
        try:
            return str(works[number]())
        except DomainError as error:
            return type(error).__name__

    return together(len(works), attempt)


def test_i_6_the_receiver_signs_in_two_tabs_and_it_moves_once(relay: Relay) -> None:
    hall = relay.hall
    hall.sign_in(hall.a)
    matter = relay.open_matter(hall.a)
    handover = relay.begin(hall.a, hall.b)
    relay.offer(handover)
    ids, version = [item.id for item in relay.items(handover)], relay.read(handover).version
    made = attempts(*[lambda: relay.confirm(handover, ids, version=version)] * 4)
    assert Counter(made) == {"done": 1, "Stale": 3}
    assert relay.matter(matter).holder_staff_id == hall.b
    assert hall.seat().own is not None


def test_the_giver_withdraws_while_the_receiver_signs(relay: Relay) -> None:
    hall = relay.hall
    matter = relay.open_matter(hall.a)
    handover = relay.begin(hall.a, hall.b)
    relay.offer(handover)
    ids, version = [item.id for item in relay.items(handover)], relay.read(handover).version
    attempts(
        lambda: relay.confirm(handover, ids, version=version),
        lambda: relay.withdraw(handover),
    )
    state = relay.read(handover).state
    holder = hall.b if state == State.CONFIRMED else hall.a
    assert state in {State.CONFIRMED, State.WITHDRAWN}
    assert relay.matter(matter).holder_staff_id == holder


def test_i_1_the_head_orders_while_the_receiver_signs(relay: Relay) -> None:
    hall = relay.hall
    hall.sign_in(hall.a)
    matter = relay.open_matter(hall.a)
    handover = relay.begin(hall.a, hall.b)
    relay.offer(handover)
    ids, version = [item.id for item in relay.items(handover)], relay.read(handover).version
    made = attempts(
        lambda: relay.confirm(handover, ids, version=version),
        lambda: relay.order(hall.a, hall.c),
    )
    states = {row.id: row.state for row in relay.handovers()}
    assert states[handover] in {State.CONFIRMED, State.WITHDRAWN}, made
    is_first = states[handover] == State.CONFIRMED
    assert relay.matter(matter).holder_staff_id == (hall.b if is_first else hall.c)


def test_a_matter_that_comes_while_it_is_signed_is_seen_or_stays(relay: Relay) -> None:
    hall = relay.hall
    relay.open_matter(hall.a)
    handover = relay.begin(hall.a, hall.b)
    relay.offer(handover)
    ids, version = [item.id for item in relay.items(handover)], relay.read(handover).version
    late: list[int] = []
    made = attempts(
        lambda: relay.confirm(handover, ids, version=version),
        lambda: late.append(relay.open_matter(hall.a)),
    )
    assert made[0] in {Signing.DONE, Signing.CHANGED}
    listed = {item.matter_id for item in relay.items(handover) if item.kind == Kind.MATTER}
    assert (late[0] in listed) == (made[0] == Signing.CHANGED)
    assert relay.matter(late[0]).holder_staff_id == hall.a


def test_two_people_hand_over_crosswise_at_once(relay: Relay) -> None:
    hall = relay.hall
    of_a, of_b = relay.open_matter(hall.a), relay.open_matter(hall.b)
    there, back = relay.begin(hall.a, hall.b), relay.begin(hall.b, hall.a)
    for one in (there, back):
        relay.offer(one)
    ids = {one: [item.id for item in relay.items(one)] for one in (there, back)}
    made = attempts(
        lambda: relay.confirm(there, ids[there]), lambda: relay.confirm(back, ids[back])
    )
    # What the first one brought is new on the list of the second.
    assert Counter(made) == {"done": 1, "changed": 1}
    holders = {relay.matter(of_a).holder_staff_id, relay.matter(of_b).holder_staff_id}
    assert len(holders) == 1


def test_one_list_is_begun_in_two_tabs(relay: Relay) -> None:
    hall = relay.hall
    made = attempts(*[lambda: relay.begin(hall.a, hall.b)] * 3)
    assert Counter(one for one in made if not one.isdigit()) == {"OpenAlready": 2}
    assert len(relay.handovers()) == 1
