"""What a password, a staff number and a grant must be; knows neither pages nor tables."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from portal.core.errors import N_, DomainError

#: A staff number as it is kept: capitals, figures, hyphens.
NUMBER = re.compile(r"[A-Z0-9][A-Z0-9-]{0,19}")
CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,19}")
PHONE = re.compile(r"\+?[0-9][0-9 ()#-]{2,23}")
EMAIL = re.compile(r"[^@\s,;<>\"']{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
NAME_LENGTH = 60

#: Wrong passwords that count together, for one account on unknown devices, before it waits.
ACCOUNT_LIMIT = 5
#: The same for one device on which the person has signed in before.
DEVICE_LIMIT = 10
#: Wrong passwords of one network on unknown devices, over all accounts.
NETWORK_LIMIT = 60
#: Wrong codes of one account at the second step.
SECOND_LIMIT = 5
LOCK_WINDOW = timedelta(minutes=15)
DEVICE_KEPT = timedelta(days=180)
#: How long the second step waits after the right password.
SECOND_STEP_WAITS = timedelta(minutes=10)


class BadNumber(DomainError):
    """A staff number that cannot be one."""

    default = N_("Write the number with letters A to Z, figures and hyphens only.")


class BadName(DomainError):
    """A name that is none, or that a spreadsheet would take for a formula."""

    default = N_("A name cannot begin with = + - or @.")


def normal_number(text: str) -> str:
    """A staff number as it is kept; what cannot be one matches nobody's."""
    return unicodedata.normalize("NFKC", text).strip().upper()


def check_number(text: str) -> str:
    """The normal form of a staff number; raises BadNumber."""
    number = normal_number(text)
    if not NUMBER.fullmatch(number):
        raise BadNumber(field="number")
    return number


def check_name(text: str) -> str:
    """A person's name with single spaces.

    Raises BadName: empty, too long, or the beginning of a formula.
    """
    name = " ".join("".join(c for c in text if c.isprintable()).split())
    if not name:
        raise BadName(N_("Write the name."), field="name")
    if len(name) > NAME_LENGTH:
        raise BadName(N_("The name is longer than 60 characters."), field="name")
    if unicodedata.normalize("NFKC", name)[0] in "=+-@":
        raise BadName(field="name")
    return name


def check_phone(text: str) -> str | None:
    """A telephone number or an extension; nothing when it is empty."""
    phone = unicodedata.normalize("NFKC", text).strip()
    if phone and not PHONE.fullmatch(phone):
        raise DomainError(N_("Write the telephone number in figures."), field="phone")
    return phone or None


def check_email(text: str) -> str | None:
    """An e-mail address; nothing when it is empty."""
    email = unicodedata.normalize("NFKC", text).strip()
    if email and (len(email) > 120 or not EMAIL.fullmatch(email)):
        raise DomainError(N_("Write the e-mail address like name@example.org."), field="email")
    return email or None


@dataclass(frozen=True)
class Holdings:
    """The permissions a person holds, by unit; under None those for the whole institution."""

    by_unit: Mapping[int | None, frozenset[str]] = field(default_factory=dict)

    def can(self, permission: str, unit_id: int | None = None) -> bool:
        """Whether the permission is held: for that unit, or without one anywhere at all."""
        if unit_id is None:
            return any(permission in held for held in self.by_unit.values())
        return permission in self.within(unit_id)

    def within(self, unit_id: int | None) -> frozenset[str]:
        """All that is held for one unit; None: for the whole institution."""
        whole = self.by_unit.get(None, frozenset())
        return whole if unit_id is None else whole | self.by_unit.get(unit_id, frozenset())

    def units_of(self, permission: str) -> frozenset[int] | None:
        """The units for which a permission is held; None: for all of them."""
        if permission in self.by_unit.get(None, frozenset()):
            return None
        return frozenset(
            unit for unit, held in self.by_unit.items() if unit is not None and permission in held
        )

    def covers(self, other: "Holdings") -> bool:
        """Whether everything that another holds is held here too."""
        return all(held <= self.within(unit) for unit, held in other.by_unit.items())


def merge_holdings(parts: Iterable[tuple[int | None, Iterable[str]]]) -> Holdings:
    """Holdings from pairs of a unit and permissions, one for each role."""
    merged: dict[int | None, frozenset[str]] = {}
    for unit_id, permissions in parts:
        merged[unit_id] = merged.get(unit_id, frozenset()) | frozenset(permissions)
    return Holdings(merged)
