"""5,000 viewers on what others would reach for: Starlette SSE, django-eventstream, Django Channels, and the edge."""

import subprocess
from typing import Any

from bench.fanout import row
from bench.machine import keep, table, verdict
from bench.reference import RIVALS, rival
from bench.servers import edge, nchan
from bench.storm import run

VIEWERS = 5_000
MESSAGES, RATE = 10, 0.2  # slow enough that the slowest is done before the next comes
JOINING = 120
COLUMNS = ["server", "viewers", "last viewer ms", "CPU s per 100,000", "KiB/viewer", "joins/s", "delivered"]


def main() -> bool:
    """Measure, print and keep; met when ours is cheaper than every other in Python."""
    found: dict[str, dict[str, Any]] = {}
    with edge() as server:
        found["edge"] = run(server, "/live/bench/stream", VIEWERS, "edge", pace=(MESSAGES, RATE))
    with nchan() as server:
        found["nginx + nchan"] = run(server, "/sse", VIEWERS, "nchan", pace=(MESSAGES, RATE))
    for name in RIVALS:
        with rival(name) as server:
            try:
                # Joining is paced: some of these lose connections when all come at once.
                found[name] = run(
                    server, "/sse", VIEWERS, name, pace=(MESSAGES, RATE), at_once=200, seconds=JOINING
                )
            except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
                print(f"  {name}: {type(error).__name__}, no figure")
    print(table([COLUMNS, *(row(name, one) for name, one in found.items())]))
    ours = found["edge"]["srv_cpu_per_100k"]
    met = found["edge"]["deliveries"] == found["edge"]["expected"] == VIEWERS * MESSAGES
    for name, one in found.items():
        if name in RIVALS and one["deliveries"]:
            times = one["srv_cpu_per_100k"] / ours
            cheaper = times > 1
            met = met and cheaper
            print(f"  {verdict(met=cheaper):<7} {name}: {times:.1f} times our processor time per delivery")
    print(f"raw figures: {keep('others', {'raw': found})}")
    return met
