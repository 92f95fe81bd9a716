"""Which figures an address asks for: the days, the window, and what of them it opens."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import g, request, url_for
from flask_babel import gettext as _

from portal.appointments.figures import Choice, Scope
from portal.appointments.figures_rules import FIGURES, NOTICES, span_of, week_of
from portal.appointments.views.today import check_post, local_today
from portal.calendar.spans import Span, month_of
from portal.core.errors import NotFound
from portal.identity.queries.principals import StaffPrincipal

FIGURES_SEEN = "appointments.figures.see"
YEARS = (2000, 2199)


@dataclass(frozen=True)
class Period:
    """A span that one press leads to."""

    label: str
    url: str
    current: bool


def asked_scope() -> Scope:
    """The days and the window that are asked for, within the units of the signed-in head.

    Raises NotFound for a window that is none, Forbidden for one of another unit.
    """
    today = local_today()
    first, last = _day(request.args.get("from", "")), _day(request.args.get("until", ""))
    span = span_of(first or last or today, last or first or today)
    if first is None and last is None:
        span = week_of(today)
    post_id = request.args.get("post", None, int)
    if post_id is not None:
        check_post(post_id, FIGURES_SEEN)
    principal: StaffPrincipal = g.staff
    units = principal.holdings.units_of(FIGURES_SEEN)
    return Scope(span, g.institution.zone, g.now, units, post_id)


def _day(text: str) -> date | None:
    """A day of the years that a portal may see; none when nothing or nonsense is given."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if YEARS[0] <= day.year <= YEARS[1] else None


def asked_choice() -> Choice:
    """Which figure is to be opened; raises NotFound for one that is none."""
    figure = request.args.get("figure", "booked")
    hour = request.args.get("hour", None, int)
    notice = request.args.get("notice", None, int)
    is_told_apart = notice in (None, *range(len(NOTICES))) and hour in (None, *range(24))
    if figure not in FIGURES or not is_told_apart:
        raise NotFound
    return Choice(figure, hour, None if notice is None else NOTICES[notice])


def address_of(scope: Scope, span: Span | None = None) -> dict[str, Any]:
    """What an address must say to mean the same days and the same window."""
    span = span or scope.span
    said = {"from": span.first.isoformat(), "until": span.last.isoformat()}
    return said | ({"post": str(scope.post_id)} if scope.post_id else {})


def periods_around(scope: Scope) -> list[Period]:
    """The day, the week and the month of today, or of the first day that is shown."""
    today = local_today()
    day = today if scope.span.first <= today <= scope.span.last else scope.span.first
    spans = {
        _("One day"): span_of(day, day),
        _("One week"): week_of(day),
        _("One month"): month_of(day),
    }
    return [
        Period(label, url_for("figures.index", **address_of(scope, span)), span == scope.span)
        for label, span in spans.items()
    ]
