"""Every command leaves its line in the ledger: each form of the portal is sent and looked up."""

from sqlalchemy import select

from portal.core.ledger import LedgerEntry
from tests.contract.conftest import Neighbours
from tests.support.acts import ACTS, perform
from tests.support.inhabited import Inhabited, own_rules


def test_every_form_is_in_the_table(neighbours: Neighbours) -> None:
    sending = {r.endpoint for r in own_rules(neighbours.app) if "POST" in (r.methods or ())}
    acts = {act.endpoint for act in ACTS}
    missing = sorted(sending - acts)
    assert missing == [], (
        f"say in tests/support/acts.py what the ledger says when these are sent: {missing}"
    )
    assert sorted(acts - sending) == []
    assert [act.endpoint for act in ACTS if not act.codes and not act.reason] == []


def test_every_command_leaves_its_line(neighbours: Neighbours) -> None:
    """All in one go, the institution changing as it would in a long day."""
    neighbours.restore()
    here = neighbours.here
    wrong = []
    for act in ACTS:
        before = len(codes(here))
        answer = perform(here, act)
        found = tuple(codes(here)[before:])
        is_done = answer.status in {200, 303} and 'role="alert"' not in answer.text
        # Which of several listeners comes first is nobody's matter.
        if sorted(found) != sorted(act.codes) or not is_done:
            wrong.append((act.endpoint, act.parts, found, answer.status))
    assert wrong == [], wrong


def codes(own: Inhabited) -> list[str]:
    """What the ledger of the institution says, in order."""
    entries = select(LedgerEntry.code).order_by(LedgerEntry.id)
    return own.world.do(lambda session: list(session.scalars(entries)))
