"""Reading a profile file: validated as a whole, every error with its line."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from portal.core.localized import Localized
from portal.core.script import to_simplified
from portal.tenancy.settings import Settings

PROFILES = Path(__file__).parent / "profiles"


class Institutional(BaseModel):
    """The head of a profile: what the institution itself is."""

    model_config = ConfigDict(extra="forbid")

    profile: str = Field(pattern="^[a-z][a-z0-9-]{1,39}$")
    name: Localized
    zone: str = "Asia/Shanghai"
    region: str = Field("CN", pattern="^(CN|TW|HK|MO)$")
    house: str = Field(pattern="^(sun|hospital|town|plum)$")


@dataclass(frozen=True)
class Profile:
    """A profile that is right: its head, its settings and the items of every feature's part."""

    head: Institutional
    settings: Settings
    parts: Mapping[str, list[Any]]

    def document(self) -> dict[str, Any]:
        """The profile by part and code, as it is kept for the next comparison."""
        parts: dict[str, Any] = {"settings": self.settings.model_dump(mode="json")}
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


def read_profile(path: Path, models: Mapping[str, type[BaseModel]]) -> Profile:
    """Read and check a profile; ``models`` says what an item of each part looks like.

    Raises ProfileError with every problem found.
    """
    try:
        text = path.read_text(encoding="utf-8")
        raw = _fill_languages(tomllib.loads(text))
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError([f"cannot be read: {error}"]) from None
    except tomllib.TOMLDecodeError as error:
        raise ProfileError([str(error)]) from None
    problems: list[str] = []
    head = _check(Institutional, raw.pop("institution", {}), ("institution",), text, problems)
    settings = _check(Settings, raw.pop("settings", {}), ("settings",), text, problems)
    parts: dict[str, list[Any]] = {}
    for key, model in models.items():
        items = raw.pop(key, [])
        if not isinstance(items, list):
            problems.append(f"{key} must be a list of tables: [[{key}]]")
            continue
        parts[key] = [
            _check(model, item, (key, number), text, problems) for number, item in enumerate(items)
        ]
        problems += _find_doubles(key, items, text)
    problems += [f"line {_line(text, (key,))}: there is no part {key!r}" for key in raw]
    if problems:
        raise ProfileError(problems)
    return Profile(head, settings, parts)


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


def _check(
    model: type[Any], value: object, path: tuple[str | int, ...], text: str, problems: list[str]
) -> Any:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        for item in error.errors():
            where = (*path, *item["loc"])
            name = ".".join(str(part) for part in where)
            problems.append(f"line {_line(text, where)}: {name}: {item['msg']}")
        return None


def _find_doubles(key: str, items: list[Any], text: str) -> list[str]:
    seen: set[str] = set()
    problems = []
    for number, item in enumerate(items):
        code = str(item.get("code")) if isinstance(item, dict) else ""
        if code in seen:
            problems.append(f"line {_line(text, (key, number, 'code'))}: {code!r} stands twice")
        seen.add(code)
    return problems


_HEADER = re.compile(r"^\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*\"?([A-Za-z_][\w-]*)\"?(?:\.[\w-]+)*\s*=")


def _line(text: str, where: Sequence[str | int]) -> int:
    """The line of a place in the file, or of the nearest table around it that has one."""
    best, best_length = 1, 0
    table: list[str | int] = []
    counts: dict[tuple[str | int, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        found = [*table]
        if header := _HEADER.match(line):
            table = _open_table(header[1].split("."), "[[" in line, counts)
            found = table
        elif key := _KEY.match(line):
            found = [*table, key[1]]
        else:
            continue
        length = len(found)
        if length > best_length and list(where[:length]) == found:
            best, best_length = number, length
    return best


def _open_table(
    names: list[str], is_list: bool, counts: dict[tuple[str | int, ...], int]
) -> list[str | int]:
    """The path of a table, with the number of each list item that it stands in."""
    path: list[str | int] = []
    for depth, name in enumerate(part.strip() for part in names):
        path.append(name)
        here = tuple(path)
        is_last = depth == len(names) - 1
        if is_last and is_list:
            counts[here] = counts.get(here, -1) + 1
        if here in counts:
            path.append(counts[here])
    return path
