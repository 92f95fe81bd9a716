"""The documentation shows the table of states as it is."""

from pathlib import Path

from portal.matters.rules import STATE_LABELS
from portal.matters.states_page import write_states

PAGE = Path(__file__).parents[3] / "docs" / "states.md"


def test_the_page_shows_the_table_as_it_is() -> None:
    assert PAGE.read_text("utf-8") == write_states(), "run: portal states > docs/states.md"


def test_every_state_stands_on_it() -> None:
    page = write_states()
    assert all(f"| {label} |" in page for label in STATE_LABELS.values())
