"""Who may reach an endpoint, and the one unit of work each request runs in.

Every view wears exactly one guard; a test refuses a view without one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal, Protocol

from flask import current_app, g, redirect, request, session, url_for
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
    #: Whether the permission must be held for the whole institution, not for some unit only.
    is_whole: bool = False


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

    def can_everywhere(self, permission: str) -> bool:
        """Whether the person holds the permission for the whole institution."""


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


def permitted_everywhere(permission: str) -> Callable[[View], View]:
    """A page about the whole institution, for staff who hold a permission for all of it."""

    def decorate(view: View) -> View:
        return _guard(view, Access("permission", permission, is_whole=True))

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


def find_staff() -> Principal | None:
    """Who is signed in, before a guard has asked; for work that strangers must not cause.

    Read in a short transaction of its own, over before that work begins.
    """
    doorkeeper: Doorkeeper = current_app.extensions["doorkeeper"]
    return run_unit(db.session(), doorkeeper.staff, is_read_only=True)


def _guard(view: View, access: Access) -> View:
    @wraps(view)
    def guarded(**arguments: Any) -> Any:
        is_reading = request.method in READING
        return run_unit(
            db.session(), lambda: _admit(view, access, arguments), is_read_only=is_reading
        )

    guarded.access = access  # type: ignore[attr-defined]
    return guarded


def _admit(view: View, access: Access, arguments: dict[str, Any]) -> Any:
    """Find out who is at the door, refuse or redirect, else show the view."""
    if access.audience == "platform":
        return view(**arguments)
    doorkeeper: Doorkeeper = current_app.extensions["doorkeeper"]
    # Who proved a contact acts as that citizen, whoever else is signed in at this screen.
    g.staff = None if access.audience == "citizen" else doorkeeper.staff()
    g.citizen = doorkeeper.citizen()
    if access.audience == "citizen" and g.citizen is None:
        return redirect(url_for("citizens.verify", next=_here()), 303)
    if access.audience in ("staff", "permission"):
        if g.staff is None:
            return redirect(url_for("staff.sign_in", next=_here()), 303)
        if (elsewhere := doorkeeper.interruption(access)) is not None:
            return elsewhere
        holds = g.staff.can_everywhere if access.is_whole else g.staff.can
        if access.permission and not holds(access.permission):
            raise Forbidden
    return view(**arguments) if request.method in READING else _once(view, arguments)


def _once(view: View, arguments: dict[str, Any]) -> Any:
    """Run a writing view once per idempotency key: a repeat is sent where the first went.

    Only for whom the door has opened, so that the way to the sign-in page is never taken for an
    act done; and the key belongs to one browser, so that it tells nobody else where that went.
    """
    key = request.form.get("idempotency_key", "")[:64]
    if not key:
        return view(**arguments)
    unit, purpose = db.session(), f"{request.path}|{session.get('csrf_token', '')}"
    location = idempotency.begin(unit, key, purpose=purpose, now=g.now)
    if location is not None:
        return redirect(location, 303)
    response = view(**arguments)
    if isinstance(response, Response) and response.status_code == 303:
        idempotency.finish(unit, key, location=response.location)
    elif not getattr(unit, "is_read_only", False):
        # A form that a rule refused was rolled back with its key; any other forgets it here.
        idempotency.forget(unit, key)
    return response


def _here() -> str:
    """The address to come back to after signing in; the form's own page for a POST."""
    return request.full_path.rstrip("?") if request.method in READING else ""
