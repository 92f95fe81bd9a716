"""Copies the sealed files out and in, beside the copy of the database that tells of them."""

import io
import re
import tarfile
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from portal.core.config import Config
from portal.core.crypto import HEADER, key_id_of
from portal.core.shelf import list_shelves, shelf_of

SUFFIX = ".files.tar"
MEMBER = re.compile(r"([0-9]{1,10})/([0-9a-f]{32})")


class FilesCopy(BaseModel):
    """What a manifest tells of the files; they stay sealed, with the keys that they have."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    count: int
    size: int
    sha256: str


def copy_files_out(config: Config, target: Path) -> tuple[int, set[str]]:
    """Write all files into one archive: how many, and the ids of the keys they need.

    Called after the database was copied: whatever its rows name is there, unless it was erased.
    Raises OSError.
    """
    count, keys = 0, set()
    with tarfile.open(target, "w") as archive:
        for shelf in list_shelves(config):
            for name in shelf.list_names():
                try:
                    sealed = shelf.read_sealed(name)
                except FileNotFoundError:
                    continue
                member = tarfile.TarInfo(f"{shelf.institution_id}/{name}")
                member.size = len(sealed)
                archive.addfile(member, io.BytesIO(sealed))
                keys.add(key_id_of(sealed[:HEADER]))
                count += 1
    return count, keys


def copy_files_in(config: Config, archive: Path) -> None:
    """Put every file of an archive in its place; those of rows that are gone are swept in time.

    Called before the database is put back. Raises OSError, or TarError when it is no such archive.
    """
    with tarfile.open(archive, "r") as copy:
        for member in copy:
            found, content = MEMBER.fullmatch(member.name), copy.extractfile(member)
            if found is None or content is None:
                raise tarfile.ReadError(f"{member.name!r} is no file of the portal's")
            shelf_of(config, int(found[1])).put_sealed(found[2], content.read())
