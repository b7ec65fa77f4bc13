"""50,000 viewers on two cores: serving processes on one, the load client on the other; nginx with nchan beside.

Several, because on some machines a process may not open more than 20,000 files; the client divides itself likewise.
"""

import math
import resource
import time
from typing import Any

from bench.fanout import row
from bench.machine import keep, table, verdict
from bench.servers import Running, edge, nchan
from bench.storm import run

VIEWERS = 50_000
MESSAGES, RATE = 20, 0.25  # a message takes a core about a second: the next comes when it is over
SPARE = 1_500  # files for everything but viewers, and the kernel's uneven hand
COLUMNS = ["server", "viewers", "last viewer ms", "CPU s per 100,000", "KiB/viewer", "joins/s", "delivered"]


def processes() -> int:
    """As few as the limit of open files allows."""
    return math.ceil(VIEWERS / (resource.getrlimit(resource.RLIMIT_NOFILE)[1] - SPARE)) + 1


def measured(server: Running, path: str, label: str) -> dict[str, Any]:
    """Everybody joins, at most 2,000 handshakes at once as a real evening's jitter has it; then messages."""
    return run(server, path, VIEWERS, label, pace=(MESSAGES, RATE), at_once=2_000, seconds=240)


def main() -> bool:
    """Measure, print and keep; whether every target was met."""
    count = processes()
    with nchan(count) as server:
        theirs = measured(server, "/sse", "nchan")
    time.sleep(2)  # closed connections leave the kernel
    with edge(count) as server:
        ours = measured(server, "/live/bench/stream", "edge")
    print(
        table(
            [COLUMNS, row(f"nginx + nchan, {count} workers", theirs), row(f"edge, {count} processes", ours)]
        )
    )
    targets = [
        (f"{ours['opened']:,} of {VIEWERS:,} viewers at once", ours["opened"] == VIEWERS),
        (f"{ours['deliveries']:,} of {ours['expected']:,} delivered", ours["deliveries"] == ours["expected"]),
        (
            f"last viewer {ours['last_wire_max_ms']:,.0f} ms at worst, nchan's {theirs['last_wire_max_ms']:,.0f}",
            ours["last_wire_max_ms"] <= theirs["last_wire_max_ms"],
        ),
    ]
    for text, met in targets:
        print(f"  {verdict(met=met):<7} {text}")
    print(f"raw figures: {keep('crowd', {'raw': [theirs, ours]})}")
    return all(met for _text, met in targets)
