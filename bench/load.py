"""The load client for pages and questions, and what it says."""

import json
import subprocess
from dataclasses import dataclass, field
from typing import Any

from bench.machine import CLIENT_CORE, compiled, pinned
from bench.servers import Running


@dataclass(frozen=True)
class Request:
    """What every connection asks again and again; `%ld` in the body becomes a number."""

    path: str
    headers: tuple[str, ...] = ()
    body: str | None = None
    content_type: str = "application/json"


@dataclass
class Figures:
    """What one run of the load client saw."""

    label: str
    raw: dict[str, Any] = field(repr=False)

    @property
    def per_second(self) -> float:
        """Answers a second, by the clock."""
        return float(self.raw["per_second"])

    @property
    def per_core_second(self) -> float:
        """Answers for each second of the server's processor time: its rate when nothing else holds it up."""
        return float(self.raw["requests"] / max(self.raw["server_cpu_s"], 1e-9))

    @property
    def core_share(self) -> float:
        """How much of one core the server had: well below 1 it waited, for the client or for a busy machine."""
        return float(self.raw["server_cpu_s"] / self.raw["seconds"])

    def count(self, status: int) -> int:
        """Answers with this status."""
        return int(self.raw["statuses"].get(str(status), 0))

    def row(self) -> list[str]:
        """One line of a table with the columns of :data:`COLUMNS`."""
        statuses = " ".join(f"{status}:{count:,}" for status, count in self.raw["statuses"].items())
        return [
            self.label,
            f"{self.per_second:,.0f}",
            f"{self.per_core_second:,.0f}",
            f"{self.core_share:.0%}",
            f"{self.raw['p50_ms']:.1f} / {self.raw['p99_ms']:.1f}",
            f"{self.raw['bytes'] / max(self.raw['requests'], 1) / 1000:.1f}",
            statuses,
        ]


COLUMNS = ["what", "per second", "per core-second", "of its core", "p50/p99 ms", "KB each", "answers"]


def run(server: Running, label: str, request: Request, *, connections: int, seconds: float) -> Figures:
    """Put load on a server from the client's core."""
    words: list[object] = [
        "-p",
        server.port,
        "-u",
        request.path,
        "-c",
        connections,
        "-d",
        seconds,
        "-l",
        label,
    ]
    words += ["-P", ",".join(map(str, server.pids()))]
    for header in request.headers:
        words += ["-H", header]
    if request.body is not None:
        words += ["-b", request.body, "-t", request.content_type]
    command = pinned(CLIENT_CORE, compiled("httpload.c"), *words)
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60)
    return Figures(label, json.loads(done.stdout))
