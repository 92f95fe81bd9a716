"""Help is given or escalated; there is no third way, and what was decided is done (Q6)."""

import itertools

import pytest

from portal.matters.assistance_rules import (
    HELP_LABELS,
    HELP_MOVES,
    HelpOver,
    HelpState,
    HelpVerb,
    help_steps,
    next_help,
)

OVER = {HelpState.DONE, HelpState.ENDED}


def test_q6_whoever_is_asked_helps_or_escalates_and_never_refuses() -> None:
    steps = help_steps(HelpState.ASKED, is_helper=True, is_decider=False)
    assert steps == [HelpVerb.FINISH, HelpVerb.ESCALATE]
    assert set(HelpVerb) - set(steps) == {HelpVerb.DECIDE, HelpVerb.END}


def test_q6_what_was_decided_is_done() -> None:
    steps = help_steps(HelpState.DECIDED, is_helper=True, is_decider=True)
    assert steps == [HelpVerb.FINISH]


def test_only_who_is_above_decides_and_only_after_an_escalation() -> None:
    assert help_steps(HelpState.ESCALATED, is_helper=True, is_decider=False) == []
    decides = help_steps(HelpState.ESCALATED, is_helper=False, is_decider=True)
    assert decides == [HelpVerb.DECIDE]


@pytest.mark.parametrize(("state", "verb"), [*itertools.product(sorted(OVER), HelpVerb)])
def test_what_is_over_stays_over(state: HelpState, verb: HelpVerb) -> None:
    with pytest.raises(HelpOver) as refused:
        next_help(state, verb)
    assert refused.value.params == {"state": HELP_LABELS[state]}


def test_every_open_request_can_come_to_an_end() -> None:
    for state in set(HelpState) - OVER:
        assert next_help(state, HelpVerb.END) is HelpState.ENDED
    reached = {target for _sources, target in HELP_MOVES.values()}
    assert reached == set(HelpState) - {HelpState.ASKED}
