"""Which citizen a browser belongs to, by the signed cookie of this institution."""

from dataclasses import dataclass

from flask import g, session
from sqlalchemy import bindparam, select

from portal.core.session import db
from portal.identity.contact_models import CitizenSession, Contact
from portal.identity.contacts import Address
from portal.identity.services.contacts import hash_token


@dataclass(frozen=True)
class CitizenVisitor:
    """A visitor with a proved contact."""

    contact_id: int
    kind: str
    value: str
    is_shared_device: bool

    @property
    def masked_contact(self) -> str:
        """The contact as it may stand on a page."""
        return Address(self.kind, self.value).masked


_BY_TOKEN = (
    select(Contact.id, Contact.kind, Contact.value, CitizenSession.is_shared_device)
    .join(CitizenSession, CitizenSession.contact_id == Contact.id)
    .where(
        CitizenSession.token_hash == bindparam("token"),
        CitizenSession.expires_at > bindparam("now"),
        Contact.erased_at.is_(None),
    )
)


def current_citizen() -> CitizenVisitor | None:
    """The citizen of this request's cookie, with one SELECT; none without a live session."""
    token = session.get("citizen")
    if not token:
        return None
    row = db.session().execute(_BY_TOKEN, {"token": hash_token(token), "now": g.now}).first()
    if row is None:
        return None
    return CitizenVisitor(row.id, row.kind, row.value or "", row.is_shared_device)


def remember_citizen(token: str) -> None:
    """Keep the token of a session in this browser, for this institution only."""
    session["institution"] = g.institution.id
    session["citizen"] = token
