"""How contacts and persons are written, checked and told apart; pure but for the keyed index."""

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from portal.core.crypto import blind_index
from portal.core.errors import N_, DomainError
from portal.core.script import fold
from portal.web.masks import mask_email, mask_phone

#: Numbers that receive messages; fixed lines do not, and premium ones would cost the institution.
REACHABLE = frozenset(
    {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}
)


class BadContact(DomainError):
    """Neither a mobile number nor an e-mail address."""

    default = N_("Write a mobile number like 138 1234 5678, or an e-mail address.")

    def __init__(self) -> None:
        super().__init__(field="contact")


@dataclass(frozen=True)
class Address:
    """A contact in its one written form: E.164 for numbers, lower-case domain for e-mail."""

    kind: str
    value: str

    @property
    def masked(self) -> str:
        """The contact as it may stand on a page."""
        return mask_email(self.value) if self.kind == "email" else mask_phone(self.value)


def parse_address(text: str, region: str) -> Address:
    """Read what a person typed; ``region`` is where a number without a prefix is from.

    Raises BadContact on the field ``contact``.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if "@" in text:
        try:
            checked = validate_email(text, check_deliverability=False)
        except EmailNotValidError:
            raise BadContact from None
        if len(checked.normalized) > 120:
            raise BadContact
        return Address("email", checked.normalized.lower())
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise BadContact from None
    is_reachable = phonenumbers.number_type(number) in REACHABLE
    if not is_reachable or not phonenumbers.is_valid_number(number) or number.extension:
        raise BadContact
    return Address("phone", phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def contact_key(address: Address) -> str:
    """By which index a contact is found without being readable."""
    return blind_index("contact", f"{address.kind}:{address.value}")


def person_key(*, id_number: str | None, contact: str | None, name: str) -> str | None:
    """By which index a person is known.

    The ID number where one is asked for, else contact and folded name; none when neither is
    given, because a name alone tells nobody apart.
    """
    number = plain_id(id_number or "") or fold(id_number or "")
    if number:
        return blind_index("person", f"id:{number}")
    if contact:
        return blind_index("person", f"{contact}:{fold(name)}")
    return None


def figures(text: str) -> str:
    """The figures of a code as it was typed or pasted: full width, spaces and words are no harm."""
    values = (unicodedata.decimal(character, None) for character in text)
    return "".join(str(value) for value in values if value is not None)


def plain_id(text: str) -> str:
    """An ID number in its one written form: capitals and figures only, in half width."""
    return re.sub(r"[^0-9A-Z]", "", fold(text).upper())
