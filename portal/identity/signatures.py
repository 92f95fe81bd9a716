"""Finds out about a typed signing code before the transaction, for the pages on which one signs."""

from functools import partial

from flask import g, request

from portal.core.session import db
from portal.identity.passwords import verify_password
from portal.identity.queries.principals import find_pin_hash
from portal.identity.services.signing_code import TypedCode, is_locked_out
from portal.identity.signing_rules import normal_pin
from portal.identity.views.beforehand import find_signed_in, read
from portal.web.forms import stripped


def prove_code() -> None:
    """Find out whether what was typed is the PIN of who is signed in; no stranger causes work."""
    text = stripped(request.form.get("code", "")[:40]) or ""
    g.typed_code = TypedCode(text)
    principal = find_signed_in() if text else None
    if principal is None or read(partial(is_locked_out, db.session(), principal.id, g.now)):
        return
    stored = read(partial(find_pin_hash, db.session(), principal.id))
    if stored is not None and verify_password(stored, normal_pin(text)):
        g.typed_code = TypedCode(text, stored)


def take_code() -> TypedCode:
    """What was found out about the code of this request."""
    typed: TypedCode = g.typed_code
    return typed
