"""Shares in percent, as reports say them; pure."""

from decimal import ROUND_DOWN, Decimal


def share(part: int, whole: int) -> Decimal | None:
    """The part in percent with one decimal, rounded down so that only all of them are 100.

    None when there is nothing to be a part of.
    """
    if not whole:
        return None
    return (Decimal(100 * part) / whole).quantize(Decimal("0.1"), ROUND_DOWN)
