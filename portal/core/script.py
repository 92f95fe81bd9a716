"""Bridges the two Chinese scripts: folding for finding and comparing, converting for reading."""

import re
import tomllib
import unicodedata
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import TypedDict

from opencc import OpenCC

_PACKAGE = Path(__file__).resolve().parents[1]


def _find_translations() -> Path:
    """The folder of catalogues: inside an installed package, beside it in a checkout."""
    inside, beside = _PACKAGE / "translations", _PACKAGE.parent / "translations"
    return inside if inside.is_dir() else beside


#: Where the catalogues, the overrides of the conversion and the list of Taiwan terms stand.
TRANSLATIONS = _find_translations()

#: Places that a program fills later; they are names, not words.
PLACEHOLDER = re.compile(r"%\([^)]*\)[a-z]|%[a-z%]|\{[^{}]*\}")


#: Letters that nobody sees; two names that differ by them look the same.
FILLERS = dict.fromkeys(map(ord, "\u115f\u1160\u3164\uffa0"))


class Override(TypedDict):
    """A word that the general conversion gets wrong, what it becomes, and why."""

    term: str
    replacement: str
    reason: str


@cache
def _character_table() -> dict[int, str]:
    """Each Traditional character with its Simplified one; following chains to their end."""
    source = files("opencc") / "dictionary" / "TSCharacters.txt"
    lines = source.read_text(encoding="utf-8").splitlines()
    pairs = {key: value.split(" ")[0] for key, value in (line.split("\t") for line in lines)}
    table: dict[int, str] = {}
    for key, first in pairs.items():
        value, seen = first, {key}
        while value in pairs and value not in seen:
            seen.add(value)
            value = pairs[value]
        table[ord(key)] = value
    return table


def fold(text: str) -> str:
    """The form in which names, search words and person keys are compared.

    Traditional becomes Simplified, full width half width, capitals small; spaces, punctuation and
    symbols go. Not for e-mail addresses, in which punctuation tells people apart. Blind indexes
    rest on this form: after a change here they must be built anew.
    """
    seen = unicodedata.normalize("NFKC", text.translate(FILLERS))
    plain = unicodedata.normalize("NFKC", seen.casefold())
    simplified = plain.translate(_character_table())
    return "".join(character for character in simplified if character.isalnum())


def bigrams(text: str) -> list[str]:
    """The distinct pairs of neighbours in the folded text, for search postings.

    A text of one character is its own gram; an empty one has none.
    """
    folded = fold(text)
    if len(folded) < 2:
        return [folded] if folded else []
    return list(dict.fromkeys(map("".join, pairwise(folded))))


def read_overrides(folder: Path = TRANSLATIONS) -> list[Override]:
    """The maintained exceptions of the conversion, as they stand in the file."""
    document = tomllib.loads((folder / "overrides.toml").read_text(encoding="utf-8"))
    entries: list[Override] = document.get("override", [])
    return entries


@cache
def _conversion() -> Callable[[str], str]:
    convert: Callable[[str], str] = OpenCC("tw2sp").convert
    return convert


@cache
def _exceptions() -> tuple[re.Pattern[str], dict[str, str]]:
    """A pattern of placeholders and overridden terms, longest first, and what the terms become."""
    replacements = {entry["term"]: entry["replacement"] for entry in read_overrides()}
    terms = sorted(replacements, key=len, reverse=True)
    pattern = "|".join([PLACEHOLDER.pattern, *map(re.escape, terms)])
    return re.compile(f"({pattern})"), replacements


def to_simplified(text: str) -> str:
    """Traditional Chinese in the words of the mainland; placeholders stay as they are."""
    pattern, replacements = _exceptions()
    convert = _conversion()
    pieces = pattern.split(text)
    for index, piece in enumerate(pieces):
        if index % 2:
            pieces[index] = replacements.get(piece, piece)
        elif piece:
            pieces[index] = convert(piece)
    return "".join(pieces)
