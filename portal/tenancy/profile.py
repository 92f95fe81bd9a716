"""Reading a profile file: validated as a whole, every error with its line."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from portal.core.localized import Localized
from portal.core.script import to_simplified
from portal.tenancy.profile_check import Problem, check_codes, check_references, check_texts
from portal.tenancy.profile_lines import Place, find_line
from portal.tenancy.settings import Settings
from portal.web.feature import ProfilePart

PROFILES = Path(__file__).parent / "profiles"


class Institutional(BaseModel):
    """The head of a profile: what the institution itself is."""

    model_config = ConfigDict(extra="forbid")

    profile: str = Field(pattern="^[a-z][a-z0-9-]{1,39}$")
    name: Localized
    zone: str = Field("Asia/Shanghai", max_length=40)
    region: str = Field("CN", pattern="^(CN|TW|HK|MO)$")
    house: str = Field(pattern="^(sun|hospital|town|plum)$")

    @field_validator("zone")
    @classmethod
    def _know_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"there is no time zone {zone!r}") from None
        return zone


@dataclass(frozen=True)
class Profile:
    """A profile that is right: its head, its settings and the items of every feature's part."""

    head: Institutional
    settings: Settings
    parts: Mapping[str, list[Any]]

    def document(self) -> dict[str, Any]:
        """The profile by part and code, as it is kept for the next comparison."""
        parts: dict[str, Any] = {
            "institution": self.head.model_dump(include={"name", "house"}),
            "settings": self.settings.model_dump(mode="json"),
        }
        for key, items in self.parts.items():
            parts[key] = {item.code: item.model_dump(mode="json") for item in items}
        return parts


class ProfileError(Exception):
    """A profile file that cannot be used; ``problems`` are lines "line N: what is wrong"."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def find_profile(name: str) -> Path:
    """The file of a profile that comes with the portal, or the path of one's own."""
    own = PROFILES / f"{name}.toml"
    return own if own.exists() else Path(name)


def read_profile(path: Path, parts: Sequence[ProfilePart], permissions: frozenset[str]) -> Profile:
    """Read and check a profile; ``parts`` say what an item of each part looks like.

    Raises ProfileError with every problem found.
    """
    try:
        text = path.read_text(encoding="utf-8")
        raw = _fill_languages(tomllib.loads(text))
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError([f"cannot be read: {error}"]) from None
    except tomllib.TOMLDecodeError as error:
        line = _line_of(str(error), text)
        raise ProfileError([f"line {line}: {error}"]) from None
    reading = _Reading(raw)
    profile = reading.read(parts, permissions)
    if reading.problems:
        found = [(find_line(text, place), _name(place), why) for place, why in reading.problems]
        raise ProfileError([f"line {line}: {name}: {why}" for line, name, why in sorted(found)])
    return profile


def _line_of(message: str, text: str) -> int:
    """The line that a message of the parser means; "at end of document" is the last one."""
    found = re.search(r"at line (\d+)", message)
    return int(found[1]) if found else max(1, len(text.splitlines()))


def _name(place: Place) -> str:
    return ".".join(str(step) for step in place)


def _fill_languages(value: Any) -> Any:
    """The same value, with a Simplified text made wherever only a Traditional one stands."""
    if isinstance(value, list):
        return [_fill_languages(item) for item in value]
    if not isinstance(value, dict):
        return value
    filled = {key: _fill_languages(item) for key, item in value.items()}
    if isinstance(filled.get("zh_Hant"), str) and "zh_Hans" not in filled:
        filled["zh_Hans"] = to_simplified(filled["zh_Hant"])
    return filled


def _codes(items: object) -> list[str]:
    """The codes of items as they stand in the file, right or not."""
    tables = items if isinstance(items, list) else []
    return [str(item.get("code", "")) if isinstance(item, dict) else "" for item in tables]


@dataclass
class _Reading:
    """One file on its way to a profile, with the problems met so far."""

    raw: dict[str, Any]
    problems: list[Problem] = field(default_factory=list)

    def read(self, parts: Sequence[ProfilePart], permissions: frozenset[str]) -> Profile:
        head = self._check(Institutional, self.raw.pop("institution", {}), ("institution",))
        settings = self._check(Settings, self.raw.pop("settings", {}), ("settings",))
        codes = {part.key: _codes(self.raw.get(part.key)) for part in parts}
        items = {part.key: self._read_part(part) for part in parts}
        known = {key: frozenset(found) for key, found in codes.items()}
        known["permission"] = permissions
        for part in parts:
            mine = items[part.key]
            self.problems += check_codes(codes[part.key], part.key)
            self.problems += check_references(part, mine, codes[part.key], known)
            if part.check is not None and None not in mine:
                self.problems += (((part.key, *at), why) for at, why in part.check(mine))
        self.problems += [((key,), "there is no such part") for key in self.raw]
        return Profile(head, settings, items)

    def _read_part(self, part: ProfilePart) -> list[Any]:
        items = self.raw.pop(part.key, [])
        if not isinstance(items, list):
            self.problems.append(((part.key,), f"must be a list of tables: [[{part.key}]]"))
            return []
        return [
            self._check(part.model, item, (part.key, number)) for number, item in enumerate(items)
        ]

    def _check(self, model: type[BaseModel], value: object, place: Place) -> Any:
        """The value as the model has it; None when it is not right, with the problems noted."""
        try:
            item = model.model_validate(value)
        except ValidationError as error:
            self.problems += [((*place, *item["loc"]), item["msg"]) for item in error.errors()]
            return None
        self.problems += check_texts(item, place)
        return item
