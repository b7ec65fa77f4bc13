"""60 open desks while questions come as fast as they are stored: how late is a desk told of what changed?"""

import json
import socket
import subprocess
import threading
import time
from typing import Any

import httpx

from bench.load import Request, run
from bench.machine import keep, verdict
from bench.servers import TOWNHALL, product

DESKS, SECONDS, CONNECTIONS = 60, 20, 32
P99_MS = 300
PACE_SECONDS = 1.0  # a desk is told at most once a second; what is waited for by design is no delay
BODY = '{"display_name":"路灯下","text":"我们小区门口的路灯坏了 %ld 天，什么时候能修好？","kind":"service"}'


class Desk(threading.Thread):
    """One desk: notes when each frame came."""

    def __init__(self, port: int, path: str) -> None:
        super().__init__(daemon=True)
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        self.told: list[tuple[float, int]] = []
        self.start()

    def run(self) -> None:
        buffer = b""
        while data := self._more():
            now = time.time()
            *whole, buffer = (buffer + data).split(b"\n\n")
            for frame in whole:
                if b"data: " in frame:
                    changed = json.loads(frame.partition(b"data: ")[2])["changed"]
                    self.told += [(now, one) for one in changed]

    def _more(self) -> bytes:
        try:
            return self.socket.recv(1 << 20)
        except OSError:
            return b""


def main() -> bool:
    """Measure, print and keep; whether every target was met."""
    with product("live") as (server, slug, environment):
        base = f"http://127.0.0.1:{server.port}"
        ask = [TOWNHALL, "token", "moderator1"]
        said = subprocess.run(ask, env=environment, capture_output=True, text=True, check=True)
        headers = {"Authorization": f"Bearer {said.stdout.split()[-1]}"}
        desks = []
        with httpx.Client(base_url=base, headers=headers, timeout=60) as client:
            for _desk in range(DESKS):
                ticket = client.post(f"/api/v1/desk/hours/{slug}/ticket").json()["ticket"]
                desks.append(Desk(server.port, f"/desk/{slug}/stream?ticket={ticket}"))
            figures = run(
                server, "asking", Request(f"/api/v1/hours/{slug}/questions", body=BODY), connections=CONNECTIONS,
                seconds=SECONDS,
            )  # fmt: skip
            time.sleep(3)
            asked_at = stored(environment)
        for desk in desks:
            desk.socket.close()
    late = sorted(lateness(desk.told, asked_at) for desk in desks)
    flat = sorted(one for many in late for one in many)
    p50, p99 = (
        (1000 * flat[min(len(flat) - 1, int(share * len(flat)))] for share in (0.5, 0.99))
        if flat
        else (0, 1e9)
    )
    complete = min((len({number for _at, number in desk.told} & set(asked_at)) for desk in desks), default=0)
    targets = [
        (
            f"a desk is told {p50:.0f} ms late in the middle, p99 {p99:.0f} ms (at most {P99_MS})",
            p99 <= P99_MS,
        ),
        (
            f"every desk was told of {complete:,} of {len(asked_at):,} questions",
            complete == len(asked_at) > 0,
        ),
    ]
    print(f"  {DESKS} desks, {figures.per_second:,.0f} questions a second meanwhile")
    for text, met in targets:
        print(f"  {verdict(met=met):<7} {text}")
    kept: dict[str, Any] = {"desks": DESKS, "p50_ms": p50, "p99_ms": p99, "asking": figures.raw}
    print(f"raw figures: {keep('evening', kept)}")
    return all(met for _text, met in targets)


def lateness(told: list[tuple[float, int]], asked_at: dict[int, float]) -> list[float]:
    """Seconds past the second that a desk waits by design, for each thing it was told of first."""
    seen: dict[int, float] = {}
    for at, number in told:
        seen.setdefault(number, at)
    return [
        max(0.0, at - asked_at[number] - PACE_SECONDS) for number, at in seen.items() if number in asked_at
    ]


def stored(environment: dict[str, str]) -> dict[int, float]:
    """When each question of the last minute was stored, from the installation's own table."""
    code = (
        "from datetime import timedelta; from townhall.kernel import clock;"
        "from townhall.questions.models import Question; import json; since = clock.now() - timedelta(seconds=60);"
        "rows = Question.objects.filter(asked_at__gte=since, display_name='路灯下').values_list('id', 'asked_at');"
        "print(json.dumps({i: at.timestamp() for i, at in rows}))"
    )
    command = [TOWNHALL, "manage", "shell", "-v", "0", "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return {int(number): at for number, at in found.items()}
