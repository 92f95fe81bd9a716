"""Which month and which unit a report is asked for, within what the reader may see."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import g, request

from portal.calendar.local_time import moment_of
from portal.calendar.spans import Span, month_of, read_month
from portal.core.errors import NotFound
from portal.core.localized import pick
from portal.core.session import db
from portal.identity.models import Unit
from portal.identity.queries.principals import StaffPrincipal
from portal.identity.queries.staff import list_every_unit
from portal.web import guards
from portal.web.languages import current_language


@dataclass(frozen=True)
class Asked:
    """A month and the units of whoever asks, or the one of them that was chosen."""

    month: Span
    units: frozenset[int] | None
    unit: int | None
    #: All units, by id, for those of others are named as well.
    every: Mapping[int, Unit]

    @property
    def choices(self) -> list[Unit]:
        """The units to choose from."""
        return [unit for unit in self.every.values() if self.units is None or unit.id in self.units]

    @property
    def within(self) -> frozenset[int] | None:
        """The units that count; None: all of them."""
        return self.units if self.unit is None else frozenset({self.unit})

    @property
    def begin(self) -> datetime:
        """The first moment of the month."""
        return moment_of(self.month.first, 0, g.institution.zone)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return moment_of(self.month.last, 24 * 60, g.institution.zone)

    def address(self, month: Span | None = None) -> dict[str, Any]:
        """What an address must say to mean the same."""
        said = {"month": f"{(month or self.month).first:%Y-%m}"}
        return said | ({"unit": str(self.unit)} if self.unit else {})

    def name_unit(self, unit_id: int) -> str:
        """A unit as the reader calls it."""
        return pick(self.every[unit_id].name, current_language())[0]

    @property
    def named_units(self) -> list[tuple[int, str]]:
        """The units to choose from, as a box offers them."""
        return [(unit.id, self.name_unit(unit.id)) for unit in self.choices]


def asked_month(permission: str) -> Asked:
    """The month and the unit that are asked for; raises NotFound for another's unit."""
    principal = guards.current_staff()
    assert isinstance(principal, StaffPrincipal)
    units = principal.holdings.units_of(permission)
    every = {unit.id: unit for unit in list_every_unit(db.session())}
    unit = request.args.get("unit", None, int)
    if unit is not None and unit not in (every if units is None else units):
        raise NotFound
    today = g.now.astimezone(g.institution.zone).date()
    return Asked(read_month(request.args.get("month", "")) or month_of(today), units, unit, every)
