"""From the mayor's signature to the last of 5,000 viewers, on the whole product over HTTP."""

import json
import os
import select
import socket
import subprocess
import threading
import time
from typing import Any

import httpx

from bench.machine import CLIENT_CORE, keep, table, verdict
from bench.servers import TOWNHALL, Running, product

VIEWERS, SIGNATURES, GAP_SECONDS = 5_000, 20, 0.8
LAST_VIEWER_MS = 300
SOURCES = 4  # addresses the viewers come from, so that no range of ports runs out
ANSWER = "区建设局已于11月20日到现场查看，路灯电缆受损，12月5日前完成更换。"


class Crowd:
    """Viewers on plain sockets, read by one thread."""

    def __init__(self, port: int, slug: str, count: int) -> None:
        self.poll = select.epoll()
        self.sockets: dict[int, socket.socket] = {}
        request = f"GET /live/{slug}/stream HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        for number in range(count):
            viewer = socket.create_connection(
                ("127.0.0.1", port), source_address=(f"127.0.0.{2 + number % SOURCES}", 0)
            )
            viewer.sendall(request)
            viewer.setblocking(False)
            self.sockets[viewer.fileno()] = viewer
            self.poll.register(viewer.fileno(), select.EPOLLIN)
        self.read_for(1.5)

    def read_for(self, seconds: float) -> None:
        """Read whatever comes."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            for number, _ in self.poll.poll(left):
                self.sockets[number].recv(1 << 18)

    def hear(self, mark: bytes, seconds: float) -> tuple[int, float]:
        """How many viewers have read an answer with ``mark``, and when the last one did."""
        heard: set[int] = set()
        rest: dict[int, bytes] = {}
        last, end = 0.0, time.perf_counter() + seconds
        while len(heard) < len(self.sockets) and (left := end - time.perf_counter()) > 0:
            for number, _ in self.poll.poll(left):
                data = rest.get(number, b"") + self.sockets[number].recv(1 << 18)
                if mark in data:
                    heard.add(number)
                    last = time.perf_counter()
                else:
                    rest[number] = data[-4096:]
        return len(heard), last

    def close(self) -> None:
        for viewer in self.sockets.values():
            viewer.close()


class Seats:
    """The people who bring a question to its signature, over the API."""

    def __init__(self, server: Running, slug: str, environment: dict[str, str]) -> None:
        self.slug = slug
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{server.port}/api/v1", timeout=30)
        self.moderator, self.mayor = (
            self.token(environment, *words) for words in (["moderator1"], ["mayor", "--sign"])
        )
        hour = self.call("GET", f"/desk/hours/{slug}", self.moderator)
        self.lead = hour["groups"][0]
        self.group = self.token(environment, self.lead["members"][0])

    @staticmethod
    def token(environment: dict[str, str], *words: str) -> str:
        done = subprocess.run(
            [TOWNHALL, "token", *words], env=environment, check=True, capture_output=True, text=True
        )
        return done.stdout.split()[-1]

    def call(self, method: str, path: str, token: str = "", **fields: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self.client.request(method, path, headers=headers, json=fields or None)
        answer.raise_for_status()
        return answer.json()

    def prepared(self, text: str) -> tuple[int, int]:
        """A question that waits for its signature: id and version."""
        question = self.call("POST", f"/hours/{self.slug}/questions", display_name="路灯下", text=text)["id"]
        move = f"/desk/questions/{question}"
        self.call("POST", f"{move}/assign", self.moderator, lead=self.lead["id"])
        self.call("POST", f"{move}/draft", self.group, text=ANSWER, outcome="answered")
        version = self.call("POST", f"{move}/submit", self.group, override_reason="x")["draft"]["version"]
        return question, version


def main() -> bool:
    """Measure, print and keep; whether the target was met."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {int(CLIENT_CORE)})
    with product("live") as (server, slug, environment):
        seats = Seats(server, slug, environment)
        waiting = [seats.prepared(f"第 {number} 盏路灯什么时候修好？") for number in range(SIGNATURES)]
        crowd = Crowd(server.port, slug, VIEWERS)
        figures = []
        for question, version in waiting:
            answered: list[float] = []

            def sign(
                question: int = question, version: int = version, answered: list[float] = answered
            ) -> None:
                seats.call("POST", f"/desk/questions/{question}/sign", seats.mayor, version=version)
                answered.append(time.perf_counter())

            signing = threading.Thread(target=sign)
            started = time.perf_counter()
            signing.start()
            heard, last = crowd.hear(f'id="q-{question}"'.encode(), 5)
            signing.join()
            figures.append({
                "heard": heard, "last_ms": (last - started) * 1000, "answered_ms": (answered[0] - started) * 1000,
            })  # fmt: skip
            crowd.read_for(GAP_SECONDS)
        crowd.close()
    return report(figures)


def report(figures: list[dict[str, float]]) -> bool:
    """Print, keep, compare with the target."""
    last = sorted(figure["last_ms"] for figure in figures)
    answered = sorted(figure["answered_ms"] for figure in figures)
    rows = [["from the request to sign", "p50 ms", "worst ms"]]
    for name, values in (("to its answer", answered), (f"to the last of {VIEWERS:,} viewers", last)):
        rows.append([name, f"{values[len(values) // 2]:.0f}", f"{values[-1]:.0f}"])
    print(table(rows))
    everybody = all(figure["heard"] == VIEWERS for figure in figures)
    quick = last[-1] < LAST_VIEWER_MS
    print(f"  {verdict(met=everybody):<7} every viewer heard every one of {SIGNATURES} signatures")
    print(f"  {verdict(met=quick):<7} last viewer {last[-1]:.0f} ms at worst (p99 below {LAST_VIEWER_MS})")
    print(f"raw figures: {keep('sign', {'raw': figures, 'load': json.dumps(os.getloadavg())})}")
    return everybody and quick
