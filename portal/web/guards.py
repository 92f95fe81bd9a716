"""Who may reach an endpoint, and the one unit of work each request runs in.

Every view wears exactly one guard; a test refuses a view without one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal, Protocol

from flask import current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

from portal.core import idempotency
from portal.core.actor import Actor
from portal.core.errors import Forbidden
from portal.core.session import db
from portal.core.unit import run_unit

Audience = Literal["platform", "everyone", "citizen", "staff", "permission"]
View = Callable[..., Any]
READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Access:
    """What a view declares: its audience, and the permission if it asks for one."""

    audience: Audience
    permission: str = ""


class Principal(Protocol):
    """A signed-in member of staff, as guards and pages see one."""

    @property
    def id(self) -> int:
        """The row's id."""

    @property
    def name(self) -> str:
        """The name to show."""

    def can(self, permission: str, unit_id: int | None = None) -> bool:
        """Whether the person holds the permission, for the unit or for any."""


class Visitor(Protocol):
    """A citizen's session: whose verified contact it is."""

    @property
    def contact_id(self) -> int:
        """The contact's id."""


class Doorkeeper(Protocol):
    """Knows who is at the door; identity installs the one that the application uses."""

    def staff(self) -> Principal | None:
        """The signed-in member of staff of this institution, if any."""

    def citizen(self) -> Visitor | None:
        """The citizen with a verified contact here, if any."""

    def interruption(self, access: Access) -> Response | None:
        """Where the person must go first: locked screen, first password, second factor."""


def platform(view: View) -> View:
    """A page without an institution."""
    return _guard(view, Access("platform"))


def everyone(view: View) -> View:
    """A page of the institution for anybody."""
    return _guard(view, Access("everyone"))


def citizen(view: View) -> View:
    """A page for the person whose contact was verified here."""
    return _guard(view, Access("citizen"))


def staff(view: View) -> View:
    """A page for any signed-in member of staff."""
    return _guard(view, Access("staff"))


def permitted(permission: str) -> Callable[[View], View]:
    """A page for staff who hold a permission in at least one unit."""

    def decorate(view: View) -> View:
        return _guard(view, Access("permission", permission))

    return decorate


def current_staff() -> Principal:
    """The member of staff a guard let in."""
    principal: Principal = g.staff
    return principal


def current_actor() -> Actor:
    """Who acts in this request, for services."""
    if g.get("staff") is not None:
        return Actor("staff", g.staff.id)
    if g.get("citizen") is not None:
        return Actor("citizen", g.citizen.contact_id)
    return Actor("citizen", None)


def _guard(view: View, access: Access) -> View:
    @wraps(view)
    def guarded(**arguments: Any) -> Any:
        if request.method not in READING:
            return run_unit(db.session(), lambda: _once(view, access, arguments))
        return run_unit(db.session(), lambda: _admit(view, access, arguments), is_read_only=True)

    guarded.access = access  # type: ignore[attr-defined]
    return guarded


def _admit(view: View, access: Access, arguments: dict[str, Any]) -> Any:
    """Show the view to who may see it."""
    elsewhere = _turn_away(access)
    return view(**arguments) if elsewhere is None else elsewhere


def _turn_away(access: Access) -> Response | None:
    """Find out who is at the door; where they must go first, if anywhere. Raises Forbidden."""
    if access.audience == "platform":
        return None
    doorkeeper: Doorkeeper = current_app.extensions["doorkeeper"]
    g.staff = doorkeeper.staff()
    g.citizen = doorkeeper.citizen()
    if access.audience == "citizen" and g.citizen is None:
        return redirect(url_for("citizens.verify", next=_here()), 303)
    if access.audience in ("staff", "permission"):
        if g.staff is None:
            return redirect(url_for("staff.sign_in", next=_here()), 303)
        if (elsewhere := doorkeeper.interruption(access)) is not None:
            return elsewhere
        if access.permission and not g.staff.can(access.permission):
            raise Forbidden
    return None


def _once(view: View, access: Access, arguments: dict[str, Any]) -> Any:
    """Run a writing view once per idempotency key: a repeat is sent where the first went.

    Who is turned away at the door has used nothing up, and may send the same form afterwards.
    """
    key = request.form.get("idempotency_key", "")[:64]
    if not key or access.audience == "platform":
        return _admit(view, access, arguments)
    session = db.session()
    location = idempotency.begin(session, key, purpose=request.path, now=g.now)
    if location is not None:
        return redirect(location, 303)
    elsewhere = _turn_away(access)
    if elsewhere is not None:
        session.rollback()
        return elsewhere
    response = view(**arguments)
    if isinstance(response, Response) and response.status_code == 303:
        idempotency.finish(session, key, location=response.location)
    else:
        idempotency.forget(session, key)
    return response


def _here() -> str:
    """The address to come back to after signing in; the form's own page for a POST."""
    return request.full_path.rstrip("?") if request.method in READING else ""
