"""A client so lean that it is not what is measured: one thread, requests written beforehand."""

import selectors
import socket
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

#: Longer than any answer may take; a server that hangs must not hang the measurement.
PATIENCE = 120.0


@dataclass(frozen=True)
class Answer:
    """What came back, unread but for its status."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str:
        """The last value of a header, empty when it is absent."""
        found = ""
        for line in self.head.decode("latin-1").split("\r\n")[1:]:
            key, _, value = line.partition(": ")
            if key.lower() == name:
                found = value
        return found

    @property
    def cookie(self) -> str:
        """The session's cookie as it was set, ready to be sent; empty when it stays."""
        return self.header("set-cookie").partition(";")[0]


@dataclass
class Caller:
    """One open connection, what it will send in turn, and what it was answered."""

    connection: socket.socket
    script: Iterator[bytes]
    answers: list[Answer] = field(default_factory=list)
    _received: bytearray = field(default_factory=bytearray)

    def send_next(self) -> bool:
        """Send the next request; False when there is none left."""
        request = next(self.script, None)
        if request is None:
            return False
        self.connection.sendall(request)
        return True

    def receive(self) -> bool:
        """Take what has arrived; True when an answer is complete."""
        arrived = self.connection.recv(262144)
        if not arrived:
            raise ConnectionError("the server closed a connection")
        self._received += arrived
        head, gap, rest = self._received.partition(b"\r\n\r\n")
        if not gap:
            return False
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(rest) < length:
            return False
        self.answers.append(Answer(int(head[9:12]), bytes(head), bytes(rest[:length])))
        self._received.clear()
        return True


def request_bytes(
    path: str,
    *,
    form: dict[str, str] | None = None,
    cookie: str = "",
    method: str = "",
) -> bytes:
    """A request as it goes over the wire; with a form it is a POST."""
    body = urlencode(form).encode() if form is not None else b""
    lines = [
        f"{method or ('GET' if form is None else 'POST')} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Accept-Language: en",
    ]
    if cookie:
        lines.append(f"Cookie: {cookie}")
    if form is not None:
        lines.append("Content-Type: application/x-www-form-urlencoded")
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def open_callers(port: int, scripts: Iterable[Iterable[bytes]]) -> list[Caller]:
    """A connection for each script, opened and ready before anything is sent."""
    callers = []
    for script in scripts:
        connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        callers.append(Caller(connection, iter(script)))
    return callers


def fire(callers: list[Caller]) -> float:
    """Send everything, each script in its order and all at once; returns the seconds it took."""
    with selectors.DefaultSelector() as selector:
        for caller in callers:
            selector.register(caller.connection, selectors.EVENT_READ, caller)
        start = time.perf_counter()
        busy = sum(caller.send_next() for caller in callers)
        while busy:
            ready = selector.select(PATIENCE)
            if not ready:
                raise TimeoutError("the server does not answer")
            for key, _ in ready:
                caller: Caller = key.data
                if caller.receive() and not caller.send_next():
                    busy -= 1
        elapsed = time.perf_counter() - start
    for caller in callers:
        caller.connection.close()
    return elapsed


def repeat(request: bytes, seconds: float) -> Iterator[bytes]:
    """The same request again and again until the time is over."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        yield request
