"""Whether a handover was made and signed in time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.handover.compliance_rules import Verdict, judge
from portal.handover.rules import OPEN, State

DUE = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
moments = st.integers(-3, 30).map(lambda hours: DUE + hours * HOUR)


@pytest.mark.parametrize(
    ("state", "giver", "receiver", "now", "verdict"),
    [
        (State.CONFIRMED, -1, 0, 30, Verdict.IN_TIME),
        (State.RETURNED, -1, 0, 30, Verdict.IN_TIME),
        (State.CONFIRMED, 1, 1, 30, Verdict.LATE),
        (State.CONFIRMED, -1, 1, 30, Verdict.LATE),
        (State.CONFIRMED, 1, -1, 30, Verdict.LATE),
        (State.ORDERED, None, -1, 1, Verdict.UNSIGNED),
        (State.ORDERED, -1, None, 1, Verdict.UNSIGNED),
        (State.ORDERED, None, None, 0, Verdict.RUNNING),
        (State.LISTING, None, None, 1, Verdict.NOT_MADE),
        (State.OFFERED, -1, None, 1, Verdict.NOT_MADE),
        (State.REFUSED, None, None, 0, Verdict.RUNNING),
        (State.WITHDRAWN, None, None, 30, Verdict.WITHDRAWN),
    ],
)
def test_w_ab_3_what_is_said_of_a_handover(
    state: State, giver: int | None, receiver: int | None, now: int, verdict: Verdict
) -> None:
    found = judge(
        state,
        due_at=DUE,
        giver_signed_at=None if giver is None else DUE + giver * HOUR,
        receiver_signed_at=None if receiver is None else DUE + receiver * HOUR,
        now=DUE + now * HOUR,
    )
    assert found is verdict


@given(st.sampled_from(State), st.none() | moments, st.none() | moments, moments, moments)
def test_what_was_late_or_in_time_stays_so_however_late_one_looks(
    state: State,
    giver: datetime | None,
    receiver: datetime | None,
    now: datetime,
    later: datetime,
) -> None:
    def look(moment: datetime) -> Verdict:
        return judge(
            state, due_at=DUE, giver_signed_at=giver, receiver_signed_at=receiver, now=moment
        )

    first, last = look(min(now, later)), look(max(now, later))
    assert first is last or first is Verdict.RUNNING


def test_whoever_hands_over_without_an_end_of_the_turn_is_never_late() -> None:
    for state in OPEN:
        found = judge(state, due_at=None, giver_signed_at=None, receiver_signed_at=None, now=DUE)
        assert found is Verdict.RUNNING
