"""Hashing of passwords; slow on purpose, so it is done before a transaction begins."""

import secrets
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portal.core.config import Environment
from portal.identity.password_rules import LONGEST, normal_password

#: Letters and figures that nobody mistakes for another on paper.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
ISSUED_GROUPS, ISSUED_GROUP = 4, 4


@dataclass(frozen=True)
class Profile:
    """How much work a hash costs."""

    time_cost: int
    memory_cost: int


#: For passwords that people choose: 19 MiB, 31 to 43 ms on the reference machine.
CHOSEN = Profile(time_cost=2, memory_cost=19456)
#: For passwords that we issue: with 79 random bits they need no slowness, and an import of
#: 5,000 people must not take minutes.
ISSUED = Profile(time_cost=1, memory_cost=256)
CHEAP = Profile(time_cost=1, memory_cost=8)


class _Holder:
    """The profiles in use; one place, set when the application is made."""

    chosen = CHOSEN
    issued = ISSUED


def install_profiles(environment: Environment) -> None:
    """Use cheap hashes in tests, the real ones everywhere else."""
    is_test = environment is Environment.TEST
    _Holder.chosen = CHEAP if is_test else CHOSEN
    _Holder.issued = CHEAP if is_test else ISSUED


@cache
def _hasher(profile: Profile) -> PasswordHasher:
    return PasswordHasher(
        time_cost=profile.time_cost, memory_cost=profile.memory_cost, parallelism=1
    )


@cache
def _nobody(profile: Profile) -> str:
    """The hash of a password that nobody knows, so that unknown numbers cost the same."""
    return _hasher(profile).hash(secrets.token_urlsafe(24))


def hash_password(text: str) -> str:
    """The hash of a password that a person has chosen."""
    return _hasher(_Holder.chosen).hash(normal_password(text))


def verify_password(stored: str | None, text: str) -> bool:
    """Whether the password belongs to the hash.

    Takes as long for an unknown number and for an issued password as for any other, so that the
    time tells nothing.
    """
    if len(text) > LONGEST:
        return False
    if stored is None or needs_rehash(stored):
        _matches(_nobody(_Holder.chosen), text)
    return stored is not None and _matches(stored, text)


def _matches(stored: str, text: str) -> bool:
    try:
        return _hasher(_Holder.chosen).verify(stored, normal_password(text))
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str) -> bool:
    """Whether a hash was made with other costs than those of today."""
    return _hasher(_Holder.chosen).check_needs_rehash(stored)


@dataclass(frozen=True)
class Issued:
    """A first password: to be shown once, and its hash to be kept."""

    plain: str
    hash: str


def issue_password() -> Issued:
    """A random password of 16 signs in four groups, easy to read off paper."""
    groups = (
        "".join(secrets.choice(ALPHABET) for _ in range(ISSUED_GROUP)) for _ in range(ISSUED_GROUPS)
    )
    plain = "-".join(groups)
    return Issued(plain, _hasher(_Holder.issued).hash(plain))
