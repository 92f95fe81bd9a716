"""The demonstration's outbox: every message as it would have gone out, codes included."""

import re

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape
from pyotp import TOTP
from sqlalchemy import select

from portal.core.errors import NotFound
from portal.core.runtime import runtime
from portal.core.session import db
from portal.identity.models import Staff
from portal.messages.queries import PAGE, list_messages
from portal.messages.texts import word
from portal.web import guards

pages = Blueprint("outbox", __name__, template_folder="templates", url_prefix="/outbox")
#: What telephones make a link of.
ADDRESS = re.compile(r"(https?://[A-Za-z0-9_~:/?#@!$&'()*+,;=%.-]*[A-Za-z0-9_/=-])")


@pages.get("/")
@guards.everyone
def index() -> ResponseReturnValue:
    """The newest messages; outside the demonstration there is no such page."""
    if not runtime().config.is_demonstration:
        raise NotFound
    offset = max(0, request.args.get("from", 0, int))
    messages = list_messages(db.session(), offset=offset)
    worded = ((message, word(message, g.institution)) for message in messages[:PAGE])
    shown = [(message, text, link_addresses(text.body)) for message, text in worded]
    return render_template(
        "messages/outbox.html",
        shown=shown,
        offset=offset,
        has_more=len(messages) > PAGE,
        second_factors=_second_factors(),
    )


def link_addresses(body: str) -> Markup:
    """The text with its addresses to follow, also where Chinese runs into them without a space."""
    parts = ADDRESS.split(body)
    return Markup("").join(
        Markup('<a href="{0}">{0}</a>').format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )


def _second_factors() -> list[tuple[str, str, str]]:
    """Number, name and present code of everybody who signs in with a second factor."""
    people = db.session().scalars(
        select(Staff).where(Staff.totp_secret.is_not(None)).order_by(Staff.number)
    )
    return [(p.number, p.name, TOTP(p.totp_secret or "").at(g.now)) for p in people]
