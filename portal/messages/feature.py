"""Manifest of messages."""

from datetime import date, datetime

from flask import Flask

from portal.messages import codes, personal_data
from portal.messages.delivery import MAIL, SMS
from portal.messages.views import pages
from portal.web.feature import Feature


def _set_up(app: Flask) -> None:
    """Times travel in messages as ISO texts; this filter reads them back."""
    app.jinja_env.filters["from_iso"] = datetime.fromisoformat
    app.jinja_env.filters["day_from_iso"] = date.fromisoformat


FEATURE = Feature(
    name="messages",
    blueprints=(pages,),
    deliveries=(MAIL, SMS),
    listeners=(codes, personal_data),
    set_up=_set_up,
)
