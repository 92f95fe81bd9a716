"""Which report an address asks for: the month, the unit, and which of its matters it opens."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import g, request

from portal.calendar.opening import NeverOpen
from portal.calendar.queries import get_openings
from portal.calendar.views.asked_month import Asked, asked_month
from portal.calendar.working_time import begin_before_minutes
from portal.core.errors import NotFound
from portal.core.session import db
from portal.matters.permissions import REPORTS
from portal.matters.reports import Scope
from portal.matters.reports_rules import MANY_HOPS
from portal.tenancy.resolve import settings


def asked() -> Asked:
    """The month and the unit that are asked for; raises NotFound for another's unit."""
    return asked_month(REPORTS)


def scope_of(wanted: Asked) -> Scope:
    """The same as reads are told."""
    month = wanted.month
    return Scope(month.first, month.last, g.institution.zone, g.now, wanted.within)


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
