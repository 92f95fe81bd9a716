"""Who looks at matters, and what a page says of them."""

from collections.abc import Sequence
from datetime import datetime

import segno
from flask import g
from flask_babel import gettext as _
from markupsafe import Markup
from wtforms.fields.choices import SelectChoice

from portal.core.localized import pick
from portal.core.session import db
from portal.identity.looks import note_look
from portal.identity.queries.principals import StaffPrincipal
from portal.identity.queries.staff import list_colleagues, list_staff_names, list_units
from portal.matters.answer_rules import answer_until, may_close
from portal.matters.models import Matter
from portal.matters.permissions import LEAD, SEE
from portal.matters.queries import (
    Viewer,
    get_matter,
    list_helped,
    list_names_of,
    list_own_posts,
    matter_link,
    matter_token,
    parts_of,
)
from portal.matters.rules import State, Verb, steps_for
from portal.matters.services.opening import KIND
from portal.web import guards
from portal.web.languages import current_language


def current_viewer() -> Viewer:
    """The member of staff whom a guard let in, as matters see one."""
    principal = guards.current_staff()
    assert isinstance(principal, StaffPrincipal)
    led = principal.holdings.units_of(LEAD)
    seen = principal.holdings.units_of(SEE)
    return Viewer(
        staff_id=principal.id,
        posts=list_own_posts(db.session(), principal.id),
        seen=None if led is None or seen is None else led | seen,
        led=led,
        helped=list_helped(db.session(), principal.id),
    )


def get_shown(matter_id: int) -> tuple[Matter, Viewer]:
    """A matter that whoever is signed in may see, and who that is; raises NotFound."""
    viewer = current_viewer()
    return get_matter(db.session(), matter_id, viewer), viewer


def note_read(matter: Matter) -> None:
    """Write down, once the page is answered, who read what was brought."""
    note_look((KIND, matter.id), "title body place")


def steps_of(matter: Matter, viewer: Viewer) -> list[Verb]:
    """The steps that somebody may make of a matter, the one that is due first."""
    awaits = matter.contact_due_at is not None and matter.contacted_at is None
    steps = steps_for(State(matter.state), parts_of(matter, viewer), awaits_contact=awaits)
    if Verb.CLOSE in steps and matter.told_at is not None and not may_close(matter.told_at, g.now):
        steps.remove(Verb.CLOSE)
    return steps


def answered_until(matter: Matter) -> datetime | None:
    """Until when the person may say whether it is solved; none where nothing is asked."""
    if matter.state != State.TOLD or matter.told_at is None:
        return None
    return answer_until(matter.told_at)


def names_in(matters: Sequence[Matter]) -> dict[int, str]:
    """The names of the staff that some matters say."""
    return list_staff_names(db.session(), list_names_of(matters))


def own_code(matter: Matter) -> Markup:
    """The code on paper that leads the person to the page of the matter."""
    link = matter_link(g.institution, matter.reference, matter_token(matter.reference))
    code = segno.make(link, error="m", micro=False)
    return Markup(code.svg_inline(omitsize=True, border=1, title=_("Code of this sheet")))  # noqa: S704 made by us


def unit_choices() -> list[SelectChoice]:
    """The units of the institution, for a box to choose from."""
    return [
        SelectChoice(unit.id, pick(unit.name, current_language())[0])
        for unit in list_units(db.session())
    ]


def colleague_choices(*, without: int | None = None) -> list[SelectChoice]:
    """Everybody who works here but one, by unit, its head first; nobody chosen yet."""
    found = (one for one in list_colleagues(db.session()) if one.id != without)
    people = sorted(found, key=lambda one: (one.number, one.id))
    choices = [SelectChoice("", _("Choose a colleague"))]
    for unit in list_units(db.session(), with_inactive=True):
        name = pick(unit.name, current_language())[0]
        mine = [one for one in people if one.unit_id == unit.id]
        for one in sorted(mine, key=lambda one: one.id != unit.head_id):
            label = f"{one.name} {one.number}"
            if one.id == unit.head_id:
                label = _("%(name)s, head of the unit", name=label)
            choices.append(SelectChoice(str(one.id), label, optgroup=name))
    return choices


def urgency(matter: Matter) -> str:
    """How near the promised time is: "over", "near", "on" or "" where none was promised.

    Where the person waits to hear from somebody first: "call", and "late" once that is overdue.
    """
    waits = matter.contact_due_at is not None and matter.contacted_at is None
    if matter.due_at is None and waits and matter.ended_at is None:
        return "late" if urgency_at(matter.contact_due_at) == "over" else "call"
    return urgency_at(matter.due_at)


def urgency_at(due_at: datetime | None) -> str:
    """The same of any moment at which something is due."""
    if due_at is None:
        return ""
    if due_at < g.now:
        return "over"
    return "near" if (due_at - g.now).total_seconds() < NEAR else "on"


#: Seconds before the promised time from which on it is near.
NEAR = 24 * 60 * 60
