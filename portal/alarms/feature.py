"""Manifest of alarms."""

from datetime import timedelta

from flask import Flask

from portal.alarms import notices
from portal.alarms.permissions import OVERSEE
from portal.alarms.queries import alarms_address
from portal.alarms.services import seeing
from portal.alarms.services.raising import raise_due
from portal.alarms.views import pages
from portal.alarms.wording import limit_name
from portal.core.errors import N_
from portal.core.sweeps import Sweep
from portal.web.feature import Feature, MenuEntry, Permission


def _set_up(app: Flask) -> None:
    """Messages name the page and the limit without a request."""
    app.jinja_env.globals["alarms_link"] = alarms_address
    app.jinja_env.globals["limit_name"] = limit_name


FEATURE = Feature(
    name="alarms",
    blueprints=(pages,),
    menu=(MenuEntry(N_("Alarms"), "alarms.index", order=60),),
    permissions=(Permission(OVERSEE, N_("Be told of a limit when nobody else can be")),),
    sweeps=(Sweep("alarms.raise", timedelta(minutes=1), raise_due),),
    listeners=(notices, seeing),
    set_up=_set_up,
)
