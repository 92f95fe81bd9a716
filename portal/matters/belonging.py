"""Which matters are in somebody's hands or belong to a unit, when identity or a post asks."""

from portal.catalog.events import PostChanged, post_changed
from portal.catalog.queries import get_post
from portal.identity.staff_events import (
    HandingOver,
    Holding,
    StaffLeaving,
    UnitClosing,
    handing_over,
    staff_leaving,
    unit_closing,
)
from portal.matters.leaving_rules import DUTY_LABELS
from portal.matters.models import Matter
from portal.matters.services.handing_over import (
    hand_matters_over,
    list_in_hands,
    list_of_unit,
    pass_to_other_post,
)


@staff_leaving.connect
def list_owed(question: StaffLeaving) -> list[Holding]:
    """The live matters that somebody holds, answers for, is offered or is to decide."""
    found = list_in_hands(question.session, question.staff_id)
    return [_of(matter, DUTY_LABELS[duty]) for matter, duty in found]


@handing_over.connect
def hand_over_what_is_owed(event: HandingOver) -> None:
    """Let nothing stay with whoever leaves."""
    hand_matters_over(
        event.session,
        staff_id=event.staff_id,
        to_staff_id=event.to_staff_id,
        actor=event.actor,
        now=event.now,
    )


@unit_closing.connect
def list_answered_by_unit(question: UnitClosing) -> list[Holding]:
    """The live matters that a unit answers for; they are referred elsewhere first."""
    return [_of(matter) for matter in list_of_unit(question.session, question.unit_id)]


@post_changed.connect
def follow_closed_post(event: PostChanged) -> None:
    """Let nothing wait at a post that has closed; raises NoOtherPost."""
    if not get_post(event.session, event.post_id).is_active:
        pass_to_other_post(event.session, post_id=event.post_id, actor=event.actor, now=event.now)


def _of(matter: Matter, duty: str = "") -> Holding:
    """By its number alone: whoever keeps the list of people reads nothing of what was brought."""
    return Holding("matter", matter.id, {"zh_Hant": matter.reference}, note=duty)
