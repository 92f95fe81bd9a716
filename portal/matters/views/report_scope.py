"""Which report an address asks for: the month, the unit, and which of its matters it opens."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import g, request

from portal.appointments.figures_rules import Span, month_of
from portal.calendar.opening import NeverOpen
from portal.calendar.queries import get_openings
from portal.calendar.working_time import begin_before_minutes
from portal.core.errors import NotFound
from portal.core.localized import pick
from portal.core.session import db
from portal.identity.models import Unit
from portal.identity.queries.principals import StaffPrincipal
from portal.matters.permissions import REPORTS
from portal.matters.reports import Scope, list_every_unit
from portal.matters.reports_rules import MANY_HOPS
from portal.tenancy.resolve import settings
from portal.web import guards
from portal.web.languages import current_language

YEARS = (2000, 2199)


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
    def scope(self) -> Scope:
        """The same as reads are told."""
        within = self.units if self.unit is None else frozenset({self.unit})
        return Scope(self.month.first, self.month.last, g.institution.zone, g.now, within)

    def address(self, month: Span | None = None) -> dict[str, Any]:
        """What an address must say to mean the same."""
        said = {"month": f"{(month or self.month).first:%Y-%m}"}
        return said | ({"unit": str(self.unit)} if self.unit else {})

    def name_unit(self, unit_id: int) -> str:
        """A unit as the reader calls it."""
        return pick(self.every[unit_id].name, current_language())[0]


def asked() -> Asked:
    """The month and the unit that are asked for; raises NotFound for another's unit."""
    principal = guards.current_staff()
    assert isinstance(principal, StaffPrincipal)
    units = principal.holdings.units_of(REPORTS)
    every = {unit.id: unit for unit in list_every_unit(db.session())}
    unit = request.args.get("unit", None, int)
    if unit is not None and unit not in (every if units is None else units):
        raise NotFound
    today = g.now.astimezone(g.institution.zone).date()
    return Asked(month_of(_month() or today), units, unit, every)


def _month() -> date | None:
    """The first day of the month asked for; none where nothing or nonsense is given."""
    try:
        day = date.fromisoformat(f"{request.args.get('month', '')}-01")
    except ValueError:
        return None
    return day if YEARS[0] <= day.year <= YEARS[1] else None


@dataclass(frozen=True)
class Choice:
    """Which of the matters a figure opens; nothing said: all of them."""

    hops: int | None = None
    by_unit: int | None = None
    by_staff: int | None = None


def asked_choice() -> Choice:
    """Which figure is to be opened; raises NotFound for one that is none."""
    hops = request.args.get("hops", None, int)
    if hops not in (None, *range(MANY_HOPS + 1)):
        raise NotFound
    return Choice(hops, request.args.get("by", None, int), request.args.get("who", None, int))


def untaken_before() -> datetime:
    """Since when nobody takes up what came online before: the working minutes of a report."""
    minutes = settings().matters.acknowledge_minutes
    tenant = g.institution
    schedule = get_openings(db.session(), tenant.zone, tenant.region).schedule(None)
    try:
        if schedule:
            return begin_before_minutes(schedule, g.now, minutes)
    except NeverOpen:
        pass
    now: datetime = g.now
    return now - timedelta(minutes=minutes)
