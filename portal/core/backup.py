"""Copies database and attached files, described by a manifest, and puts such a copy back."""

import hashlib
import os
import tarfile
from datetime import datetime
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.exc import SQLAlchemyError

from portal.core import backup_postgresql, backup_sqlite
from portal.core.backup_files import SUFFIX, FilesCopy, copy_files_in, copy_files_out
from portal.core.backup_stock import DatabaseError
from portal.core.config import Config
from portal.core.keys import KeyRing


class BackupError(Exception):
    """A copy could not be made or put back; says why, and nothing was changed."""


class Manifest(BaseModel):
    """What a copy contains and what is needed to read it; never a key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    made_at: datetime
    database: Literal["sqlite", "postgresql"]
    file: str
    size: int
    sha256: str
    #: Revision of the schema, if migrations made it.
    revision: str | None
    rows: dict[str, int]
    #: Ids of the encryption keys that its values need.
    keys: list[str]
    #: Which index and signing keys belong to it.
    fingerprint: str
    #: The archive of attached files that lies beside the copy; none when there are none.
    files: FilesCopy | None = None

    @classmethod
    def beside(cls, copy: Path) -> Self:
        """The manifest of a copy; raises BackupError when there is none or it is garbled."""
        path = manifest_of(copy)
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError:
            raise BackupError(f"{path} is missing: it lies beside every copy") from None
        except ValidationError:
            raise BackupError(f"{path} is not the manifest of a copy") from None

    def missing_keys(self, keys: KeyRing) -> list[str]:
        """What the ring lacks to read the copy, in words; empty when nothing."""
        missing = [f"encryption key {name}" for name in self.keys if name not in keys.encryption]
        if self.fingerprint != keys.fingerprint():
            missing.append("the index key and signing key of that installation")
        return missing


def manifest_of(copy: Path) -> Path:
    """Where the manifest of a copy lies."""
    return copy.with_name(copy.name + ".json")


def make_backup(
    config: Config, keys: KeyRing, folder: Path, now: datetime
) -> tuple[Path, Manifest]:
    """Write one consistent copy and its manifest while the portal goes on working.

    Raises BackupError; a half-written copy is removed.
    """
    engine = backup_sqlite if config.is_sqlite else backup_postgresql
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    copy = folder / f"portal-{now:%Y%m%dT%H%M%SZ}{engine.SUFFIX}"
    if copy.exists() or manifest_of(copy).exists():
        raise BackupError(f"{copy} exists already")
    archive = copy.with_name(copy.name.removesuffix(engine.SUFFIX) + SUFFIX)
    draft, files_draft = (path.with_name(f".{path.name}.part") for path in (copy, archive))
    try:
        for path in (draft, files_draft):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        stock = engine.copy_out(config, draft)
        count, file_keys = copy_files_out(config, files_draft)
        stock["keys"] = sorted({*stock["keys"], *file_keys})
        manifest = Manifest(
            made_at=now,
            database="sqlite" if config.is_sqlite else "postgresql",
            file=copy.name,
            size=draft.stat().st_size,
            sha256=sha256_of(draft),
            fingerprint=keys.fingerprint(),
            files=_describe(files_draft, archive.name, count) if count else None,
            **stock,
        )
        _write(manifest_of(copy), manifest.model_dump_json(indent=2) + "\n")
        if count:
            files_draft.replace(archive)
        draft.replace(copy)
    except (OSError, DatabaseError, SQLAlchemyError) as error:
        raise BackupError(f"no copy was made: {error}") from error
    finally:
        draft.unlink(missing_ok=True)
        files_draft.unlink(missing_ok=True)
    return copy, manifest


def _describe(archive: Path, name: str, count: int) -> FilesCopy:
    size = archive.stat().st_size
    return FilesCopy(file=name, count=count, size=size, sha256=sha256_of(archive))


def restore_backup(config: Config, copy: Path, *, replacing: bool) -> Manifest:
    """Put a copy back as the whole database.

    Raises BackupError, with the database as it was: the copy is incomplete or altered, is of
    the other kind of database, or there are rows and ``replacing`` was not asked for. Files go
    first, so that none is missing when their rows are there.
    """
    manifest = Manifest.beside(copy)
    if not copy.is_file() or sha256_of(copy) != manifest.sha256:
        raise BackupError(f"{copy} is incomplete or was altered: its checksum differs")
    archive = _archive_beside(copy, manifest)
    if (manifest.database == "sqlite") is not config.is_sqlite:
        raise BackupError(f"the copy is of {manifest.database}, this installation uses another")
    engine = backup_sqlite if config.is_sqlite else backup_postgresql
    try:
        if not replacing and engine.has_rows(config):
            raise BackupError("the database is not empty: to lose its rows, add --replace")
        if archive is not None:
            copy_files_in(config, archive)
        engine.copy_in(config, copy)
    except (OSError, tarfile.TarError, DatabaseError, SQLAlchemyError) as error:
        raise BackupError(f"nothing was restored: {error}") from error
    return manifest


def _archive_beside(copy: Path, manifest: Manifest) -> Path | None:
    """The archive of files that belongs to a copy, if any; raises BackupError."""
    if manifest.files is None:
        return None
    archive = copy.with_name(Path(manifest.files.file).name)
    if not archive.is_file() or sha256_of(archive) != manifest.files.sha256:
        raise BackupError(f"{archive} is missing or was altered: its checksum differs")
    return archive


def sha256_of(path: Path) -> str:
    """Checksum of a file of any size."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
