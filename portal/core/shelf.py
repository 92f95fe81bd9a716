"""What is too large for the database: sealed files, whole or not there, outside the web root.

A file is bound to its institution and its name: moved, it cannot be deciphered any more. It lies
in ``files/<institution>/<first two figures>/<name>`` below the folder that all processes share.
"""

import fcntl
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from portal.core.config import Config
from portal.core.crypto import HEADER, current_keys, header_of, seal, unseal

NAME = re.compile(r"[0-9a-f]{32}")
#: One process at a time puts another text in a file's place or takes the file away.
LOCK = ".lock"


def new_name() -> str:
    """A name that nobody can guess and nothing else has."""
    return secrets.token_hex(16)


def files_folder(config: Config) -> Path:
    """Where the files of all institutions lie."""
    return config.var / "files"


def list_shelves(config: Config) -> list["Shelf"]:
    """The shelves that stand, in the order of their institutions."""
    with suppress(FileNotFoundError):
        names = (folder.name for folder in files_folder(config).iterdir() if folder.is_dir())
        return [shelf_of(config, number) for number in sorted(int(n) for n in names if n.isdigit())]
    return []


def shelf_of(config: Config, institution_id: int) -> "Shelf":
    """The shelf of an institution."""
    return Shelf(files_folder(config), institution_id)


@dataclass(frozen=True)
class Shelf:
    """The sealed files of one institution."""

    root: Path
    institution_id: int

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self.root / str(self.institution_id)

    def path(self, name: str) -> Path:
        """Where the file of a name lies; raises ValueError when it is no name of ours."""
        if not NAME.fullmatch(name):
            raise ValueError("not the name of a sealed file")
        return self.folder / name[:2] / name

    def put(self, name: str, content: bytes) -> None:
        """Seal a file and have it on the disk when this returns; one that stands stays."""
        if not self.path(name).exists():
            self.put_sealed(name, seal(content, _place(name), owner=self.institution_id))

    def put_sealed(self, name: str, sealed: bytes) -> None:
        """Put what is sealed already in its place, whole or not at all."""
        path = self.path(name)
        for folder in (self.root, self.folder, path.parent):
            _make_folder(folder)
        draft = path.with_name(f".{name}.{secrets.token_hex(4)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            _leave_to_owner(draft)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        _sync(path.parent)

    def read(self, name: str) -> bytes:
        """A file's content; raises FileNotFoundError, or Undecipherable when it is no such file."""
        return unseal(self.read_sealed(name), _place(name), owner=self.institution_id)

    def read_sealed(self, name: str) -> bytes:
        """A file as it lies there; raises FileNotFoundError."""
        return self.path(name).read_bytes()

    def remove(self, name: str) -> bool:
        """Take a file away for good; whether it was there."""
        path = self.path(name)
        if not path.exists():
            return False
        with self._alone():
            path.unlink(missing_ok=True)
        return True

    def list_names(self) -> list[str]:
        """The names of all files, in order."""
        return sorted(path.name for path in self._list() if NAME.fullmatch(path.name))

    def list_older(self, age: timedelta) -> list[str]:
        """The names of files put here longer ago; drafts as old, left by a crash, are removed.

        Told by the clock of the machine, for the demonstration's is set forward.
        """
        before, names = time.time() - age.total_seconds(), []
        for path in self._list():
            with suppress(FileNotFoundError):
                if path.stat().st_mtime > before:
                    continue
                if NAME.fullmatch(path.name):
                    names.append(path.name)
                else:
                    path.unlink()
        return sorted(names)

    def move_to_current_key(self, on_moved: Callable[[], None]) -> None:
        """Seal every file anew that another key than the current one sealed.

        May be stopped and started again. Raises Undecipherable, naming the file.
        """
        current = header_of(current_keys().current)
        for name in self.list_names():
            if self._header(name) in (current, b""):
                continue
            # Alone, so that a file removed meanwhile does not come back.
            with self._alone(), suppress(FileNotFoundError):
                put_at = self.path(name).stat()
                content = self.read(name)
                self.put_sealed(name, seal(content, _place(name), owner=self.institution_id))
                os.utime(self.path(name), ns=(put_at.st_atime_ns, put_at.st_mtime_ns))
                on_moved()

    def _header(self, name: str) -> bytes:
        """How a file begins; empty when it is gone."""
        with suppress(FileNotFoundError), self.path(name).open("rb") as file:
            return file.read(HEADER)
        return b""

    def _list(self) -> Iterator[Path]:
        for folder in self.folder.glob("[0-9a-f][0-9a-f]"):
            yield from folder.iterdir()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep every other process from removing and replacing meanwhile."""
        handle = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _leave_to_owner(self.folder / LOCK)
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _place(name: str) -> str:
    return f"files/{name}"


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _leave_to_owner(folder)
        _sync(folder.parent)


def _leave_to_owner(path: Path) -> None:
    """What a command run by root lays down belongs to the account that serves."""
    if os.geteuid() == 0:
        above = path.parent.stat()
        os.chown(path, above.st_uid, above.st_gid)


def _sync(folder: Path) -> None:
    """Have the names of a folder on the disk, too."""
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
