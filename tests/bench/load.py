"""A page asked for again and again by several clients at once."""

from tests.bench.client import fire, open_callers, repeat
from tests.bench.cpu import is_counted
from tests.bench.server import Running

CLIENTS = 16
SECONDS = 1.5


def load(server: Running, backend: int | None, request: bytes) -> tuple[float, float]:
    """Answers per second, and milliseconds of processor time for one."""
    fire(open_callers(server.port, [[request] * 4 for _ in range(CLIENTS)]))
    callers = open_callers(server.port, [repeat(request, SECONDS) for _ in range(CLIENTS)])
    before = server.used(backend) if is_counted() else 0.0
    elapsed = fire(callers)
    used = server.used(backend) - before if is_counted() else 0.0
    answers = [answer for caller in callers for answer in caller.answers]
    assert {answer.status for answer in answers} == {200}
    return len(answers) / elapsed, used / len(answers) * 1000
