"""Citizens brought, through the portal's own services, to the step that is measured."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from flask import session as cookie_session
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session

from portal.appointments.availability import Asker
from portal.appointments.services.holds import fill_in, hold_slot
from portal.core.crypto import blind_index
from portal.identity.contacts import Address, contact_key
from portal.identity.events import CodeIssued, code_issued
from portal.identity.services.contacts import issue_code, note_contact, open_session
from portal.tenancy.settings import BookingRules
from tests.bench.client import request_bytes
from tests.support.world import World

RULES = BookingRules()
NAME = "張麗華"


@dataclass
class Citizen:
    """A browser with its cookie, and what its person fills in."""

    slug: str
    cookie: str
    csrf_token: str
    phone: str
    holder: str = ""
    #: What the bare application is told besides; the portal knows it by itself.
    contact_id: int = 0
    code: str = ""
    known: dict[str, str] = field(default_factory=dict)

    def post(self, path: str, **fields: str) -> list[bytes]:
        """A form sent twice, as by an impatient finger: the same token, the same key."""
        form = {
            "csrf_token": self.csrf_token,
            "idempotency_key": secrets.token_urlsafe(18),
            **self.known,
            **fields,
        }
        return [request_bytes(f"/{self.slug}{path}", form=form, cookie=self.cookie)] * 2


def meet_known(world: World, count: int) -> list[Citizen]:
    """Citizens whose contact is proved and whose browser remembers it."""

    def prove(session: Session) -> list[tuple[int, str, str]]:
        found = []
        for _ in range(count):
            phone = _phone()
            contact = note_contact(
                session, address=Address("phone", phone), language="en", now=world.now
            )
            contact.verified_at = world.now
            token = open_session(session, contact, is_shared_device=False, now=world.now)
            found.append((contact.id, phone, token))
        return found

    met = []
    for contact_id, phone, token in world.do(prove):
        holder = secrets.token_urlsafe(24)
        cookie, csrf = _sign(world, {"citizen": token, "holder": holder})
        known = {"contact_id": str(contact_id), "holder": holder}
        met.append(Citizen(world.slug, cookie, csrf, phone, holder, contact_id, known=known))
    return met


def bring_to_confirm(world: World, slot_ids: list[int]) -> list[Citizen]:
    """New citizens who hold a time, have filled in the form and got the code."""
    codes: dict[str, str] = {}

    def note(event: CodeIssued) -> None:
        codes[event.value] = event.code

    def bring(session: Session) -> list[tuple[str, str, str]]:
        found = []
        for slot_id in slot_ids:
            phone, holder = _phone(), secrets.token_urlsafe(24)
            network = blind_index("network", phone)
            hold = hold_slot(
                session,
                slot_id=slot_id,
                holder=holder,
                network=network,
                contact_id=None,
                asker=Asker(),
                rules=RULES,
                now=world.now,
            )
            draft = {"name": NAME, "id_number": None, "priority": "", "for_other": ""}
            fill_in(session, hold, {**draft, "kind": "phone", "contact": phone})
            issue_code(
                session,
                kind="phone",
                value=phone,
                language="en",
                purpose="booking",
                network=network,
                now=world.now,
            )
            key = contact_key(Address("phone", phone))
            found.append((phone, holder, key))
        return found

    with code_issued.connected_to(note):
        prepared = world.do(bring)
    met = []
    for phone, holder, key in prepared:
        cookie, csrf = _sign(world, {"holder": holder})
        known = {"holder": holder, "contact_key": key}
        citizen = Citizen(world.slug, cookie, csrf, phone, holder, code=codes[phone], known=known)
        met.append(citizen)
    return met


def _phone() -> str:
    return f"+86138{secrets.randbelow(10**8):08d}"


def _sign(world: World, content: dict[str, Any]) -> tuple[str, str]:
    """The session's cookie as the portal signs it, and a token for its forms."""
    with world.app.test_request_context(f"/{world.slug}/"):
        token: str = generate_csrf()
        cookie_session.update(content, institution=world.id)
        serializer = world.app.session_interface.get_signing_serializer(world.app)
        signed = serializer.dumps(dict(cookie_session))
    return f"portal={signed}", token
