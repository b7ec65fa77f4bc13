"""The smallest house the edge can be wired to: frames in memory, no database. What is measured is the edge."""

import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from townhall.edge.server import run
from townhall.edge.wiring import Wiring


@dataclass(frozen=True)
class Frame:
    """One published message."""

    id: int
    event: str
    data: str
    at: float | None = None


class Memory:
    """What was published, newest last."""

    def __init__(self) -> None:
        self._frames: list[Frame] = []
        self._lock = threading.Lock()

    def publish(self, data: str) -> None:
        with self._lock:
            self._frames.append(Frame(len(self._frames) + 1, "answer", data, time.time()))

    def head(self, _slug: str) -> int | None:
        return len(self._frames)

    def after(self, _slug: str, seq: int, _fmt: str) -> Sequence[Frame]:
        return self._frames[seq:]

    def counts(self, _slug: str, _fmt: str) -> Frame | None:
        return None


def nothing(_environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """No page is asked for here."""
    start_response("404 Not Found", [("Content-Length", "0")])
    return []


def wiring() -> Wiring:
    """The house, wired."""
    settings.configure(DATA_DIR=Path(os.environ["BENCH_FOLDER"]), BASE_URL="http://localhost")
    from townhall.journal import bell

    memory = Memory()

    def publish(_stop: threading.Event) -> None:
        """Publish what is posted to a port of its own and ring, as an action does after its commit."""
        with socket.create_server(("127.0.0.1", int(os.environ["BENCH_PUBLISH_PORT"]))) as listener:
            while True:
                connection, _peer = listener.accept()
                with connection:
                    request = b""
                    while not request.endswith(b'"}'):
                        request += connection.recv(65536)
                    memory.publish(request.partition(b"\r\n\r\n")[2].decode())
                    bell.ring()
                    connection.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")

    return Wiring(
        wsgi=nothing,
        frames=memory,
        open_bell=bell.open_listener,
        close_bell=bell.close_listener,
        background=[publish],
    )


if __name__ == "__main__":
    run("bench.house:wiring", "127.0.0.1", int(os.environ["BENCH_PORT"]))
