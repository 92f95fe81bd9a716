"""How a serial number is written and read."""

import re
import unicodedata

#: A prefix of capitals, the year, and the running number with at least five figures.
SERIAL = re.compile(r"([A-Z]{1,3})-?(\d{4})-?(\d{5,9})")


def write_serial(prefix: str, year: int, number: int) -> str:
    """The number as forms and pages say it: prefix, year, running number."""
    return f"{prefix}-{year}-{number:05d}"


def read_serial(text: str) -> tuple[int, int] | None:
    """Year and running number of what somebody typed; None when it is no serial number."""
    plain = unicodedata.normalize("NFKC", text).replace(" ", "").upper()
    found = SERIAL.fullmatch(plain)
    return (int(found[2]), int(found[3])) if found else None
