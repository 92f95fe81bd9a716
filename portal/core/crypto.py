"""What neither database nor disk can read: encrypted columns, sealed files, blind indexes."""

import hashlib
import hmac
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import Column, Dialect, LargeBinary, TypeDecorator
from sqlalchemy.sql.operators import OperatorType, is_, is_not

from portal.core.config import ConfigError
from portal.core.keys import ID_WIDTH, KeyRing, read_keys
from portal.core.tenant import current_institution_id

VERSION = b"\x01"
#: Version and padded key id: the part of a stored value that says how to open it.
HEADER = 1 + ID_WIDTH
NONCE = 12
BLIND_WIDTH = 32


class Undecipherable(Exception):
    """A stored value that was moved between rows' owners or columns, altered, or lost its key."""


class _Holder:
    """The ring of this process; one place, so that a rotation can be taken up while serving."""

    keys: KeyRing | None = None


def install_keys(keys: KeyRing) -> None:
    """Make ``keys`` the ring that this process enciphers with."""
    _Holder.keys = keys


@contextmanager
def using_keys(keys: KeyRing) -> Iterator[None]:
    """Put another ring in place for a while; for tests and for checks of a restored copy."""
    before, _Holder.keys = _Holder.keys, keys
    try:
        yield
    finally:
        _Holder.keys = before


def current_keys() -> KeyRing:
    """The ring in use; raises RuntimeError when none was installed."""
    if _Holder.keys is None:
        raise RuntimeError("no keys are installed")
    return _Holder.keys


def header_of(key_id: str) -> bytes:
    """How every value enciphered with this key begins."""
    return VERSION + key_id.encode().ljust(ID_WIDTH, b"\0")


def key_id_of(value: bytes) -> str:
    """The id of the key that a stored value, or just its header, names."""
    return value[1:HEADER].rstrip(b"\0").decode("ascii", "replace")


def _context(place: str, owner: int | None) -> bytes:
    """What a value is bound to: deciphering elsewhere fails."""
    return f"{current_institution_id() if owner is None else owner}|{place}".encode()


def seal(content: bytes, place: str, *, owner: int | None = None) -> bytes:
    """Encipher bytes for one place of the institution whose scope is open, or of ``owner``."""
    keys = current_keys()
    cipher = keys.cipher(keys.current)
    assert cipher is not None
    nonce = os.urandom(NONCE)
    return header_of(keys.current) + nonce + cipher.encrypt(nonce, content, _context(place, owner))


def unseal(value: bytes, place: str, *, owner: int | None = None) -> bytes:
    """Decipher sealed bytes of the institution whose scope is open, or of ``owner``.

    Raises Undecipherable: another institution's, another place's, altered, or no such key.
    """
    key_id = key_id_of(value)
    cipher = current_keys().cipher(key_id) or _newer_keys(key_id).cipher(key_id)
    if cipher is None or value[:1] != VERSION:
        raise Undecipherable(f"{place}: there is no key {key_id!r}")
    try:
        nonce, sealed = value[HEADER : HEADER + NONCE], value[HEADER + NONCE :]
        return cipher.decrypt(nonce, sealed, _context(place, owner))
    except (InvalidTag, ValueError):
        raise Undecipherable(f"{place}: the value was altered or belongs elsewhere") from None


def encrypt(text: str, column: str, *, owner: int | None = None) -> bytes:
    """Encipher a text for one column of the institution whose scope is open, or of ``owner``."""
    return seal(text.encode(), column, owner=owner)


def decrypt(value: bytes, column: str, *, owner: int | None = None) -> str:
    """Decipher a stored text of the institution whose scope is open, or of ``owner``.

    Raises Undecipherable: another institution's, another column's, altered, or no such key.
    """
    return unseal(value, column, owner=owner).decode()


def _newer_keys(key_id: str) -> KeyRing:
    """Read the keys file again: another process may have rotated since this one started."""
    keys = current_keys()
    if keys.path is None:
        return keys
    try:
        newer = read_keys(keys.path)
    except ConfigError:
        return keys
    if key_id in newer.encryption:
        install_keys(newer)
        return newer
    return keys


def blind_index(kind: str, value: str) -> str:
    """What a personal value is looked up by: the same in one institution, unrelated in another.

    ``value`` comes folded and normalised; ``kind`` keeps phones and papers apart.
    """
    message = f"{current_institution_id()}|{kind}|{value}".encode()
    return hmac.digest(current_keys().index, message, hashlib.sha256).hex()[:BLIND_WIDTH]


class _NoComparing(TypeDecorator.Comparator[str]):
    """Refuses comparisons, which could never match: look up by blind index instead."""

    def operate(self, op: OperatorType, *other: Any, **kwargs: Any) -> Any:
        """Allow the question whether there is a value; a column SQLAlchemy itself compares."""
        is_harmless = other and all(one is None or isinstance(one, Column) for one in other)
        if is_harmless or op in (is_, is_not):
            return super().operate(op, *other, **kwargs)
        raise TypeError("an encrypted column cannot be compared, searched or sorted")


class EncryptedText(TypeDecorator[str]):
    """Text under AES-256-GCM, bound to the institution of the open scope and to its column."""

    impl = LargeBinary
    cache_ok = True
    comparator_factory = _NoComparing

    def __init__(self, column: str) -> None:
        super().__init__()
        #: "table.column"; renaming a column needs a re-encryption, so it is spelled out.
        self.column = column

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Encipher on the way in."""
        return None if value is None else encrypt(value, self.column)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Decipher on the way out."""
        return None if value is None else decrypt(bytes(value), self.column)
