"""How far the signed-in administrator reaches: the units whose posts and services one keeps."""

from flask import g
from wtforms.fields.choices import SelectChoice

from portal.core.errors import Forbidden
from portal.core.localized import Localized, pick
from portal.core.session import db
from portal.identity.queries.principals import StaffPrincipal
from portal.identity.queries.staff import list_units
from portal.web import guards
from portal.web.languages import current_language


def named(text: Localized) -> str:
    """An institution's own text in the reader's language."""
    return pick(text, current_language())[0]


def units_of(permission: str) -> frozenset[int] | None:
    """The units for which one holds a permission; None: all of them."""
    principal: StaffPrincipal = g.staff
    return principal.holdings.units_of(permission)


def check_unit(permission: str, unit_id: int) -> None:
    """Refuse what belongs to a unit that one does not keep; raises Forbidden."""
    if not guards.current_staff().can(permission, unit_id):
        raise Forbidden


def unit_choices(permission: str, *, standing: int | None = None) -> list[SelectChoice]:
    """Open units that one keeps, and the one that stands already."""
    reach = units_of(permission)
    return [
        SelectChoice(unit.id, named(unit.name))
        for unit in list_units(db.session(), with_inactive=True)
        if (reach is None or unit.id in reach) and (unit.is_active or unit.id == standing)
    ]
