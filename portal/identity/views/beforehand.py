"""Hashes passwords before the unit of work opens its transaction.

Hooks of blueprints run before guards. What they need of the database is read in a short
transaction of its own; what they find waits in ``g`` for the view.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from flask import g, request

from portal.core.errors import N_, DomainError
from portal.core.session import db
from portal.core.unit import run_unit
from portal.identity.password_rules import WeakPassword, check_password
from portal.identity.passwords import (
    Issued,
    hash_password,
    issue_password,
    needs_rehash,
    verify_password,
)
from portal.identity.queries.principals import (
    Credentials,
    StaffPrincipal,
    find_credentials,
    find_password_hash,
    find_principal,
)
from portal.identity.services.signing_in import Proof, hash_token, is_hopeless
from portal.identity.signing_rules import WeakPin, check_pin
from portal.identity.staff_sessions import is_current, session_name, signed_in_id
from portal.tenancy.resolve import settings
from portal.web.forms import stripped
from portal.web.requests import client_network

T = TypeVar("T")
DEVICE_COOKIE = "device"


def read(work: Callable[[], T]) -> T:
    """Read in a transaction of its own, over before anything is hashed."""
    return run_unit(db.session(), work, is_read_only=True)


def _typed(name: str) -> str:
    return stripped(request.form.get(name, "")[:1000]) or ""


def _fresh(stored: str, password: str, *, is_right: bool) -> str | None:
    return hash_password(password) if is_right and needs_rehash(stored) else None


def prove_by_number() -> None:
    """For signing in, find out whether the password belongs to the number."""
    number, token = _typed("number"), request.cookies.get(DEVICE_COOKIE, "")[:100]

    def look() -> tuple[Credentials | None, bool]:
        found = find_credentials(
            db.session(),
            number=number[:40],
            device_hash=hash_token(token) if token else None,
            now=g.now,
        )
        device_id = found.device_id if found else None
        return found, is_hopeless(
            db.session(), number=number, network=client_network(), device_id=device_id, now=g.now
        )

    found, is_in_vain = read(look)
    if is_in_vain:
        g.proof = Proof(found.staff_id, device_id=found.device_id) if found else Proof(None)
        return
    password = _typed("password")
    is_right = verify_password(found.password_hash if found else None, password)
    g.proof = Proof(
        staff_id=found.staff_id if found else None,
        seen_hash=found.password_hash if found else "",
        is_right=is_right,
        fresh_hash=_fresh(found.password_hash, password, is_right=is_right) if found else None,
        device_id=found.device_id if found else None,
    )


def prove_own() -> None:
    """For unlocking and changing, find out whether it is the password of who is signed in."""
    staff_id = signed_in_id()
    stored = read(partial(find_password_hash, db.session(), staff_id)) if staff_id else None
    password = _typed("password")
    is_right = verify_password(stored, password)
    fresh = _fresh(stored, password, is_right=is_right) if stored else None
    g.proof = Proof(staff_id, stored or "", is_right, fresh)


def take_proof() -> Proof:
    """What was found out about the password of this request."""
    proof: Proof = g.proof
    return proof


def find_signed_in() -> StaffPrincipal | None:
    """Who is signed in, before the guard has asked; for work that strangers must not cause."""
    staff_id = signed_in_id()
    if staff_id is None:
        return None
    principal = read(partial(find_principal, db.session(), staff_id, session_name()))
    return principal if principal is not None and is_current(principal.stamp) else None


def hash_chosen() -> None:
    """Judge and hash the new password of who is signed in."""
    principal = find_signed_in()
    password = _typed("new_password")
    if principal is None or not password or password != _typed("again"):
        return
    try:
        _judge_chosen(principal, password)
    except WeakPassword as error:
        g.refused_password = error
        return
    g.chosen_hash = hash_password(password)


def _judge_chosen(principal: StaffPrincipal, password: str) -> None:
    """Refuse a weak password and the present one; raises WeakPassword."""
    check_password(
        password,
        shortest=read(settings).sign_in.password_length,
        own_words=(principal.number, principal.name),
        field="new_password",
    )
    stored = read(partial(find_password_hash, db.session(), principal.id))
    if verify_password(stored, password):
        raise WeakPassword(
            N_("This is the password you have. Choose another."), field="new_password"
        )


def hash_pin() -> None:
    """Judge and hash the PIN that who is signed in sets."""
    principal = find_signed_in()
    if principal is None:
        return
    try:
        g.chosen_hash = hash_password(check_pin(_typed("pin"), number=principal.number))
    except WeakPin as error:
        g.refused_password = error


def take_chosen_hash() -> str:
    """The hash of the new password or PIN; raises what was wrong with it."""
    refused: DomainError | None = g.get("refused_password")
    if refused is not None:
        raise refused
    chosen: str = g.chosen_hash
    return chosen


def issue_one() -> None:
    """Make one first password."""
    g.issued = [issue_password()]


def take_issued() -> list[Issued]:
    """The first passwords made for this request."""
    issued: list[Issued] = g.issued
    return issued
