"""Doing the same thing several times at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def together(count: int, work: Callable[[int], T]) -> list[T]:
    """What ``work`` returns to each of ``count`` threads that begin at the same moment."""
    start = threading.Barrier(count)

    def run(number: int) -> T:
        start.wait(timeout=60)
        return work(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(run, range(count)))
