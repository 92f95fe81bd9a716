"""Finds the line of a profile file on which a value stands."""

import re
from collections.abc import Sequence

Place = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*\"?([A-Za-z_][\w-]*)\"?(?:\.[\w-]+)*\s*=")


def find_line(text: str, where: Sequence[str | int]) -> int:
    """The line of a place in the file, or of the nearest table around it that has one.

    For a list, that of its first item; 1 when there is nothing of the kind.
    """
    best, best_length, first_below = 1, 0, 0
    table: list[str | int] = []
    counts: dict[Place, int] = {}
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
        elif not first_below and found[: len(where)] == list(where):
            first_below = number
    return best if best_length else first_below or 1


def _open_table(names: list[str], is_list: bool, counts: dict[Place, int]) -> list[str | int]:
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
