"""How much processor time programs have used, as the system itself counts it."""

import os
from pathlib import Path

PROC = Path("/proc")


def is_counted() -> bool:
    """Whether this system tells (Linux does)."""
    return (PROC / "self" / "stat").exists()


def tree(root: int) -> list[int]:
    """A process and all below it."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdecimal() and (fields := _fields(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def used_seconds(roots: list[int]) -> float:
    """Seconds that these programs have used so far, with all processes they started."""
    ticks = 0
    for root in roots:
        for pid in tree(root):
            if fields := _fields(pid):
                # Own time in user and system mode, and that of children already gone.
                ticks += sum(int(fields[place]) for place in (11, 12, 13, 14))
    return ticks / os.sysconf("SC_CLK_TCK")


def _fields(pid: int) -> list[str]:
    """What stands behind the name in ``stat``: state, parent, …; nothing for one that is gone."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()
