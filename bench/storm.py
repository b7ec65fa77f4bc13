"""Everybody at once: 10,000 connections as fast as the kernel gives them, the edge beside Starlette's SSE."""

import json
import subprocess
from typing import Any

from bench.machine import CLIENT_CORE, compiled, keep, pinned, table, verdict
from bench.reference import rival
from bench.servers import Running, edge

VIEWERS = 10_000
TIMES_STARLETTE = 5


def run(
    server: Running,
    path: str,
    viewers: int,
    label: str,
    *,
    pace: tuple[int, float],
    at_once: int = 0,
    seconds: int = 120,
) -> dict[str, Any]:
    """Let the load client join and listen.

    Args:
        pace: how many messages, and how many a second
        at_once: handshakes under way at most; 0 for as many as there are
        seconds: how long joining may take
    """
    messages, rate = pace
    command = pinned(
        CLIENT_CORE, compiled("ssebench.c"), "-p", server.port, "-o", server.publish_port, "-u", path, "-U", "/pub",
        "-n", viewers, "-m", messages, "-r", rate, "-l", label, "-P", ",".join(map(str, server.pids())),
        "-T", seconds, *(("-c", at_once) if at_once else ()),
    )  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=seconds + 60 + messages / rate
    )
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def main() -> bool:
    """Measure, print and keep; whether every target was met."""
    with rival("Starlette SSE") as server:
        theirs = run(server, "/sse", VIEWERS, "starlette", pace=(1, 0.5))
    with edge() as server:
        ours = run(server, "/live/bench/stream", VIEWERS, "edge", pace=(1, 0.5))
    rows = [
        ["server", "joins/s", "joins per CPU second", "head p50/p99/max ms", "errors", "retried", "refused"]
    ]
    rows += [
        [
            name,
            f"{one['conn_per_s']:,.0f}",
            f"{one['opened'] / max(one['conn_srv_cpu_s'], 1e-9):,.0f}",
            f"{one['hdr_p50_ms']:.0f} / {one['hdr_p99_ms']:.0f} / {one['hdr_max_ms']:.0f}",
            str(one["conn_err"]),
            str(one["conn_retry"]),
            str(one["bad_status"]),
        ]
        for name, one in (("Starlette SSE", theirs), ("edge", ours))
    ]
    print(table(rows))
    times = ours["conn_per_s"] / theirs["conn_per_s"]
    refused = ours["conn_err"] + ours["conn_retry"] + ours["bad_status"]
    targets = [
        (f"{times:.1f} times Starlette's accept rate (at least {TIMES_STARLETTE})", times >= TIMES_STARLETTE),
        (f"{refused} refused or tried again (none)", refused == 0 and ours["opened"] == VIEWERS),
    ]
    for text, met in targets:
        print(f"  {verdict(met=met):<7} {text}")
    print(f"raw figures: {keep('storm', {'raw': [theirs, ours]})}")
    return all(met for _text, met in targets)
