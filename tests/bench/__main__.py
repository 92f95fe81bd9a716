"""``make bench``: measure everything, or what is named, on both databases."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator

from portal.web.catalogs import Library, compile_catalogs
from tests.bench import confirm, day_page, home, matters, replay, roster, rush
from tests.bench.report import RESULTS, Figure, table, write
from tests.bench.stock import Bench, open_bench
from tests.support.postgres import Unavailable

BENCHES: dict[str, Callable[[Bench], Iterator[Figure]]] = {
    "home": home.measure,
    "booking-rush": rush.measure,
    "booking-confirm": confirm.measure,
    "day-page": day_page.measure,
    "matters": matters.measure,
    "replay": replay.measure,
    "roster": roster.measure,
    # The last, for it takes long and much of the disk.
    "matters-million": matters.measure_million,
}
DATABASES = ("sqlite", "postgresql")


def main() -> int:
    """Measure, print and keep; 1 when a database could not be measured."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *BENCHES], help="which; all when left out")
    parser.add_argument("--database", choices=DATABASES, help="one only")
    asked = parser.parse_args()
    compile_catalogs(Library())
    found: list[Figure] = []
    missing = []
    for database in [asked.database] if asked.database else DATABASES:
        with open_bench(database) as bench:
            if isinstance(bench, Unavailable):
                print(f"NOT MEASURED: {bench.reason}", file=sys.stderr)
                missing.append(database)
                continue
            for name in asked.names or BENCHES:
                start = time.monotonic()
                fresh = list(BENCHES[name](bench))
                write(fresh)
                found += fresh
                took = time.monotonic() - start
                print(f"{name} on {database}: measured in {took:.0f} s", file=sys.stderr)
    print(table(found))
    print(f"\nAlso in {RESULTS}.")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
