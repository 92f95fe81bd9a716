"""What is beyond the holder is decided by whoever leads the institution (Q7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.matters.intake_rules import Severity
from portal.matters.leader_rules import NeedsLeader, check_authority

amounts = st.none() | st.integers(0, 10_000)


@given(amounts, st.integers(0, 10_000), amounts, st.booleans(), st.sampled_from(Severity))
def test_nobody_settles_alone_what_is_grave_or_above_the_limit(
    amount: int | None, limit: int, settled: int | None, is_settled: bool, severity: Severity
) -> None:
    is_grave = severity is Severity.MAJOR and not is_settled
    allowed = max(limit, settled or 0) if is_settled else limit
    is_refused = is_grave or (amount or 0) > allowed
    try:
        check_authority(
            severity=severity,
            amount=amount,
            limit=limit,
            settled_amount=settled,
            is_settled=is_settled,
            is_escalated=False,
        )
    except NeedsLeader:
        assert is_refused
    else:
        assert not is_refused


def test_what_lies_before_the_leader_waits_for_the_decision() -> None:
    with pytest.raises(NeedsLeader):
        check_authority(
            severity=Severity.NORMAL,
            amount=None,
            limit=2000,
            settled_amount=None,
            is_settled=False,
            is_escalated=True,
        )
