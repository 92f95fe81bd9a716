"""Tells guards who is at the door, and where a person must go first."""

from datetime import timedelta

from flask import g, redirect, request, url_for
from werkzeug.wrappers import Response

from portal.core.session import db
from portal.identity.citizen_sessions import current_citizen
from portal.identity.queries.principals import StaffPrincipal, find_principal
from portal.identity.staff_sessions import (
    is_current,
    is_locked,
    note_act,
    session_name,
    signed_in_id,
)
from portal.tenancy.resolve import settings
from portal.web.guards import READING, Access, Visitor

#: Pages that a locked screen leaves open.
BESIDE_LOCK = frozenset({"staff.lock", "staff.unlock", "staff.sign_out"})
FIRST_PASSWORD = "account.first_password"  # noqa: S105 an endpoint
SET_UP = "account.set_up_second_factor"


class SessionDoorkeeper:
    """Reads the signed cookie and checks it against the database."""

    def staff(self) -> StaffPrincipal | None:
        """The signed-in member of staff, with two SELECTs; none without a session."""
        staff_id = signed_in_id()
        if staff_id is None:
            return None
        principal = find_principal(db.session(), staff_id, session_name())
        if principal is None or not is_current(principal.stamp):
            return None
        return principal

    def citizen(self) -> Visitor | None:
        """The citizen whose contact was verified here."""
        return current_citizen()

    def interruption(self, access: Access) -> Response | None:
        """To the locked screen, the first password or the second factor, in this order."""
        if request.endpoint in BESIDE_LOCK:
            return None
        idle = timedelta(minutes=settings().sign_in.idle_minutes)
        if is_locked(now=g.now, idle=idle):
            return redirect(url_for("staff.lock", next=_wanted()), 303)
        note_act(now=g.now)
        principal: StaffPrincipal = g.staff
        if principal.must_change_password:
            return _unless_there(FIRST_PASSWORD)
        if principal.needs_second_factor and not principal.has_second_factor:
            return _unless_there(SET_UP)
        return None


def _wanted() -> str:
    """The page to come back to; for a form, the page that shows it."""
    if request.method in READING:
        return request.full_path.rstrip("?")
    methods = request.url_rule.methods if request.url_rule else None
    return request.path if "GET" in (methods or ()) else ""


def _unless_there(endpoint: str) -> Response | None:
    if request.endpoint == endpoint:
        return None
    return redirect(url_for(endpoint, next=_wanted()), 303)
