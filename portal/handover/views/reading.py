"""What a page says of a handover: its lines with what they are about, and who looks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import g

from portal.alarms.permissions import OVERSEE
from portal.appointments.models import Booking
from portal.appointments.rules import STATE_LABELS as BOOKING_LABELS
from portal.catalog.models import Post
from portal.catalog.queries import list_service_names
from portal.catalog.views import reach
from portal.core.errors import NotFound
from portal.core.localized import Localized
from portal.core.session import db
from portal.duty.permissions import EDIT
from portal.duty.queries import list_deciders
from portal.handover.limits import list_unsigned
from portal.handover.models import Handover, HandoverItem
from portal.handover.queries import Viewer, get_handover, has_part, list_items, read_subjects
from portal.handover.rules import (
    ANSWERED,
    BY_HAND,
    MENDING,
    REASON_LABELS,
    STATE_LABELS,
    Kind,
    State,
)
from portal.handover.services.making import find_changes
from portal.identity.queries.heads import list_headed
from portal.identity.queries.staff import list_staff_names
from portal.matters.models import Matter
from portal.matters.rules import STATE_LABELS as MATTER_LABELS
from portal.matters.rules import VERB_LABELS, Part, steps_for
from portal.matters.rules import State as MatterState
from portal.web import guards

_AT_HAND = frozenset({Part.HOLDER, Part.FIRST_ASKED, Part.REPORTED_TO, Part.OFFERED_TO})
_ANSWERING = frozenset({Part.FIRST_ASKED})


@dataclass(frozen=True)
class Row:
    """A line of the list with the matter or the booking that it is about."""

    item: HandoverItem
    matter: Matter | None
    booking: Booking | None
    service: Localized | None

    @property
    def next_step(self) -> str:
        """What is to be done about a matter next (msgid)."""
        if self.matter is None:
            return ""
        is_answered = self.item.state == ANSWERED
        parts = _ANSWERING if is_answered else _AT_HAND
        steps = steps_for(MatterState(self.matter.state), parts)
        return VERB_LABELS.get(steps[0], "") if steps else ""


@dataclass(frozen=True)
class Sheet:
    """A list in its parts, in the order in which they are gone through."""

    appointments: Sequence[Row]
    matters: Sequence[Row]
    done: Sequence[Row]
    things: Sequence[Row]

    @property
    def rows(self) -> list[Row]:
        """All of them."""
        return [*self.appointments, *self.matters, *self.done, *self.things]


def current_viewer() -> Viewer:
    """Who looks: who keeps the roster, oversees or heads units reads all of theirs."""
    me = guards.current_staff().id
    units = {unit.id for unit in list_headed(db.session(), me)}
    for permission in (EDIT, OVERSEE):
        held = reach.units_of(permission)
        if held is None:
            return Viewer(me, None)
        units |= held
    return Viewer(me, frozenset(units))


def get_shown(handover_id: int) -> Handover:
    """A handover that whoever is signed in may see; raises NotFound."""
    return get_handover(db.session(), handover_id, current_viewer())


def get_given(handover_id: int) -> Handover:
    """A handover of one's own; raises NotFound."""
    handover = get_shown(handover_id)
    if handover.giver_id != guards.current_staff().id:
        raise NotFound
    return handover


def get_item(handover: Handover, item_id: int) -> HandoverItem:
    """A line of a list; raises NotFound."""
    item = db.session().get(HandoverItem, item_id)
    if item is None or item.handover_id != handover.id:
        raise NotFound
    return item


def read_sheet(handover: Handover) -> Sheet:
    """All lines; the same number of statements whatever their number."""
    items = list_items(db.session(), [handover.id]).get(handover.id, [])
    rows = read_rows(items)
    by_kind = {kind: [row for row in rows if row.item.kind == kind] for kind in Kind}
    things = [row for row in rows if Kind(row.item.kind) in BY_HAND]
    return Sheet(by_kind[Kind.APPOINTMENT], by_kind[Kind.MATTER], by_kind[Kind.DONE], things)


def read_rows(items: Iterable[HandoverItem]) -> list[Row]:
    """Some lines with what they are about."""
    lines = list(items)
    found = read_subjects(db.session(), lines)
    services = {booking.service_id for booking in found.bookings.values()}
    names = list_service_names(db.session(), sorted(services)) if services else {}
    rows = []
    for item in lines:
        booking = found.bookings.get(item.booking_id or 0)
        service = names.get(booking.service_id) if booking else None
        rows.append(Row(item, found.matters.get(item.matter_id or 0), booking, service))
    return rows


def describe(handover: Handover) -> dict[str, Any]:
    """What every page of one handover says of it."""
    me = guards.current_staff().id
    parties = [handover.giver_id, handover.receiver_id, handover.ordered_by_id]
    post = db.session().get_one(Post, handover.post_id)
    is_mending = me == handover.giver_id and State(handover.state) in MENDING
    return {
        "handover": handover,
        "post": post,
        "names": list_staff_names(db.session(), [one for one in parties if one is not None]),
        "sheet": read_sheet(handover),
        "me": me,
        "is_party": has_part(handover, me),
        # What was said of people is for those who answer for them.
        "reads_words": has_part(handover, me)
        or me in list_deciders(db.session(), post, handover.giver_id)
        or reach.units_of(OVERSEE) is None,
        "is_mending": is_mending,
        "is_taking": me == handover.receiver_id
        and (handover.state == State.OFFERED or _owes(handover, me)),
        "owes": _owes(handover, me),
        "changes": len(find_changes(db.session(), handover, g.now)) if is_mending else 0,
        "reasons": REASON_LABELS,
        "states": STATE_LABELS,
        "by_hand": BY_HAND,
        "matter_states": MATTER_LABELS,
        "booking_states": BOOKING_LABELS,
    }


def _owes(handover: Handover, staff_id: int) -> bool:
    return handover.state == State.ORDERED and staff_id in list_unsigned(handover)
