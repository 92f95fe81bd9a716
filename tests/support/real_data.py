"""Real data that some tests replay; the environment says where they stand."""

import os
from pathlib import Path

from tests.support.skips import cannot_run

VARIABLE = "PORTAL_REAL_DATA"


def real_data(name: str) -> Path:
    """A file of real data; what needs it cannot run where it is missing."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        cannot_run(f"{VARIABLE} does not name the folder of real data")
    path = Path(folder) / name
    if not path.exists():
        cannot_run(f"{VARIABLE} has no {name}")
    return path
