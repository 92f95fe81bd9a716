"""Profiles in tests: the parts that the features read, and files with something wrong."""

from pathlib import Path

from portal.app import FEATURES
from portal.tenancy.profile import PROFILES, Profile, read_profile

PARTS = tuple(part for feature in FEATURES for part in feature.profile)
PERMISSIONS = frozenset(entry.code for feature in FEATURES for entry in feature.permissions)
NAMES = ("outpatient", "property", "township")
LIBRARY = Path(__file__).parent.parent / "fixtures" / "library.toml"


def read(path: Path) -> Profile:
    """A profile as the command reads it."""
    return read_profile(path, PARTS, PERMISSIONS)


def own(name: str) -> Profile:
    """One that comes with the portal."""
    return read(PROFILES / f"{name}.toml")


def changed(folder: Path, *changes: tuple[str, str], source: Path = LIBRARY) -> Path:
    """A copy of a profile with texts replaced, each where it stands first."""
    text = source.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = folder / "changed.toml"
    path.write_text(text, encoding="utf-8")
    return path
