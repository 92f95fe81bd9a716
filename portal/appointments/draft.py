"""What a person fills in on the way to a booking, kept with the hold."""

import json
from datetime import datetime
from typing import Any

from portal.appointments.forms import DetailsForm
from portal.appointments.models import Hold, Slot
from portal.appointments.rules import Pool, SlotTaken
from portal.appointments.services.bookings import Person
from portal.core.errors import N_
from portal.identity.citizen_sessions import CitizenVisitor
from portal.identity.contacts import parse_address, person_key


def for_form(hold: Hold, citizen: CitizenVisitor | None) -> dict[str, Any]:
    """What the form shows again: the draft, or the verified contact of the visitor."""
    draft: dict[str, Any] = json.loads(hold.draft or "{}")
    if citizen is not None:
        draft.setdefault("contact", citizen.value)
    return draft


def from_form(form: DetailsForm, slot: Slot, *, region: str, now: datetime) -> dict[str, Any]:
    """The draft that a filled-in form makes.

    Raises a domain error on the contact or ID field, and SlotTaken when the claim to priority
    that opened a kept place was taken back.
    """
    if slot.pool == Pool.PRIORITY and slot.public_from > now and not form.priority.data:
        raise SlotTaken(
            N_("This time is kept for people with priority. Please choose another."),
            field="priority",
        )
    address = parse_address(form.contact.data, region)
    return {
        "name": form.name.data,
        "id_number": form.id_number.data if "id_number" in form else None,
        "priority": form.priority.data,
        "for_other": form.for_other.data,
        "kind": address.kind,
        "contact": address.value,
    }


def is_verified(draft: dict[str, Any], citizen: CitizenVisitor | None) -> bool:
    """Whether the draft's contact is the one this visitor has proved."""
    return citizen is not None and draft.get("contact") == citizen.value


def person(draft: dict[str, Any], *, language: str) -> Person:
    """For whom to book."""
    return Person(
        name=draft["name"],
        key=person_key(id_number=draft["id_number"], contact=draft["contact"], name=draft["name"]),
        id_number=draft["id_number"],
        is_for_other=draft["for_other"] == "yes",
        priority=draft["priority"],
        language=language,
    )
