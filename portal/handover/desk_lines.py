"""What of handovers waits for somebody, for the desk."""

from collections.abc import Collection

from portal.core.errors import N_
from portal.handover.limits import list_unsigned
from portal.handover.models import Handover
from portal.handover.queries import list_standing, list_to_return, read_posts
from portal.handover.rules import State
from portal.matters.desk_events import DeskAsked, DeskLine, desk_asked

GIVER = {
    State.LISTING: ("near", N_("Hand it over")),
    State.OFFERED: ("open", N_("Waits for the receiver")),
    State.REFUSED: ("over", N_("Sent back: put it right")),
}
TAKE_OVER = ("near", N_("Take it over"))
GIVE_BACK = ("over", N_("Hand it back"))
SIGN = ("over", N_("Your signature is missing"))


@desk_asked.connect
def list_waiting(question: DeskAsked) -> list[DeskLine]:
    """The lists that somebody has to complete, to tick or to sign."""
    standing = list_standing(question.session, question.staff_id)
    over = _list_over(question, {row.returns_id for row in standing})
    posts = read_posts(question.session, [*standing, *over]) if standing or over else {}
    lines = [
        DeskLine(*GIVE_BACK, posts[row.post_id].name, "handover.index", {}, row.until_at)
        for row in over
    ]
    for handover in standing:
        said = say_next(handover, question.staff_id)
        if said is not None:
            name, values = posts[handover.post_id].name, {"handover_id": handover.id}
            due_at = handover.owed_until or handover.due_at
            lines.append(DeskLine(*said, name, "handover.show", values, due_at))
    return lines


def _list_over(question: DeskAsked, under_way: Collection[int | None]) -> list[Handover]:
    """What was to be handed back by now, and is not being handed back."""
    return [
        row
        for row in list_to_return(question.session, question.staff_id)
        if row.until_at is not None and row.until_at <= question.now and row.id not in under_way
    ]


def say_next(handover: Handover, staff_id: int) -> tuple[str, str] | None:
    """What somebody has to do about it next: a shape and a msgid; none: nothing."""
    if handover.state == State.ORDERED:
        return SIGN if staff_id in list_unsigned(handover) else None
    if staff_id == handover.giver_id:
        return GIVER.get(State(handover.state))
    return TAKE_OVER if handover.state == State.OFFERED else None
