"""The keys of an installation: one file outside the database, and what can be asked of it."""

import base64
import hashlib
import hmac
import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from portal.core.config import Config, ConfigError

KEY_BYTES = 32
#: Longest name of an encryption key; it stands, padded, in front of every encrypted value.
ID_WIDTH = 8


@dataclass(frozen=True)
class KeyRing:
    """Encryption keys by id with the current one named, the index key and the signing key."""

    current: str
    encryption: dict[str, bytes] = field(repr=False)
    index: bytes = field(repr=False)
    signing: bytes = field(repr=False)
    #: Where the ring was read from, so that a rotation by another process can be noticed.
    path: Path | None = None
    _ciphers: dict[str, AESGCM] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.current not in self.encryption:
            raise ValueError("the current key is not among the encryption keys")
        for name in self.encryption:
            if not (name.isascii() and name.isalnum() and len(name) <= ID_WIDTH):
                raise ValueError(f"key ids are 1 to {ID_WIDTH} letters and figures")
        if any(len(key) != KEY_BYTES for key in self._all()):
            raise ValueError(f"every key has {KEY_BYTES} bytes")

    def _all(self) -> list[bytes]:
        return [*self.encryption.values(), self.index, self.signing]

    def cipher(self, key_id: str) -> AESGCM | None:
        """The cipher of one key, kept ready; None when the ring lacks the key."""
        cipher = self._ciphers.get(key_id)
        if cipher is None and (key := self.encryption.get(key_id)) is not None:
            cipher = self._ciphers[key_id] = AESGCM(key)
        return cipher

    def sign(self, message: bytes) -> str:
        """An Ed25519 signature in base64."""
        key = Ed25519PrivateKey.from_private_bytes(self.signing)
        return base64.b64encode(key.sign(message)).decode()

    def is_signed(self, message: bytes, signature: str) -> bool:
        """Whether this ring's signing key made the signature."""
        public = Ed25519PrivateKey.from_private_bytes(self.signing).public_key()
        try:
            public.verify(base64.b64decode(signature, validate=True), message)
        except (InvalidSignature, ValueError):
            return False
        return True

    @property
    def cookie_secret(self) -> str:
        """Signs cookies where no PORTAL_SECRET_KEY is set; the same in every process."""
        return hmac.digest(self.signing, b"cookies", "sha256").hex()

    def fingerprint(self) -> str:
        """Tells one pair of index and signing key from another without giving them away."""
        mark = hmac.digest(self.index, b"fingerprint", "sha256")
        return hashlib.sha256(mark + hmac.digest(self.signing, mark, "sha256")).hexdigest()[:16]


def new_keys() -> KeyRing:
    """A ring of fresh random keys."""
    return KeyRing(
        "k1",
        {"k1": secrets.token_bytes(KEY_BYTES)},
        index=secrets.token_bytes(KEY_BYTES),
        signing=secrets.token_bytes(KEY_BYTES),
    )


def with_new_key(keys: KeyRing) -> KeyRing:
    """The ring with one more encryption key, made current; the older ones still decipher."""
    numbers = [int(name[1:]) for name in keys.encryption if name[1:].isdecimal()]
    name = f"k{max(numbers, default=0) + 1}"
    encryption = {**keys.encryption, name: secrets.token_bytes(KEY_BYTES)}
    return replace(keys, current=name, encryption=encryption)


def read_keys(path: Path) -> KeyRing:
    """Read a keys file; raises ConfigError when it is missing or not one."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return KeyRing(
            content["current"],
            {name: base64.b64decode(key) for name, key in content["encryption"].items()},
            index=base64.b64decode(content["index"]),
            signing=base64.b64decode(content["signing"]),
            path=path,
        )
    except OSError as error:
        raise ConfigError(f"PORTAL_KEYS_FILE: {path}: {error.strerror}") from None
    except (KeyError, ValueError, TypeError, AttributeError):
        raise ConfigError(f"PORTAL_KEYS_FILE: {path} is not a file of keys") from None


def write_keys(path: Path, keys: KeyRing, *, replacing: bool = False) -> None:
    """Write the ring whole or not at all, readable by its owner alone.

    Raises FileExistsError when the file is there and ``replacing`` was not asked for.
    """
    content = {
        "current": keys.current,
        "encryption": {name: _encode(key) for name, key in keys.encryption.items()},
        "index": _encode(keys.index),
        "signing": _encode(keys.signing),
    }
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(json.dumps(content, indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        if replacing:
            _keep_owner(path, draft)
            draft.replace(path)
        else:
            path.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)


def _encode(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _keep_owner(path: Path, draft: Path) -> None:
    """A rotation run by root leaves the file to the account that serves."""
    before = path.stat()
    if os.geteuid() == 0:
        os.chown(draft, before.st_uid, before.st_gid)


def load_keys(config: Config) -> KeyRing:
    """The ring this installation uses; outside production a missing file is made.

    Raises ConfigError: in production when the file is missing or others may read it.
    """
    path = config.keys_file
    if path is None:
        raise ConfigError("PORTAL_KEYS_FILE must name the file with the encryption keys")
    if config.is_production:
        if not path.is_file():
            raise ConfigError(f"{path} is missing: make it with `portal keys create {path}`")
        if path.stat().st_mode & 0o077:
            raise ConfigError(f"others may read {path}: `chmod 600 {path}`")
    elif not path.exists():
        with suppress(FileExistsError):  # another process was faster; its keys are as good
            write_keys(path, new_keys())
    return read_keys(path)
