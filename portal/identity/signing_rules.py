"""What a signing PIN may be: figures that one person signs with, and nobody guesses first; pure."""

import re
import unicodedata

from portal.core.errors import N_, DomainError

PIN = re.compile(r"[0-9]{4,8}")
_UP, _DOWN = "01234567890", "09876543210"


class WeakPin(DomainError):
    """A PIN that is none, or that everybody tries first."""

    default = N_("Write four to eight figures.")


class NoSigningCode(DomainError):
    """Nobody signs with nothing: neither a PIN nor a telephone is set up."""

    default = N_("You have no signing PIN yet. Set one on the page of your account.")


def normal_pin(text: str) -> str:
    """A PIN as it is hashed; input methods write figures in full or half width."""
    return unicodedata.normalize("NFKC", text).replace(" ", "")


def check_pin(text: str, *, number: str = "") -> str:
    """A PIN as it is hashed; ``number`` is what everybody knows of whoever sets it.

    Raises WeakPin on ``pin`` for none, one or two figures only, runs, and the own number.
    """
    pin = normal_pin(text)
    if not PIN.fullmatch(pin):
        raise WeakPin(field="pin")
    if len(set(pin)) <= 2 or pin in _UP or pin in _DOWN or pin == number:
        raise WeakPin(N_("Everybody tries these figures first. Choose others."), field="pin")
    return pin
