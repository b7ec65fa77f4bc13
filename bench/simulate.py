"""What an evening needs, from measured constants: a small simulator, and a run that it must foretell within a fifth.

`docs/explanation/scale.md` explains the model. The constants come from the newest raw figures in `bench/results`; only
the run of `main` is measured afresh, at a number of viewers and a pace that no constant was taken from.
"""

import heapq
import json
import math
import random
from dataclasses import dataclass
from typing import Any

from bench.machine import RESULTS, keep, table, verdict
from bench.servers import edge
from bench.storm import run

CHECKED = (8_000, 1.5, 30)  # viewers, messages a second, messages
WITHIN = 0.2
COLUMNS = [
    "viewers", "questions/min", "cores", "machines", "memory GB", "Gbit/s", "join storm s", "CNY/month",
    "first to break",
]  # fmt: skip
# A machine of 4 virtual cores with 8 GB at Chinese clouds, list price of a month without traffic: about this.
MACHINE_CNY, CORES, MACHINE_GB, MACHINE_GBIT = 500, 4, 8, 1.0
MACHINE_VIEWERS = 50_000  # `python -m bench crowd`
BUSY = 0.5  # a core is planned half full: what comes at once must find the other half
MESSAGE_BYTES, WIRE_FACTOR = 600, 1.2  # TLS records, TCP and IP headers
KERNEL_KIB = 8.0  # a socket's share of the kernel, from `slab_per_conn_kb`
PROCESS_MB = 180  # a serving process with Django, before its first viewer
QUESTION_SECONDS = 0.1  # from asked to signed: five moves at desks of about 20 ms each
FRAMES_A_QUESTION = 1.5  # its answer, and for every second question one more move that viewers see
# A full core writes several frames as one buffer, and the second in it costs only its bytes. More writes than this
# to one viewer serve nobody: with two a second everything is there within the promised second.
WRITES_A_SECOND = 2.0


@dataclass(frozen=True)
class Constants:
    """What one delivery, one joining viewer and one idle viewer cost, without TLS.

    Args:
        delivery: seconds of a core for one frame to one viewer
        pull: seconds of a core for a frame before its first write: reading, rendering, waking
        join: seconds of a core for a viewer to come
        viewer_kib: memory of an idle viewer in the process
        stored: questions a second that one process commits
        tls_times: how many times `delivery` it is behind nginx that ends TLS
        tls_kib: memory that this adds for a viewer
        tls_join: seconds of a core that this adds to joining
    """

    delivery: float
    pull: float
    join: float
    viewer_kib: float
    stored: float
    tls_times: float
    tls_kib: float
    tls_join: float


def newest() -> Constants:
    """From the raw figures of `fanout`, `secure` and `ask`; a line through the sizes parts deliveries from frames."""
    rows = [
        one
        for one in json.loads((RESULTS / "fanout.json").read_text())["raw"]
        if one["label"].startswith("edge")
    ]
    points = [(one["n"], one["pub_srv_cpu_s"] / one["msgs"]) for one in rows]
    delivery, pull = fitted(points)
    largest = max(rows, key=lambda one: one["n"])
    ask = json.loads((RESULTS / "ask.json").read_text())["raw"][0]
    secure = json.loads((RESULTS / "secure.json").read_text())["raw"][1]
    join = largest["conn_srv_cpu_s"] / largest["n"]
    return Constants(
        delivery=delivery,
        pull=max(pull, 0.0),
        join=join,
        viewer_kib=largest["rss_per_conn_kb"],
        stored=ask["per_second"],
        tls_times=secure["srv_cpu_per_100k"] / 1e5 / delivery,
        tls_kib=secure["rss_per_conn_kb"] - largest["rss_per_conn_kb"],
        tls_join=secure["conn_srv_cpu_s"] / secure["n"] - join,
    )


def fitted(points: list[tuple[float, float]]) -> tuple[float, float]:
    """Slope and start of the line of least squares."""
    n = len(points)
    mean_x, mean_y = sum(x for x, _y in points) / n, sum(y for _x, y in points) / n
    across = sum((x - mean_x) ** 2 for x, _y in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / across if across else mean_y / mean_x
    return slope, mean_y - slope * mean_x


def simulate(viewers: int, arrivals: list[float], known: Constants, processes: int = 1) -> dict[str, float]:
    """One core serves messages one after the other: when is each at its last viewer, and how much of the core went?

    Args:
        arrivals: when messages are published, in seconds
        processes: they share the core, and each writes to its share of the viewers
    """
    work = known.pull * processes + known.delivery * viewers
    free, spent, lags = 0.0, 0.0, []
    waiting = list(arrivals)
    heapq.heapify(waiting)
    while waiting:
        at = heapq.heappop(waiting)
        start = max(at, free)
        # What came while the core was busy is read at once and written as one buffer: its reading is paid once.
        together = 1
        while waiting and waiting[0] <= start:
            heapq.heappop(waiting)
            together += 1
        free = start + work
        spent += work
        lags += [free - at] * together
    lags.sort()
    return {
        "cpu_s": spent,
        "last_viewer_p50_ms": 1000 * lags[len(lags) // 2],
        "last_viewer_p99_ms": 1000 * lags[min(len(lags) - 1, math.ceil(0.99 * len(lags)) - 1)],
    }


def evening(known: Constants, viewers: int, questions_a_minute: int) -> list[str]:
    """One line of the plan: a message for each question asked, signed and answered at the same pace, with TLS."""
    frames = questions_a_minute / 60 * FRAMES_A_QUESTION
    fan_out = min(frames, WRITES_A_SECOND) * viewers * known.delivery * known.tls_times
    writing = questions_a_minute / 60 * QUESTION_SECONDS
    cores = (fan_out + writing) / BUSY
    gbit = frames * viewers * MESSAGE_BYTES * WIRE_FACTOR * 8 / 1e9
    memory = (
        viewers * (known.viewer_kib + known.tls_kib + KERNEL_KIB) / 2**20
        + math.ceil(cores) * PROCESS_MB / 1024
    )
    by = {
        "processor": cores / CORES,
        "network": gbit / MACHINE_GBIT,
        "memory": memory / MACHINE_GB,
        "open files": viewers / MACHINE_VIEWERS,
        "storing": questions_a_minute / 60 / known.stored,
    }
    machines = max(1, math.ceil(max(by.values())))
    storm = viewers * (known.join + known.tls_join) / (machines * CORES)
    first = max(by, key=lambda one: by[one]) if storm < 60 else "the join storm"
    return [
        f"{viewers:,}", f"{questions_a_minute:,}", f"{cores:.1f}", str(machines), f"{memory:.1f}", f"{gbit:.2f}",
        f"{storm:.0f}", f"{machines * MACHINE_CNY:,}", first,
    ]  # fmt: skip


def plan(known: Constants) -> str:
    """The table of the manual."""
    crowds, paces = (10**4, 10**5, 10**6), (10**2, 10**3, 10**4)
    return table([COLUMNS, *(evening(known, viewers, pace) for viewers in crowds for pace in paces)])


def main() -> bool:
    """Foretell a run, make it, and compare; then print the plan."""
    known = newest()
    viewers, rate, messages = CHECKED
    told = simulate(viewers, [number / rate for number in range(messages)], known)
    with edge() as server:
        seen: dict[str, Any] = run(server, "/live/bench/stream", viewers, "simulate", pace=(messages, rate))
    rows = [["what", "foretold", "measured", "off by"]]
    # The clock of a busy machine says little: processor time is what is held to the fifth, the lag is shown.
    pairs = {
        "processor seconds": (told["cpu_s"], seen["pub_srv_cpu_s"], True),
        "KiB a viewer": (known.viewer_kib, seen["rss_per_conn_kb"], False),
        "last viewer p50 ms": (told["last_viewer_p50_ms"], seen["last_wire_p50_ms"], False),
    }
    met = seen["deliveries"] == seen["expected"]
    for what, (foretold, measured, is_held) in pairs.items():
        off = foretold / measured - 1
        held = abs(off) <= WITHIN
        met = met and (held or not is_held)
        judged = f"{off:+.0%} {verdict(met=held) if is_held else '(shown)'}"
        rows.append([what, f"{foretold:.2f}", f"{measured:.2f}", judged])
    print(table(rows))
    print(
        f"\nconstants: {1e6 * known.delivery:.1f} us a delivery, {1e3 * known.pull:.1f} ms a frame, "
        f"{1e6 * known.join:.0f} us to join, {known.viewer_kib:.1f} KiB idle, {known.stored:,.0f} stored/s,\n"
        f"with TLS {known.tls_times:.1f} times, {known.tls_kib:.0f} KiB and {1e6 * known.tls_join:.0f} us more\n"
    )
    print(plan(known))
    # Jitter: everybody at one instant, and spread over a minute, in the same core.
    spread = [random.random() * 60 for _ in range(200)]
    print(f"\n200 messages at random moments of a minute, 50,000 viewers: "
          f"p99 {simulate(50_000, spread, known)['last_viewer_p99_ms']:,.0f} ms")  # fmt: skip
    print(f"raw figures: {keep('simulate', {'told': told, 'raw': [seen]})}")
    return met
