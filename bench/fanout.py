"""One message of 600 bytes to many viewers, one server core: the edge beside nginx with nchan and the least in C."""

import json
import subprocess
from typing import Any

from bench.machine import CLIENT_CORE, compiled, keep, pinned, table, verdict
from bench.reference import broadcaster
from bench.servers import Running, edge, nchan

SIZES = (1_000, 5_000, 10_000)
# Fewer deliveries than this say little about processor time; a second never brings more than can be written in it.
LEAST_DELIVERIES, LEAST_MESSAGES = 100_000, 20
PER_SECOND = 20_000
PASSES = 1
LAST_VIEWER_MS = 300
IDLE_KIB = 3
TIMES_NCHAN = {1_000: 1.0, 5_000: 1.0, 10_000: 0.9}
# Of the crowd: the fewer viewers there are, the more the waking up counts, which C does for nothing.
TIMES_THE_LEAST = {10_000: 1.4}
COLUMNS = ["server", "viewers", "last viewer ms", "CPU s per 100,000", "KiB/viewer", "joins/s", "delivered"]


def measure(server: Running, path: str, viewers: int, label: str) -> dict[str, Any]:
    """Let `viewers` connect, publish, and read what the load client saw."""
    messages = max(LEAST_MESSAGES, -(-LEAST_DELIVERIES // viewers))
    rate = PER_SECOND / viewers
    command = pinned(
        CLIENT_CORE, compiled("ssebench.c"), "-p", server.port, "-o", server.publish_port, "-u", path, "-U", "/pub",
        "-n", viewers, "-m", messages, "-r", f"{rate:.2f}", "-l", label,
        "-P", ",".join(map(str, server.pids())), "-T", 40,
    )  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=180)
    figures: dict[str, Any] = json.loads(done.stdout)
    if figures["deliveries"] != figures["expected"] or figures["opened"] != viewers:
        print(
            f"  {label}: {figures['opened']} opened, {figures['deliveries']} of {figures['expected']} delivered"
        )
    return figures


def row(name: str, figures: dict[str, Any]) -> list[str]:
    """One line of the table."""
    return [
        name,
        f"{figures['n']:,}",
        f"{figures['last_wire_p50_ms']:.0f} / {figures['last_wire_max_ms']:.0f}",
        f"{figures['srv_cpu_per_100k']:.2f}",
        f"{figures['rss_per_conn_kb']:.1f}",
        f"{figures['conn_per_s']:,.0f}",
        f"{figures['deliveries']:,}/{figures['expected']:,}",
    ]


def main() -> bool:
    """Measure, print and keep; whether every target was met."""
    rows = [
        [
            "server",
            "viewers",
            "last viewer p50/max ms",
            "CPU s per 100,000",
            "KiB/viewer",
            "joins/s",
            "delivered",
        ]
    ]
    raw: list[dict[str, Any]] = []
    ratios: dict[int, list[float]] = {size: [] for size in SIZES}
    floor: dict[int, list[float]] = {size: [] for size in SIZES}
    for _ in range(PASSES):
        for size in SIZES:
            with nchan() as server:
                theirs = measure(server, "/sse", size, f"nchan {size}")
            with edge() as server:
                ours = measure(server, "/live/bench/stream", size, f"edge {size}")
            with broadcaster() as server:
                least = measure(server, "/sse", size, f"epoll.c {size}")
            raw += [theirs, ours, least]
            rows += [row("nginx + nchan", theirs), row("edge", ours), row("epoll.c", least)]
            floor[size].append(ours["srv_cpu_per_100k"] / least["srv_cpu_per_100k"])
            ratios[size].append(ours["srv_cpu_per_100k"] / theirs["srv_cpu_per_100k"])
    print(table(rows))
    met = report(raw, ratios, floor)
    print(f"raw figures: {keep('fanout', {'raw': raw, 'ratios': ratios, 'floor': floor})}")
    return met


def report(raw: list[dict[str, Any]], ratios: dict[int, list[float]], floor: dict[int, list[float]]) -> bool:
    """Compare with the targets."""
    targets = []
    for size, found in ratios.items():
        ratio = sum(found) / len(found)
        most = TIMES_NCHAN[size]
        targets.append(
            (f"CPU per delivery, {size:,} viewers: {ratio:.2f} x nchan (at most {most})", ratio <= most)
        )
    for size, most in TIMES_THE_LEAST.items():
        ratio = sum(floor[size]) / len(floor[size])
        targets.append(
            (f"CPU per delivery, {size:,} viewers: {ratio:.2f} x epoll.c (at most {most})", ratio <= most)
        )
    ours = [figures for figures in raw if figures["label"].startswith("edge")]
    last = max(figures["last_wire_max_ms"] for figures in ours if figures["n"] == 5_000)
    targets.append(
        (f"last of 5,000 viewers: {last:.0f} ms at worst (p99 below {LAST_VIEWER_MS})", last < LAST_VIEWER_MS)
    )
    idle = max(figures["rss_per_conn_kb"] for figures in ours if figures["n"] >= 5_000)
    targets.append((f"memory per idle viewer: {idle:.1f} KiB (at most {IDLE_KIB})", idle <= IDLE_KIB))
    whole = all(figures["deliveries"] == figures["expected"] for figures in ours)
    targets.append(("every frame delivered to every viewer", whole))
    for text, met in targets:
        print(f"  {verdict(met=met):<7} {text}")
    return all(met for _text, met in targets)
