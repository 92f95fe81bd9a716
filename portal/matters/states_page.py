"""The table of states as a page of the documentation (``portal states``)."""

import click

from portal.matters.rules import ENDED, MAKERS, MOVES, STATE_LABELS, VERB_LABELS, Part, State, Verb

_PARTS = {
    Part.FIRST_ASKED: "first asked",
    Part.OPENER: "took it down",
    Part.HOLDER: "holder",
    Part.AT_POST: "at the post that holds it",
    Part.REPORTED_TO: "reported to",
    Part.OFFERED_TO: "offered to",
    Part.ARBITER: "decides above both",
    Part.APPROVER: "leads the unit and does not hold it",
    Part.LEAD: "leads the unit",
    Part.LEADER: "leads the institution",
}
#: Steps that are no button of the staff, or not only.
_OTHERWISE = {
    Verb.LAPSE: "Nobody answers the offer in time",
    Verb.DISPUTE: "The second return",
    Verb.RECALL: "The colleague leaves the institution",
    Verb.CONTEST: "Object to the pause",
    Verb.WITHDRAW: "Withdraw",
    Verb.CLOSE: "Solved, or closed without an answer",
}
_BY = {
    Verb.LAPSE: "the clock",
    Verb.DISPUTE: "offered to, or the clock",
    Verb.RECALL: "whoever hands over for the colleague",
    Verb.CONTEST: "the person alone",
    Verb.WITHDRAW: "the person alone",
}
_HEAD = """# States of a matter

Made from `portal/matters/rules.py` by `portal states > docs/states.md`; a test compares the two.
Whatever is not in this table cannot happen.

| From | Step | By whom | To |
|---|---|---|---|
"""


def write_states() -> str:
    """The page in Markdown: for each state every step that leaves it, by whom, and where to."""
    lines = []
    for state in State:
        for verb, (sources, target) in MOVES.items():
            if state in sources:
                step = _OTHERWISE.get(verb) or VERB_LABELS[verb]
                row = (STATE_LABELS[state], step, _by(verb), STATE_LABELS[target or state])
                lines.append(f"| {' | '.join(row)} |\n")
        if state in ENDED and not any(state in sources for sources, _target in MOVES.values()):
            lines.append(f"| {STATE_LABELS[state]} | | | the end |\n")
    return _HEAD + "".join(lines)


def _by(verb: Verb) -> str:
    if verb in _BY:
        return _BY[verb]
    makers = MAKERS[verb]
    named = [_PARTS[part] for part in Part if part in makers]
    if verb in (Verb.CLOSE, Verb.REOPEN):
        named.insert(0, "the person")
    return ", ".join(named)


@click.command("states")
def print_states() -> None:
    """Print the table of a matter's states as a page of the documentation."""
    click.echo(write_states(), nl=False)
