"""Figures: collected over rounds, printed as a table, kept in ``var/bench.json``."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

RESULTS = Path("var/bench.json")


@dataclass(frozen=True)
class Figure:
    """One measured figure; the floor's, and the ratio to it, where there is a floor."""

    name: str
    database: str
    value: float
    unit: str
    floor: float | None
    ratio: float | None
    rounds: int


def figure(
    name: str, database: str, unit: str, values: list[float], floors: list[float] | None = None
) -> Figure:
    """Medians over the rounds; the ratio is that of the medians of one interleaved run."""
    value = median(values)
    floor = median(floors) if floors else None
    ratio = round(value / floor, 3) if floor else None
    return Figure(
        name, database, round(value, 3), unit, floor and round(floor, 3), ratio, len(values)
    )


def write(figures: list[Figure]) -> None:
    """Put the figures in place of those measured before under the same names."""
    RESULTS.parent.mkdir(exist_ok=True)
    fresh = {(found.name, found.database) for found in figures}
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []
    kept = [row for row in known if (row["name"], row["database"]) not in fresh]
    rows = [*kept, *(asdict(found) for found in figures)]
    rows.sort(key=lambda row: (row["name"].partition(" ")[0], row["database"]))
    RESULTS.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def table(figures: list[Figure]) -> str:
    """The figures for people."""
    lines = [f"{'':46} {'database':10} {'value':>9} {'unit':11} {'floor':>9} {'ratio':>6}"]
    for found in figures:
        floor = "" if found.floor is None else f"{found.floor:.2f}"
        ratio = "" if found.ratio is None else f"{found.ratio:.2f}"
        lines.append(
            f"{found.name:46} {found.database:10} {found.value:9.2f} {found.unit:11} "
            f"{floor:>9} {ratio:>6}"
        )
    return "\n".join(lines)
