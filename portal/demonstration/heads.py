"""Who answers for each unit of a demonstration, and who is asked next."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from portal.core.actor import SYSTEM
from portal.demonstration.logins import LOGINS
from portal.identity.models import Staff, Unit
from portal.identity.queries.staff import list_units
from portal.identity.services.arranging import change_unit
from portal.identity.services.heads import Heads

#: Head and deputy of the unit above all others.
CHIEFS = ("2001", "2002")


def name_heads(session: Session, people: Mapping[str, Staff], now: datetime) -> None:
    """Name head and deputy of every unit; those below the first have people of their own."""
    for unit in list_units(session):
        own = [people[number] for number in CHIEFS]
        if unit.parent_id is not None:
            own = _people_of(unit, people)
        head, deputy, *_rest = [*(person.id for person in own), None, None]
        change_unit(
            session,
            unit_id=unit.id,
            version=unit.version,
            code=unit.code,
            name=unit.name,
            parent_id=unit.parent_id,
            heads=Heads(head, deputy),
            actor=SYSTEM,
            now=now,
        )


def _people_of(unit: Unit, people: Mapping[str, Staff]) -> list[Staff]:
    """Who works there and may lead it: one with the role of a head first, then by number."""
    fit = [
        login
        for login in LOGINS
        if login.role in ("head", "clerk")
        and login.number != CHIEFS[0]
        and people[login.number].unit_id == unit.id
    ]
    return [people[login.number] for login in sorted(fit, key=lambda each: each.role != "head")]
