"""A real server process on the stand-in house, and readers that speak to it over plain sockets."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.tools.ports import free_port

REPOSITORY = Path(__file__).resolve().parents[2]


class Served:
    """One running stand-in house."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "log"
        environment = os.environ | {
            "EDGE_TEST_DIR": str(folder),
            "EDGE_TEST_OPTIONS": json.dumps({"port": self.port, **options}),
            "PYTHONPATH": str(REPOSITORY),
        }
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "error::ResourceWarning", "-m", "tests.edge.stand_in"],
                env=environment, cwd=REPOSITORY, stdout=sink, stderr=subprocess.STDOUT,
            )  # fmt: skip
        self.client = httpx.Client(base_url=self.url, timeout=15, headers={"Accept-Encoding": "identity"})
        deadline = time.monotonic() + 30
        while True:
            try:
                self.client.get("/ready")
                break
            except httpx.TransportError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise RuntimeError(self.log.read_text()) from None
                time.sleep(0.05)

    def publish(self, slug: str, event: str, subject: str, data: str = "x") -> int:
        return int(self.client.post(f"/pub/{slug}/{event}/{subject}", content=data.encode()).json()["seq"])

    def stream(self, slug: str = "one", query: str = "", **headers: str) -> "Reader":
        return Reader(self.port, f"/live/{slug}/stream{query}", headers)

    def stop(self) -> float:
        """End as Ctrl-C does; returns the seconds it took."""
        self.client.close()
        started = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return time.monotonic() - started


@contextlib.contextmanager
def serving(folder: Path, **options: Any) -> Iterator[Served]:
    folder.mkdir(parents=True, exist_ok=True)
    served = Served(folder, **options)
    try:
        yield served
    finally:
        served.stop()


class Reader:
    """One viewer over a plain socket."""

    def __init__(self, port: int, target: str, headers: dict[str, str] | None = None) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=15)
        lines = [f"GET {target} HTTP/1.1", "Host: localhost"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in (headers or {}).items()]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.buffer = b""
        self.head = self._until(b"\r\n\r\n").decode()
        self.status = int(self.head.split()[1])
        self.comments = 0
        self.retry: int | None = None

    def _until(self, mark: bytes) -> bytes:
        while mark not in self.buffer:
            more = self.socket.recv(65536)
            if not more:
                raise EOFError(self.buffer[:500])
            self.buffer += more
        found, self.buffer = self.buffer.split(mark, 1)
        return found

    def frame(self, seconds: float = 10) -> dict[str, str]:
        """The next frame; lines of comment and the retry time are noted on the way."""
        deadline = time.monotonic() + seconds
        while True:
            self.socket.settimeout(max(0.01, deadline - time.monotonic()))
            fields: dict[str, str] = {}
            for line in self._until(b"\n\n").decode().split("\n"):
                name, _, value = line.partition(": ")
                if line.startswith(":"):
                    self.comments += 1
                elif name == "retry":
                    self.retry = int(value)
                else:
                    fields[name] = f"{fields[name]}\n{value}" if name in fields else value
            if fields:
                return fields

    def frames(self, count: int) -> list[dict[str, str]]:
        return [self.frame() for _ in range(count)]

    def silent(self, seconds: float = 0.4) -> bool:
        """Whether nothing but comments comes in so long."""
        try:
            self.frame(seconds)
        except TimeoutError:
            return True
        return False

    def close(self) -> None:
        self.socket.close()

    def __del__(self) -> None:
        if hasattr(self, "socket"):
            self.socket.close()
