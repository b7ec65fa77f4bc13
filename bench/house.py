"""The smallest house the edge can be wired to: frames in a file, no database. What is measured is the edge."""

import fcntl
import json
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


class Shelf:
    """What was published, newest last: a file that all processes of the house read on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._path.touch()
        self._frames: list[Frame] = []
        self._read = 0
        self._lock = threading.Lock()

    def publish(self, data: str) -> None:
        with self._path.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(json.dumps([data, time.time()]) + "\n")

    def _read_on(self) -> list[Frame]:
        with self._lock:
            if self._path.stat().st_size > self._read:
                with self._path.open() as file:
                    file.seek(self._read)
                    for line in iter(file.readline, ""):
                        data, at = json.loads(line)
                        self._frames.append(Frame(len(self._frames) + 1, "answer", data, at))
                    self._read = file.tell()
            return self._frames

    def head(self, _slug: str) -> int | None:
        return len(self._read_on())

    def after(self, _slug: str, seq: int, _fmt: str) -> Sequence[Frame]:
        return self._read_on()[seq:]

    def counts(self, _slug: str, _fmt: str) -> Frame | None:
        return None


def nothing(_environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """No page is asked for here."""
    start_response("404 Not Found", [("Content-Length", "0")])
    return []


def wiring() -> Wiring:
    """The house, wired."""
    folder = Path(os.environ["BENCH_FOLDER"])
    settings.configure(DATA_DIR=folder, BASE_URL="http://localhost")
    from townhall.journal import bell

    shelf = Shelf(folder / "frames.jsonl")

    def publish(_stop: threading.Event) -> None:
        """Publish what is posted to a port of its own and ring, as an action does after its commit."""
        with socket.create_server(("127.0.0.1", int(os.environ["BENCH_PUBLISH_PORT"]))) as listener:
            while True:
                connection, _peer = listener.accept()
                with connection:
                    request = b""
                    while not request.endswith(b'"}'):
                        request += connection.recv(65536)
                    shelf.publish(request.partition(b"\r\n\r\n")[2].decode())
                    bell.ring()
                    connection.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")

    return Wiring(
        wsgi=nothing,
        frames=shelf,
        open_bell=bell.open_listener,
        close_bell=bell.close_listener,
        background=[publish],
    )


if __name__ == "__main__":
    processes = int(os.environ.get("BENCH_PROCESSES", "1"))
    run("bench.house:wiring", "127.0.0.1", int(os.environ["BENCH_PORT"]), processes)
